/**
 * A payment that somebody asks for, as a link: `#/pay?to=…&token=0&amount=…`. It stands behind the `#`, so no
 * server sees it. Whoever opens it checks it as if it had been typed.
 */
import { parseAmount } from '@assay/client';

export interface PaymentRequest {
  /** The layer 1's chain id, and the rollup's contract there. */
  readonly chain: number;
  readonly contract: string;
  readonly to: string;
  readonly token: number;
  /** Base units; whoever pays chooses where it is left out. */
  readonly amount?: bigint;
  /** What it is for; it is not part of the payment. */
  readonly reference?: string;
  /** The last second of it, Unix time. */
  readonly expires?: number;
}

export const REFERENCE_CHARACTERS_MOST = 140;

export function formatRequest(request: PaymentRequest): string {
  const { chain, contract, to, token, amount, reference, expires } = request;
  const query = new URLSearchParams({ to, token: String(token), chain: String(chain), contract });
  if (amount !== undefined) query.set('amount', amount.toString());
  if (reference) query.set('reference', reference);
  if (expires !== undefined) query.set('expires', String(expires));
  return query.toString();
}

/** A request from a link; `undefined` where something of it is missing or is not what it should be. */
export function parseRequest(text: string): PaymentRequest | undefined {
  const query = new URLSearchParams(text);
  // Of two values one would be shown, and another reader could take the other.
  if ([...query.keys()].length !== new Set(query.keys()).size) return undefined;
  const [chain, token] = [whole(query.get('chain')), whole(query.get('token') ?? '0')];
  const [to, contract] = [query.get('to'), query.get('contract')];
  if (chain === undefined || token === undefined || !to || !contract) return undefined;
  const reference = query.get('reference') ?? undefined;
  if (reference !== undefined && !isReference(reference)) return undefined;
  const expiry = query.get('expires');
  const expires = whole(expiry);
  if (expiry !== null && expires === undefined) return undefined;
  let amount: bigint | undefined;
  try {
    const digits = query.get('amount');
    amount = digits === null ? undefined : parseAmount(digits);
  } catch {
    return undefined;
  }
  return {
    ...{ chain, contract, to, token },
    ...(amount === undefined ? {} : { amount }),
    ...(reference ? { reference } : {}),
    ...(expires === undefined ? {} : { expires }),
  };
}

/** Short, and without signs that turn text around or end its line. */
export function isReference(text: string): boolean {
  return [...text].length <= REFERENCE_CHARACTERS_MOST && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
}

function whole(text: string | null): number | undefined {
  if (text === null || !/^[0-9]{1,12}$/.test(text)) return undefined;
  return Number(text);
}

/** Why a request cannot be paid on this rollup now; nothing where it can. */
export function mistakeInRequest(
  request: PaymentRequest,
  rollup: { chain: number; contract: string },
  nowMs: number,
): string | undefined {
  const here = request.chain === rollup.chain && request.contract.toLowerCase() === rollup.contract.toLowerCase();
  if (!here) return 'This request is for another rollup. Open its link at a node of that one.';
  if (request.expires !== undefined && request.expires * 1000 < nowMs) {
    return 'This request has expired. Ask whoever sent it for a new one.';
  }
  return undefined;
}
