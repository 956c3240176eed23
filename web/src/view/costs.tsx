/** What batches cost: the layer 1's base fee, the gas of batches, and what follows for a transfer. */
import type { CostsView } from '@assay/client';
import { count } from '../numbers.js';
import { baseFees, gasOfBatches, priceOfGas } from '../series.js';
import { duration } from '../time.js';
import { Chart, stairs } from './charts.js';
import { useLoad, useWorld } from './context.js';
import { Amount, Fact, Facts, Show } from './parts.js';

export function Costs() {
  const { node, known } = useWorld();
  const block = known.status?.l1.block ?? 0;
  const loaded = useLoad('costs', block, (signal) => node.costs({ signal }));
  return (
    <section aria-labelledby="costs">
      <h2 id="costs">What batches cost</h2>
      <Show loaded={loaded} missing="The node tells no costs.">
        {(costs) => (
          <>
            <Estimate costs={costs} />
            <CostCharts costs={costs} />
          </>
        )}
      </Show>
    </section>
  );
}

function Estimate({ costs: { estimate } }: { costs: CostsView }) {
  if (!estimate) return <p class="empty">The layer 1 was not seen yet.</p>;
  return (
    <Facts>
      <Fact name="Base fee of the layer 1">
        {priceOfGas(estimate.base_fee_wei)} <span class="quiet">per gas, smoothed</span>
      </Fact>
      <Fact name="Gas of a batch">
        {count(estimate.batch_gas)} <span class="quiet">{estimate.fill_percent} % of its room is used</span>
      </Fact>
      <Fact name="Time of a proof">
        {estimate.proving_ms == null ? <span class="quiet">not known yet</span> : duration(estimate.proving_ms)}
      </Fact>
      <Fact name="A batch">
        <Amount base={estimate.batch_wei} token={0} />
      </Fact>
      <Fact name="A transfer’s part">
        <Amount base={estimate.transfer_wei} token={0} />
      </Fact>
      <Fact name="A withdrawal’s, or a new account’s">
        <Amount base={estimate.full_record_wei} token={0} />
      </Fact>
      <Fact name="An entry of the layer 1’s queue">
        <Amount base={estimate.entry_wei} token={0} /> <span class="quiet">beside its own gas</span>
      </Fact>
    </Facts>
  );
}

function CostCharts({ costs }: { costs: CostsView }) {
  const { unit, points: fees } = baseFees(costs);
  const gas = gasOfBatches(costs);
  const price = (y: number) => `${Number(y.toPrecision(3))} ${unit.name}`;
  const latest = fees.at(-1);
  return (
    <div class="charts">
      <Chart
        title="Base fee of the layer 1"
        unit={`${unit.name} per gas, by block`}
        points={fees}
        words={`Base fee by block, ${unit.name} per gas; ${latest ? `now ${price(latest.y)}` : 'none seen yet'}.`}
        told={({ x, y }) => `block ${x}: ${price(y)}`}
        axis={(x) => `block ${x}`}
      >
        {({ px, py }) => <path d={stairs(fees, px, py)} class="line" />}
      </Chart>
      <Chart
        title="Gas of a batch"
        unit="thousands, by batch"
        points={gas}
        words={`Gas by batch; ${gas.length === 0 ? 'none yet' : `of the latest ${count(Math.round(1000 * (gas.at(-1)?.y ?? 0)))}`}.`}
        told={({ x, y }) => `batch ${x}: ${count(Math.round(1000 * y))} gas`}
        axis={(x) => `batch ${x}`}
        whole
      >
        {({ px, py }) => gas.map(({ x, y }) => <circle key={x} cx={px(x)} cy={py(y)} r="2.5" class="dot" />)}
      </Chart>
    </div>
  );
}
