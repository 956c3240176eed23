/** A batch: what it holds, how far it has come, and how to check it without this node. */
import { NodeError, type BatchDetail, type BatchOperation } from '@assay/client';
import { count, plural, short } from '../numbers.js';
import { steps } from '../pipeline.js';
import { duration } from '../time.js';
import { Bar } from './batches.js';
import { useLoad, useWorld, type Loaded } from './context.js';
import { Economics } from './economics.js';
import { Amount, Code, Fact, Facts, Link, Show, Table } from './parts.js';
import { Stages } from './stages.js';
import { Verify } from './verify.js';

export function BatchPage({ number }: { number: number }) {
  const { node, known } = useWorld();
  const loaded = useLoad(`batch ${number}`, known.revision, (signal) => node.batch(number, { signal }));
  const last = known.status?.heights.executed ?? 0;
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1}>Batch {count(number)}</h1>
        <nav class="pages" aria-label="Batches beside it">
          {number > 1 && <Link to={{ page: 'batch', number: number - 1 }}>← batch {number - 1}</Link>}
          {number < last && <Link to={{ page: 'batch', number: number + 1 }}>batch {number + 1} →</Link>}
        </nav>
      </div>
      <Show loaded={loaded} missing={<Missing number={number} loaded={loaded} last={last} />}>
        {(batch) => <Batch batch={batch} />}
      </Show>
    </>
  );
}

function Missing({ number, loaded, last }: { number: number; loaded: Loaded<BatchDetail>; last: number }) {
  const unknown = loaded.is === 'failed' && loaded.error instanceof NodeError && loaded.error.is('unknown_batch');
  if (unknown && number > 0 && number <= last) {
    return <>Batch {count(number)} is open or about to be sealed. It is shown here as soon as its order is fixed.</>;
  }
  return (
    <>
      The node has no batch {count(number)}. The last one is {count(last)}.
    </>
  );
}

function Batch({ batch }: { batch: BatchDetail }) {
  const { status } = useWorld().known;
  const shape = status?.shapes.find(({ name }) => name === batch.shape);
  const times = steps(batch);
  const { closed, final } = batch.times_ms;
  const all = Object.values(times).reduce((sum: number, ms) => sum + (ms ?? 0), 0);
  const room = shape ? shape.transfers + shape.full_records : undefined;
  return (
    <>
      <Stages
        stage={batch.stage}
        trust={batch.trust}
        times={[
          ['closed', 'Closed', closed],
          ['sealed', 'Sealed', batch.times_ms.sealed],
          ['proof', 'Proof made', batch.times_ms.proof],
          ['proved', 'Proved on the layer 1', batch.times_ms.proved],
          ['final', 'Final', final],
        ]}
      />
      {all > 0 && (
        <div class="spread">
          <Bar times={times} longest={all} />
          <p class="legend">
            {(['seal', 'prove', 'settle', 'finalise'] as const).map((name) => (
              <span class={name}>
                {name} <b>{times[name] === undefined ? '–' : duration(times[name])}</b>
              </span>
            ))}
          </p>
        </div>
      )}
      <Facts>
        <Fact name="Operations">
          {count(batch.operations)}
          {room !== undefined && <span class="quiet"> of at most {count(room)}</span>}
        </Fact>
        <Fact name="Shape">
          {batch.shape}
          {shape && (
            <span class="quiet">
              {' '}
              · {plural(shape.transfers, 'transfer', 'transfers')},{' '}
              {plural(shape.full_records, 'full record', 'full records')}
            </span>
          )}
        </Fact>
        <Fact name="Proved by">
          {batch.prover ?? (
            <span class="quiet">{batch.stage === 'sealed' ? 'nobody yet' : 'another operator’s prover'}</span>
          )}
        </Fact>
        <Fact name="Layer 1 transaction">
          {batch.l1.submit ? (
            <Code text={batch.l1.submit} what="the layer 1 transaction" />
          ) : (
            <span class="quiet">not sent yet</span>
          )}
        </Fact>
        <Fact name="Root before">
          <Code text={batch.old_root} what="the root before" />
        </Fact>
        <Fact name="Root after">
          <Code text={batch.new_root} what="the root after" />
        </Fact>
        <Fact name="Data commitment">
          <Code text={batch.header.commitment} what="the commitment" />
        </Fact>
        <Fact name="Accounts after it">{count(Math.max(0, batch.accounts - 1))}</Fact>
        <Fact name="Queue entries taken by then">{count(batch.header.queue_end)}</Fact>
        <Fact name="Settler">
          <Code text={batch.settler} what="the settler’s address" />
        </Fact>
      </Facts>
      <Economics batch={batch} />
      <Contents contents={batch.contents} />
      <Claims batch={batch} />
      <Verify batch={batch} />
    </>
  );
}

