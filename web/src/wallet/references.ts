/** What payments from this browser are for. The node does not know it; only this browser keeps it. */
import { KeptList, isText, type Store } from './kept.js';

export interface Reference {
  /** Of the payment. */
  readonly hash: string;
  readonly reference: string;
}

export const REFERENCES_MOST = 500;

/** Those of one address on one rollup, latest first. */
export function referencesOf(store: Store, domain: string, address: string): KeptList<Reference> {
  const isReference = ({ reference }: Partial<Record<keyof Reference, unknown>>) => isText(reference);
  return new KeptList(store, `assay/sent/${domain}/${address}`, REFERENCES_MOST, isReference);
}
