/** A transaction: how far it has come, and what that means for trust. */
import { NodeError, type TransactionView } from '@assay/client';
import { count } from '../numbers.js';
import { useLoad, useWorld } from './context.js';
import { Amount, Code, Fact, Facts, Link, Show, Time } from './parts.js';
import { Signed } from './payments.js';
import { Stages, type Step } from './stages.js';

export function TransactionPage({ hash }: { hash: string }) {
  const { node, known } = useWorld();
  const moved = known.seen.find((seen) => seen.hash === hash)?.stage;
  const loaded = useLoad(`transaction ${hash}`, `${known.revision} ${moved}`, (signal) =>
    node.transaction(hash, { signal }),
  );
  return (
    <>
      <h1 tabIndex={-1}>Transaction</h1>
      <p class="subject">
        <Code text={hash} what="the transaction’s hash" whole />
      </p>
      <Show
        loaded={loaded}
        missing="The node knows no transaction with this hash. It knows those that were handed in at it, not those of another operator."
      >
        {(transaction) => <Transaction transaction={transaction} />}
      </Show>
    </>
  );
}

/** How far it has come, and what went wrong on the way. */
export function Course({ transaction }: { transaction: TransactionView }) {
  const { stage, trust, times_ms: times, rejection, dropped } = transaction;
  const steps: Step[] = [
    ['received', 'Received', times.received],
    ...(stage === 'rejected'
      ? ([['rejected', 'Rejected', times.rejected]] as Step[])
      : ([
          ['executed', 'Executed', times.executed],
          ['sealed', 'Sealed', times.sealed],
          ['proved', 'Proved on the layer 1', times.proved],
          ['final', 'Final', times.final],
        ] as Step[])),
  ];
  return (
    <>
      <Stages stage={stage} trust={trust} times={steps} />
      {rejection && (
        <section class="banner grave" aria-label="Why it was rejected">
          <h2>Rejected: {rejection.code.replaceAll('_', ' ')}</h2>
          <p class="told">{rejection.message}</p>
        </section>
      )}
      {dropped && (
        <section class="banner mild" aria-label="Its batch was dropped">
          <h2>Batch {dropped.batch}, which held it, was dropped</h2>
          <p class="told">{dropped.message}</p>
          <p>
            That was <Time at={dropped.at_ms} />.{' '}
            {stage === 'rejected'
              ? 'With the receipt this proves that the operator broke its promise.'
              : 'It waits to be executed again.'}
          </p>
        </section>
      )}
    </>
  );
}

function Transaction({ transaction }: { transaction: TransactionView }) {
  const { operation, batch } = transaction;
  return (
    <>
      <Course transaction={transaction} />
      <Facts>
        <Fact name="Kind">{operation.kind}</Fact>
        <Fact name="Amount">
          <Amount base={operation.amount} token={operation.token} />
        </Fact>
        <Fact name="Fee">
          <Amount base={operation.fee} token={operation.token} />
        </Fact>
        <Fact name="From">
          <Link to={{ page: 'account', index: operation.from }}>account {operation.from}</Link>
        </Fact>
        <Fact name="To">
          {operation.kind === 'transfer' ? (
            transaction.to_account == null ? (
              <Link to={{ page: 'owner', address: operation.to }}>owner</Link>
            ) : (
              <Link to={{ page: 'account', index: transaction.to_account }}>account {transaction.to_account}</Link>
            )
          ) : (
            <span class="quiet">the layer 1</span>
          )}{' '}
          <Code text={operation.to} what="the receiver’s address" />
        </Fact>
        <ReferenceFact transaction={transaction} />
        <Fact name="Batch">
          {batch == null ? (
            <span class="quiet">none yet</span>
          ) : (
            <>
              <Link to={{ page: 'batch', number: batch }}>batch {count(batch)}</Link>
              {transaction.position != null && <span class="quiet"> · place {transaction.position}</span>}
            </>
          )}
        </Fact>
        <Fact name="Layer 1 transaction">
          {transaction.l1.submit ? (
            <Code text={transaction.l1.submit} what="the layer 1 transaction" />
          ) : (
            <span class="quiet">not sent yet</span>
          )}
        </Fact>
        <Fact name="Nonce">{count(operation.nonce)}</Fact>
        <Fact name="Could be executed until">
          <Time at={operation.expires * 1000} full />
        </Fact>
      </Facts>
    </>
  );
}

/** What its sender has put beside it. */
export function ReferenceFact({ transaction }: { transaction: TransactionView }) {
  const { node } = useWorld();
  const { hash, reference, operation } = transaction;
  const loaded = useLoad(`sender ${operation.from}`, reference?.text, async (signal) =>
    reference == null ? undefined : (await node.account(operation.from, { signal })).owner,
  );
  if (reference == null) return null;
  return (
    <Fact name="For">
      {loaded.is === 'there' && loaded.value !== undefined ? (
        <>
          <Signed hash={hash} reference={reference} sender={loaded.value} />{' '}
          <span class="quiet">· public: the node shows it to whoever asks</span>
        </>
      ) : (
        <span class="quiet">{loaded.is === 'failed' ? 'its signature could not be checked' : '…'}</span>
      )}
    </Fact>
  );
}

/** Whether the node knows a transaction; what else went wrong is thrown. */
export function isUnknown(error: unknown): boolean {
  return error instanceof NodeError && error.status === 404;
}