const KINDS: Readonly<Record<BatchOperation['kind'], string>> = {
  transfer: 'transfer',
  withdrawal: 'withdrawal',
  deposit: 'deposit',
  forced_transfer: 'forced transfer',
  forced_withdrawal: 'forced withdrawal',
};

export function kindOf({ kind, executed }: Pick<BatchOperation, 'kind' | 'executed'>): string {
  if (executed) return KINDS[kind];
  return kind === 'deposit' ? 'deposit that came back' : `${KINDS[kind]}, not valid`;
}

/** Operations of a batch, or of an account across batches. */
export function Contents({ contents }: { contents: readonly BatchOperation[] }) {
  const { tokens } = useWorld().known;
  const fees = new Map<number, bigint>();
  for (const { token, fee } of contents) fees.set(token, (fees.get(token) ?? 0n) + BigInt(fee));
  const paid = [...fees].filter(([, fee]) => fee > 0n);
  return (
    <section aria-labelledby="contents">
      <div class="title">
        <h2 id="contents">What it holds</h2>
        <span class="quiet">
          {paid.length === 0 ? 'no fees were paid' : 'fees '}
          {paid.map(([token, fee], which) => (
            <>
              {which > 0 && ', '}
              <Amount base={fee.toString()} token={token} />
            </>
          ))}
        </span>
      </div>
      {tokens && (
        <Table
          name="Operations"
          head={['Place|number', 'Kind', 'From', 'To', 'Amount|number', 'Fee|number', 'Transaction']}
        >
          {contents.map((operation) => (
            <tr key={operation.position}>
              <td class="number quiet">{operation.position}</td>
              <td>{kindOf(operation)}</td>
              <OperationCells operation={operation} />
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

export function OperationCells({ operation }: { operation: BatchOperation }) {
  const { from, to_account: toAccount, to, token, amount, fee, hash, queue_index: entry } = operation;
  return (
    <>
      <td>
        {from == null ? (
          <span class="quiet">layer 1</span>
        ) : (
          <Link to={{ page: 'account', index: from }}>account {from}</Link>
        )}
      </td>
      <td>
        {toAccount == null ? (
          <code title={to}>{short(to)}</code>
        ) : (
          <Link to={{ page: 'account', index: toAccount }}>account {toAccount}</Link>
        )}
      </td>
      <td class="number">
        <Amount base={amount} token={token} />
      </td>
      <td class="number">{fee === '0' ? <span class="quiet">–</span> : <Amount base={fee} token={token} />}</td>
      <td>
        {hash != null ? (
          <Link to={{ page: 'transaction', hash }}>
            <code title={hash}>{short(hash)}</code>
          </Link>
        ) : entry != null ? (
          <Link to={{ page: 'entry', index: entry }}>queue {entry}</Link>
        ) : (
          <span class="quiet" title="Signatures are not on the layer 1, and it was not handed in here.">
            not known here
          </span>
        )}
      </td>
    </>
  );
}

function Claims({ batch }: { batch: BatchDetail }) {
  if (batch.claims.length === 0) return null;
  return (
    <section aria-labelledby="claims">
      <h2 id="claims">What can be claimed of it on the layer 1</h2>
      <p class="lead">
        Anybody can have the contract pay these once the batch is proved. Whether one was claimed stands on the layer 1;
        the node does not say it.
      </p>
      <Table name="Claims" head={['Which|number', 'Amount|number', 'Receiver on the layer 1', 'From']}>
        {batch.claims.map(({ which, amount, token, to, from, hash, queue_index: entry }) => (
          <tr key={which}>
            <td class="number">{which}</td>
            <td class="number">
              <Amount base={amount} token={token} />
            </td>
            <td>
              <Code text={to} what="the receiver" />
            </td>
            <td>
              {hash != null ? (
                <Link to={{ page: 'transaction', hash }}>account {from}</Link>
              ) : entry != null ? (
                <Link to={{ page: 'entry', index: entry }}>queue {entry}</Link>
              ) : (
                `account ${from}`
              )}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
