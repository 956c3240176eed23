/** What was sent from this browser. Only this browser keeps it; it holds nothing secret. */
export interface SentPayment {
  readonly hash: string;
  readonly kind: 'transfer' | 'withdrawal';
  readonly to: string;
  readonly token: number;
  /** Base units in decimal. */
  readonly amount: string;
  readonly fee: string;
  readonly reference?: string;
  readonly atMs: number;
}

/** Of a browser's storage what is used. */
export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export const SENT_MOST = 500;

/** The payments of one address on one rollup, latest first. */
export class SentPayments {
  readonly #name: string;

  constructor(
    private readonly store: Store,
    domain: string,
    address: string,
  ) {
    this.#name = `assay/sent/${domain}/${address}`;
  }

  all(): SentPayment[] {
    try {
      const found: unknown = JSON.parse(this.store.getItem(this.#name) ?? '[]');
      return Array.isArray(found) ? found.filter(isPayment) : [];
    } catch {
      return [];
    }
  }

  find(hash: string): SentPayment | undefined {
    return this.all().find((payment) => payment.hash === hash);
  }

  /** Keeps a payment; the oldest goes where there are {@link SENT_MOST}. Whether the browser had room for it. */
  add(payment: SentPayment): boolean {
    const others = this.all().filter(({ hash }) => hash !== payment.hash);
    try {
      this.store.setItem(this.#name, JSON.stringify([payment, ...others].slice(0, SENT_MOST)));
      return true;
    } catch {
      return false;
    }
  }

  clear(): void {
    this.store.removeItem(this.#name);
  }
}

function isPayment(found: unknown): found is SentPayment {
  if (typeof found !== 'object' || found === null) return false;
  const { hash, kind, to, token, amount, fee, reference, atMs } = found as Record<keyof SentPayment, unknown>;
  const texts = [hash, to, amount, fee].every((text) => typeof text === 'string');
  const digits = [amount, fee].every((text) => /^[0-9]{1,39}$/.test(String(text)));
  const named = /^0x[0-9a-f]{64}$/.test(String(hash)) && (kind === 'transfer' || kind === 'withdrawal');
  const said = reference === undefined || typeof reference === 'string';
  return texts && digits && named && said && typeof token === 'number' && typeof atMs === 'number';
}
