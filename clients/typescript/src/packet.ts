/**
 * The exit packet: a file of what an owner has in the last proved state, with which `assay exit --from FILE` needs
 * nothing of a node (`docs/spec/exit.md`).
 */
import { checkAccountProof } from './account.js';
import { formatAddress } from './address.js';
import type { AccountProof, BatchDetail, BatchHeaderView } from './api-types.js';
import { fromHex, toHex, toWord, type Hex } from './bytes.js';
import { callOfClaim, claimsHash, type Claim, type ContractCall } from './contract.js';
import { parseAmount } from './amount.js';
import { CheckError } from './errors.js';
import type { Rollup } from './rollup.js';
import { hasReached } from './follow.js';

export interface PacketAccount {
  readonly index: number;
  readonly token: number;
  /** Base units, decimal. */
  readonly balance: string;
  readonly nonce: number;
  /** Three nodes for each height, from the leaf up. */
  readonly path: readonly (readonly Hex[])[];
}

export interface PacketClaims {
  readonly batch: number;
  readonly header: BatchHeaderView;
  readonly list: readonly { token: number; amount: string; receiver: string; from: number }[];
  /** The numbers of those that may be open. */
  readonly which: readonly number[];
}

/** The file, as JSON; its fields are in the order of the specification. */
export interface ExitPacket {
  readonly format: 'assay-exit-packet';
  readonly version: 1;
  readonly chain_id: number;
  readonly contract: string;
  readonly batch: number;
  readonly root: Hex;
  readonly owner: string;
  readonly accounts: readonly PacketAccount[];
  readonly claims: readonly PacketClaims[];
}

/**
 * The packet of an owner: the paths of all its accounts after one batch, and batches with withdrawals of them. Every
 * path is checked against the root that the node names; whoever uses the packet compares that with the contract's.
 */
export function exitPacket(
  rollup: Rollup,
  proofs: readonly AccountProof[],
  batches: readonly BatchDetail[] = [],
): ExitPacket {
  const [first] = proofs;
  if (!first) throw new CheckError('proof_form', 'a packet is of one account at least');
  const { batch } = first;
  const root = toHex(fromHex(first.root, 32, 'the root'));
  const owner = ownerOf(first, rollup);
  const accounts = [...proofs].sort((a, b) => a.index - b.index);
  for (const proof of accounts) {
    if (proof.batch !== batch || ownerOf(proof, rollup) !== owner) {
      throw new CheckError('proof_form', 'the paths of a packet are of one owner, after one batch');
    }
    checkAccountProof(proof, root);
  }
  const own = new Set(accounts.map(({ index }) => index));
  const claims = batches.map((detail) => claimsOf(detail, own)).filter((found) => found.which.length > 0);
  return {
    format: 'assay-exit-packet',
    version: 1,
    chain_id: Number(rollup.chainId),
    contract: rollup.contract,
    batch,
    root,
    owner,
    accounts: accounts.map(accountOf),
    claims: claims.sort((a, b) => a.batch - b.batch),
  };
}

/** Pays a claim of a packet to its receiver, whoever sends it; nothing of a node is needed. */
export function packetClaimCall(rollup: Rollup, { batch, header, list }: PacketClaims, which: number): ContractCall {
  const claims = list.map(claimOf);
  const claim = claims[which];
  if (claimsHash(claims) !== header.claims_hash.toLowerCase()) {
    throw new CheckError('claims_hash', `the claims of batch ${batch} are not those of its header`);
  }
  if (!claim) throw new CheckError('unknown_claim', `batch ${batch} makes no such claim`);
  return callOfClaim(rollup, { number: batch, header }, claims, which, claim.receiver);
}

function claimOf({ token, amount, receiver, from }: PacketClaims['list'][number]): Claim {
  return { token, amount: parseAmount(amount), receiver, from };
}

function ownerOf({ owner }: AccountProof, { network }: Rollup): string {
  const [x, y] = owner ?? [];
  if (x === undefined || y === undefined) throw new CheckError('proof_form', 'an account of a packet is not there');
  return formatAddress({ network, owner: { x: BigInt(x), y: BigInt(y) } });
}

/** Of a proof that was checked: all its fields are there. */
function accountOf({ index, token, balance, nonce, siblings }: AccountProof): PacketAccount {
  const path = siblings.map((level) => level.map((node) => toHex(toWord(BigInt(node)))));
  return { index, token: token ?? 0, balance: balance ?? '0', nonce: nonce ?? 0, path };
}

function claimsOf({ number, stage, header, claims }: BatchDetail, own: ReadonlySet<number>): PacketClaims {
  const list = claims.map(({ token, amount, to, from }) => ({ token, amount, receiver: to, from }));
  if (claimsHash(list.map(claimOf)) !== header.claims_hash.toLowerCase()) {
    throw new CheckError('claims_hash', `the claims of batch ${number} are not those of its header`);
  }
  const isOpen = hasReached(stage, 'proved');
  const { commitment, new_root, claims_hash, queue_end, timestamp, accounts, shape } = header;
  return {
    batch: number,
    header: { commitment, new_root, claims_hash, queue_end, timestamp, accounts, shape },
    list,
    which: claims.filter(({ from }) => isOpen && own.has(from)).map(({ which }) => which),
  };
}
