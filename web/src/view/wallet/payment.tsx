/** A payment of this wallet, from the operator's promise to the layer 1. */
import type { TransactionView } from '@assay/client';
import { amount } from '../../numbers.js';
import { referencesOf } from '../../wallet/references.js';
import { useLast, useLoad, useWorld } from '../context.js';
import { Amount, Code, Fact, Facts, Link, Show, Waiting } from '../parts.js';
import { Course, ReferenceFact } from '../transaction.js';
import { ClaimOne } from './claims.js';
import { useNetwork, useWallet } from './context.js';
import { When } from './when.js';

/** Needs no key: it is shown while the wallet is locked too. */
export function PaymentPage({ hash }: { hash: string }) {
  const { node, known } = useWorld();
  const reference = useReference(hash);
  const moved = known.seen.find((seen) => seen.hash === hash)?.stage;
  const loaded = useLoad(`payment ${hash}`, `${known.revision} ${moved}`, (signal) =>
    node.transaction(hash, { signal }),
  );
  return (
    <>
      <h1 tabIndex={-1}>Payment</h1>
      {known.status ? (
        <Show
          loaded={loaded}
          missing="The node does not know this payment; it knows those that were handed in at it. If this one was, it did not arrive and can be paid again."
        >
          {(transaction) => <Payment transaction={transaction} reference={reference} />}
        </Show>
      ) : (
        <Waiting lines={8} />
      )}
    </>
  );
}

/** What it was for, where this browser keeps that. */
function useReference(hash: string): string | undefined {
  const { store, keyring } = useWallet();
  const domain = useWorld().known.status?.domain;
  const network = useNetwork();
  if (!store || !keyring || !network || domain === undefined) return undefined;
  const standing = keyring.standing(network);
  if (standing.is !== 'open' && standing.is !== 'locked') return undefined;
  return referencesOf(store, domain, standing.address).find(hash)?.reference;
}

interface PaymentProps {
  readonly transaction: TransactionView;
  readonly reference: string | undefined;
}

function Payment({ transaction, reference }: PaymentProps) {
  const { tokens } = useWorld().known;
  const { hash, stage, operation } = transaction;
  const isWithdrawal = operation.kind === 'withdrawal';
  return (
    <>
      <p class="sum">
        <Amount base={operation.amount} token={operation.token} />
      </p>
      <p class="subject">
        {isWithdrawal ? 'to the layer 1, ' : 'to '}
        <Code text={operation.to} what="the receiver’s address" whole />
      </p>
      <p class="unseen" role="status">
        {amount(operation.amount, operation.token, tokens)}: {stage}
      </p>
      <Course transaction={transaction} />
      {isWithdrawal && stage !== 'rejected' && <Claim transaction={transaction} />}
      <Facts>
        <Fact name="Fee">
          <Amount base={operation.fee} token={operation.token} />
        </Fact>
        <ReferenceFact transaction={transaction} />
        {reference !== undefined && <Fact name="For (kept in this browser)">{reference}</Fact>}
        {stage !== 'final' && stage !== 'rejected' && (
          <Fact name="Proved and final">
            <When soFar={transaction.times_ms} />
          </Fact>
        )}
        <Fact name="Transaction">
          <Link to={{ page: 'transaction', hash }}>all of it</Link> <Code text={hash} what="the transaction’s hash" />
        </Fact>
      </Facts>
      <p>
        <Link to={{ page: 'wallet', part: 'balance' }}>Back to the wallet</Link>
      </p>
    </>
  );
}

/** A withdrawal is paid when somebody claims it. */
function Claim({ transaction: { hash, stage, batch } }: { transaction: TransactionView }) {
  const claimable = (stage === 'proved' || stage === 'final') && batch != null;
  // Where the layer 1 was reorganised it is not claimable for a while: what became of a claim is said all the same.
  const proved = useLast(claimable ? batch : undefined);
  return (
    <section aria-labelledby="claim">
      <h2 id="claim">{claimable ? 'It can be claimed' : 'Then it can be claimed'}</h2>
      <p class="lead">
        {claimable
          ? 'The contract pays it to the receiver as soon as somebody claims it there; anybody may, and it is paid once.'
          : 'Once its batch is proved, the contract on the layer 1 pays it to the receiver as soon as somebody claims it there.'}
      </p>
      {proved !== undefined && <ClaimOne batch={proved} wanted={{ hash }} />}
      <p class="quiet">From the command line, with an account of the layer 1 that pays for the call:</p>
      <div class="command">
        <Code text={`assay wallet claim ${hash}`} what="the command" whole />
      </div>
    </section>
  );
}
