/**
 * Exit packets: what an owner has in the last proved state, kept by the browser so that leaving needs no node
 * (`docs/leave.md`). They hold nothing secret.
 */
import {
  CheckError,
  exitPacket,
  type AccountProof,
  type AccountView,
  type BatchDetail,
  type ExitPacket,
  type NodeClient,
  type PacketClaims,
  type Rollup,
} from '@assay/client';
import type { Store } from '../wallet/kept.js';

/** How often paths are asked for again, where a batch was proved between one and the next. */
const ATTEMPTS = 5;
/** Payments of an account on one page, and pages that are looked through for withdrawals. */
const PAGE = 100;
const PAGES_MOST = 10;
/** Batches that are looked at again, since a reorganisation of the layer 1 may have changed them. */
const UNSETTLED_BATCHES = 64;

/** The packet of one address on one rollup. */
export class Packets {
  readonly #name: string;

  constructor(
    private readonly store: Store,
    domain: string,
    address: string,
  ) {
    this.#name = `assay/packet/${domain}/${address}`;
  }

  read(): ExitPacket | undefined {
    try {
      const found = JSON.parse(this.store.getItem(this.#name) ?? 'null') as ExitPacket | null;
      return found?.format === 'assay-exit-packet' && found.version === 1 ? found : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps a packet; throws where the browser has no room for it. */
  write(packet: ExitPacket): void {
    this.store.setItem(this.#name, JSON.stringify(packet));
  }

  clear(): void {
    this.store.removeItem(this.#name);
  }
}

/** The file that `assay exit --from FILE` takes. */
export function packetFile(packet: ExitPacket): string {
  return `${JSON.stringify(packet, undefined, 2)}\n`;
}

type Node = Pick<NodeClient, 'accounts' | 'accountProof' | 'payments' | 'batch'>;

/**
 * The packet of an address after the last proved batch, by the node's word; its paths are checked. `undefined` where
 * the address has nothing in a proved batch. Withdrawals that an older packet tells of stay in it: which of them were
 * paid the node does not know, and whoever uses the packet asks the layer 1.
 */
export async function makePacket(
  node: Node,
  rollup: Rollup,
  address: string,
  older: ExitPacket | undefined,
  signal?: AbortSignal,
): Promise<ExitPacket | undefined> {
  const own = (await node.accounts(address, options(signal))).filter(({ proved_balance: proved }) => proved != null);
  if (own.length === 0) return undefined;
  const proofs = await pathsOf(node, own, signal);
  const settled = older === undefined ? 0 : Math.min(older.batch, proofs[0]?.batch ?? 0) - UNSETTLED_BATCHES;
  const batches: BatchDetail[] = [];
  for (const number of await withdrawn(node, own, settled, signal)) {
    batches.push(await node.batch(number, options(signal)));
  }
  const packet = exitPacket(rollup, proofs, batches);
  const found = new Set(packet.claims.map(({ batch }) => batch));
  const kept = (older?.claims ?? []).filter(({ batch }: PacketClaims) => batch <= settled && !found.has(batch));
  return { ...packet, claims: [...kept, ...packet.claims] };
}

/** The paths of accounts after one batch. */
async function pathsOf(node: Node, own: readonly AccountView[], signal?: AbortSignal): Promise<AccountProof[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const proofs: AccountProof[] = [];
    for (const { index } of own) proofs.push(await node.accountProof(index, options(signal)));
    if (proofs.every(({ batch }) => batch === proofs[0]?.batch)) return proofs;
  }
  throw new CheckError('proof_form', 'batches are proved faster than paths can be asked for');
}

/** The batches after `settled` that hold withdrawals of these accounts, ascending. */
async function withdrawn(
  node: Node,
  own: readonly AccountView[],
  settled: number,
  signal?: AbortSignal,
): Promise<number[]> {
  const batches = new Set<number>();
  for (const { index } of own) {
    let before: string | undefined;
    for (let page = 0; page < PAGES_MOST; page += 1) {
      const asked = { limit: PAGE, ...(before === undefined ? {} : { before }), ...options(signal) };
      const { payments, next_before: next } = await node.payments(index, asked);
      for (const { kind, batch, stage } of payments) {
        const isClaim = kind === 'withdrawal' || kind === 'forced_withdrawal';
        const isProved = stage === 'proved' || stage === 'final';
        if (isClaim && isProved && batch != null && batch > settled) batches.add(batch);
      }
      const last = payments.at(-1)?.batch;
      if (next == null || (last != null && last <= settled)) break;
      before = next;
    }
  }
  return [...batches].sort((a, b) => a - b);
}

function options(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
