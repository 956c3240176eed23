/** What a batch earned and cost. */
import type { BatchDetail } from '@assay/client';
import { count, plural } from '../numbers.js';
import { priceOfGas } from '../series.js';
import { duration } from '../time.js';
import { Amount, Fact, Facts } from './parts.js';

export function Economics({ batch }: { batch: BatchDetail }) {
  const { earned, l1, proving_ms: provingMs } = batch.economics;
  return (
    <section aria-labelledby="economics">
      <h2 id="economics">What it earned and cost</h2>
      <Facts>
        <Fact name="Fees">
          {earned.length === 0 && <span class="quiet">none were paid</span>}
          {earned.map(({ token, amount }, which) => (
            <>
              {which > 0 && ', '}
              <Amount base={amount} token={token} />
            </>
          ))}
        </Fact>
        {l1 == null ? (
          <Fact name="Layer 1">
            <span class="quiet">{batch.l1.submit == null ? 'not there yet' : 'not known here'}</span>
          </Fact>
        ) : (
          <>
            <Fact name="Paid on the layer 1">
              <Amount base={l1.wei} token={0} /> <span class="quiet">at {priceOfGas(l1.gas_price_wei)} per gas</span>
            </Fact>
            <Fact name="Gas">
              {count(l1.gas)}
              {l1.batches > 1 && (
                <span class="quiet">
                  {' '}
                  of {count(l1.transaction_gas)} for {plural(l1.batches, 'batch', 'batches')} in one transaction
                </span>
              )}
            </Fact>
            <Fact name="Gas for an operation">
              {l1.gas_per_operation == null ? <span class="quiet">–</span> : count(l1.gas_per_operation)}
            </Fact>
          </>
        )}
        <Fact name="Proving took">
          {provingMs == null ? <span class="quiet">not known here</span> : duration(provingMs)}
        </Fact>
      </Facts>
    </section>
  );
}
