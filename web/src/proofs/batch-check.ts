/** What verifying a batch's bundle comes to, and whether the bundle is of the batch that is shown. */
import type { BatchDetail } from '@assay/client';
import type { Verdict } from './module.js';

/** The rollup that the page is of. */
export interface Rollup {
  readonly chain: number;
  readonly contract: string;
}

/** The fields of a bundle that the page shows as well. */
interface BundleFields {
  readonly shape: { readonly name: string };
  readonly header: { readonly batch: number; readonly old_root: string; readonly new_root: string };
  readonly l1: { readonly chain_id: number; readonly contract: string };
}

/**
 * What the bundle says otherwise than the page, in words; nothing where it is of this batch. Only for a bundle whose
 * verdict is valid: then what it says of itself is what was proved.
 */
export function differences(bundle: Uint8Array, batch: BatchDetail, rollup: Rollup): string[] {
  const { header, shape, l1 } = JSON.parse(new TextDecoder().decode(bundle)) as BundleFields;
  const pairs: readonly (readonly [what: string, bundle: unknown, page: unknown])[] = [
    ['the batch’s number', header.batch, batch.number],
    ['the shape', shape.name, batch.shape],
    ['the root before', BigInt(header.old_root), BigInt(batch.old_root)],
    ['the root after', BigInt(header.new_root), BigInt(batch.new_root)],
    ['the chain', l1.chain_id, rollup.chain],
    ['the contract', l1.contract.toLowerCase(), rollup.contract.toLowerCase()],
  ];
  return pairs.filter(([, inBundle, shown]) => inBundle !== shown).map(([what]) => what);
}

const SAID: Readonly<Record<string, string>> = {
  verifying_key: 'the verifying key in the bundle is none',
  verifying_key_sha256: 'the bundle names another digest than its key has',
  trusted_key: 'the bundle is proved under another verifying key',
  shape: 'the shape is none of this version',
  statement: 'a word of the statement is no number',
  statement_length: 'the statement has another length than its shape',
  domain: 'the domain is not that of its chain and contract',
  header: 'the header is not in the statement',
  c: 'the statement’s hash is another',
  z: 'the challenge is another',
  y: 'the polynomial has another value',
  proof: 'the proof is no three points',
  pairing: 'the proof does not prove the statement',
  l1: 'the layer 1 transaction is no hash',
  sha256: 'the bundle’s checksum is another',
};

/** Why a bundle is refused; what the verifier itself says of it is in its checks. */
export function refusalOf({ first_failure: name }: Verdict): string {
  return name === null ? '' : (SAID[name] ?? name);
}
