/** Taking an account's balance out of a frozen rollup: signed here, proved by the worker, sent by an Ethereum wallet. */
import {
  decodeFlag,
  decodeProvedRoot,
  escapeCall,
  formatSignature,
  isEscapedCall,
  parseAmount,
  provedRootCall,
  signEscape,
  type ContractCall,
  type Escape,
  type ExitPacket,
  type Hex,
  type PacketAccount,
  type Rollup,
  type SecretKey,
} from '@assay/client';
import type { AskProofs } from '../proofs/ask.js';
import { escapeKeyDigest, type Read } from '../proofs/contract-key.js';
import type { EscapeProof } from '../proofs/module.js';

/** What an account's leaving waits for. */
export type Leaving = 'contract' | 'key' | 'proof' | 'sending';

export interface LeaveOptions {
  readonly rollup: Rollup;
  readonly packet: ExitPacket;
  readonly account: PacketAccount;
  /** Who is paid on the layer 1. */
  readonly to: Hex;
  readonly key: SecretKey;
  /** Asks the layer 1. */
  readonly read: Read;
  /** The bytes of `escape.proving.key`, whoever has them: they are checked against the contract's key. */
  readonly provingKey: () => Promise<Uint8Array>;
  readonly ask: AskProofs;
  readonly tell: (waiting: Leaving) => void;
}

/** The packet is of another state than the contract's, or the account has left. */
export class LeaveError extends Error {
  override readonly name = 'LeaveError';
}

/** The call that pays an account's whole balance. The key signs here: the worker is given the signature alone. */
export async function leaveCall(options: LeaveOptions): Promise<ContractCall> {
  const { rollup, packet, account, to, key, read, provingKey, ask, tell } = options;
  tell('contract');
  const root = decodeProvedRoot(await read(provedRootCall(rollup)));
  if (root !== packet.root) {
    throw new LeaveError(
      `The packet is of the state after batch ${packet.batch}, which is not the contract’s last one: renew it.`,
    );
  }
  if (decodeFlag(await read(isEscapedCall(rollup, account.index)))) {
    throw new LeaveError(`Account ${account.index} has left already: its balance was paid.`);
  }
  const digest = await escapeKeyDigest(read, rollup);
  tell('key');
  const bytes = await provingKey();
  tell('proof');
  const escape = { from: account.index, token: account.token, balance: parseAmount(account.balance), to };
  const request = new TextEncoder().encode(requestOf({ rollup, packet, account, key, escape, digest }));
  const { answer } = await ask('escape', [bytes, request]);
  return escapeCall(rollup, escape, (answer as EscapeProof).proof);
}

interface Request extends Pick<LeaveOptions, 'rollup' | 'packet' | 'account' | 'key'> {
  readonly escape: Escape;
  readonly digest: Hex;
}

/** As `browser/src/escape.rs` reads it. */
function requestOf({ rollup, packet, account, key, escape, digest }: Request): string {
  const { index, token, balance, nonce, path } = account;
  const { chain_id, contract, root, owner } = packet;
  return JSON.stringify({
    ...{ chain_id, contract, root, owner, index, token, balance, nonce, path, to: escape.to },
    signature: formatSignature(signEscape(escape, rollup, key)),
    verifying_key_sha256: digest,
  });
}
