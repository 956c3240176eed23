/** When a payment will rest on the layer 1, as far as anybody can tell. */
import { estimate, type SoFar } from '../../estimate.js';
import { plural } from '../../numbers.js';
import { duration } from '../../time.js';
import { useNow, useWorld } from '../context.js';

/** For a payment that is sent now, or came so far already. */
export function When({ soFar }: { soFar?: SoFar }) {
  const { status, batches } = useWorld().known;
  const now = useNow();
  const found = status && batches && estimate(status, batches, now, soFar);
  if (!found) return <span class="quiet">not known: too few batches, or it takes longer than is usual</span>;
  const { provedMs, finalMs, batches: number } = found;
  const about = (ms: number) => `in about ${duration(Math.max(1000, Math.round(ms / 1000) * 1000))}`;
  return (
    <>
      {soFar?.proved == null ? `proved ${about(provedMs)}, ` : ''}final {about(finalMs)}{' '}
      <span class="quiet">as the latest {plural(number, 'batch', 'batches')} took</span>
    </>
  );
}
