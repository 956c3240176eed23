/** The first page: where everything stands. */
import { median, plural, count } from '../numbers.js';
import { steps } from '../pipeline.js';
import { short } from '../numbers.js';
import { duration } from '../time.js';
import { BatchTable } from './batches.js';
import { Charts } from './charts.js';
import { useWorld } from './context.js';
import { Link, StageName, Table, Time, Waiting } from './parts.js';
import { Pipeline } from './pipeline.js';
import { Due } from './queue.js';

const ROWS = 8;

export function Overview() {
  const { status, batches } = useWorld().known;
  if (!status || !batches) {
    return (
      <>
        <h1 tabIndex={-1}>Asking the node …</h1>
        <Waiting lines={14} />
      </>
    );
  }
  return (
    <>
      <Headline />
      <Pipeline />
      <Figures />
      <Charts />
      <section aria-labelledby="latest-batches">
        <div class="title">
          <h2 id="latest-batches">Latest batches</h2>
          {batches.length > ROWS && <Link to={{ page: 'batches' }}>All batches</Link>}
        </div>
        {batches.length === 0 ? (
          <p class="empty">There is no batch yet. The first deposit or payment opens one.</p>
        ) : (
          <BatchTable name="Latest batches" batches={batches.slice(0, ROWS)} />
        )}
      </section>
      <Transactions />
    </>
  );
}

/** The state of the rollup in a sentence. */
function Headline() {
  const { status } = useWorld().known;
  if (!status) return null;
  const { executed, proved } = status.heights;
  const way = executed - proved;
  if (executed === 0) return <h1 tabIndex={-1}>Nothing has been paid yet.</h1>;
  if (way === 0 && proved === 1) return <h1 tabIndex={-1}>The first batch is proved on the layer 1.</h1>;
  if (way === 0) return <h1 tabIndex={-1}>All {plural(proved, 'batch', 'batches')} are proved on the layer 1.</h1>;
  return (
    <h1 tabIndex={-1}>
      {plural(proved, 'batch is', 'batches are')} proved on the layer 1, {way === 1 ? 'one is' : `${count(way)} are`} on
      the way.
    </h1>
  );
}

function Figures() {
  const { status, batches = [], executed, openedMs } = useWorld().known;
  if (!status) return null;
  const proving = median(
    batches
      .slice(0, 20)
      .map((batch) => steps(batch).prove)
      .filter((ms) => ms !== undefined),
  );
  const way = median(
    batches.slice(0, 20).flatMap(({ times_ms: { closed, proved } }) => (proved ? [proved - closed] : [])),
  );
  const waits = status.l1.queue_length - status.l1.queue_consumed;
  return (
    <dl class="figures">
      <div>
        <dt>Proving a batch</dt>
        <dd>{proving === undefined ? '–' : duration(proving)}</dd>
        <dd class="quiet">median of the latest 20</dd>
      </div>
      <div>
        <dt>From closed to proved</dt>
        <dd>{way === undefined ? '–' : duration(way)}</dd>
        <dd class="quiet">then it no longer rests on the operator</dd>
      </div>
      <div>
        <dt>Executed since you came</dt>
        <dd>{count(executed)}</dd>
        <dd class="quiet">
          transactions, opened <Time at={openedMs} />
        </dd>
      </div>
      <div>
        <dt>
          <Link to={{ page: 'queue' }}>Layer 1 queue</Link>
        </dt>
        <dd>{count(waits)}</dd>
        <dd class="quiet">{waits === 0 ? 'no entry waits for a proof' : <Due status={status} />}</dd>
      </div>
    </dl>
  );
}

/** The node lists no transactions; its events tell of those that move. */
function Transactions() {
  const { seen } = useWorld().known;
  return (
    <section aria-labelledby="seen">
      <div class="title">
        <h2 id="seen">Transactions that moved since the page was opened</h2>
      </div>
      {seen.length === 0 ? (
        <p class="empty">
          None yet. The node tells of each as it moves and keeps no list of them; search for a hash to see an earlier
          one.
        </p>
      ) : (
        <Table name="Transactions that moved" head={['Transaction', 'Stage', 'Batch|number', 'Last moved|number']}>
          {seen.slice(0, 12).map(({ hash, stage, batch, atMs }) => (
            <tr key={hash}>
              <td>
                <Link to={{ page: 'transaction', hash }}>
                  <code title={hash}>{short(hash, 10, 8)}</code>
                </Link>
              </td>
              <td>
                <StageName stage={stage} />
              </td>
              <td class="number">
                {batch === undefined ? (
                  <span class="quiet">–</span>
                ) : (
                  <Link to={{ page: 'batch', number: batch }}>{batch}</Link>
                )}
              </td>
              <td class="number">
                <Time at={atMs} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
