/** What senders have put beside their payments, which the node keeps: shown where it is the sender's own. */
import { CheckError, InputError, checkReference, parseAddress, type Reference, type Rollup } from '@assay/client';

/** Signatures that were looked at, so that a table is not checked anew each time that something moves. */
const CHECKED_MOST = 1000;
const checked = new Map<string, boolean>();

/** Whether the sender, an address of the rollup, has signed the text for this transaction. */
export function isOfSender(reference: Reference, rollup: Rollup, hash: string, sender: string): boolean {
  const name = JSON.stringify([rollup.domain.toString(), hash, sender, reference]);
  const known = checked.get(name);
  if (known !== undefined) return known;
  const valid = check(reference, rollup, hash, sender);
  const [oldest] = checked.keys();
  if (checked.size >= CHECKED_MOST && oldest !== undefined) checked.delete(oldest);
  checked.set(name, valid);
  return valid;
}

function check(reference: Reference, rollup: Rollup, hash: string, sender: string): boolean {
  try {
    checkReference(reference, rollup, hash, parseAddress(sender, rollup.network).owner);
    return true;
  } catch (error) {
    if (error instanceof CheckError || error instanceof InputError) return false;
    throw error;
  }
}
