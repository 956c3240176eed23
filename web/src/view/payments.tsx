/** What moved the money of an account, as the node lists it. */
import type { NodeClient, PaymentView, Reference } from '@assay/client';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { short } from '../numbers.js';
import { isOfSender } from '../references.js';
import { useLoad, useWorld, type Loaded } from './context.js';
import { Amount, Link, Show, StageName, Table, Time } from './parts.js';
import { useRollup } from './wallet/context.js';

/** Payments that are shown at a time. */
const SHOWN = 20;
/** Payments that the node gives at a time. */
const PAGE_MOST = 100;

export interface Listed {
  readonly payments: readonly PaymentView[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

/** The latest `most` payments, read anew as they move, so that their stages are those of now. */
export async function latestPayments(
  node: Pick<NodeClient, 'payments'>,
  index: number,
  most: number,
  signal: AbortSignal,
): Promise<Listed> {
  const found = new Map<string, PaymentView>();
  let before: string | undefined;
  for (;;) {
    const limit = Math.min(PAGE_MOST, most - found.size);
    const cursor = before === undefined ? {} : { before };
    const { payments, next_before } = await node.payments(index, { limit, signal, ...cursor });
    // One whose batch is sealed between two pages is on both.
    for (const payment of payments) if (!found.has(nameOf(payment))) found.set(nameOf(payment), payment);
    if (next_before == null || found.size >= most || payments.length === 0) {
      return { payments: [...found.values()], more: next_before != null };
    }
    before = next_before;
  }
}

function nameOf({ hash, queue_index: entry, batch, position }: PaymentView): string {
  return hash ?? (entry == null ? `${batch} ${position}` : `entry ${entry}`);
}

export function usePayments(index: number, most: number): Loaded<Listed> {
  const { node, known } = useWorld();
  const version = `${known.revision} ${known.executed} ${most}`;
  return useLoad(`payments ${index}`, version, (signal) => latestPayments(node, index, most, signal));
}

interface PaymentsProps {
  readonly index: number;
  /** Whose account it is, an address. */
  readonly owner: string;
  /** Where a payment that has a hash leads; what it was for, where this browser keeps that. */
  readonly link?: (hash: string) => Parameters<typeof Link>[0]['to'];
  readonly kept?: ((hash: string) => string | undefined) | undefined;
}

export function Payments(props: PaymentsProps) {
  const [most, setMost] = useState(SHOWN);
  const loaded = usePayments(props.index, most);
  return (
    <Show loaded={loaded} missing="The node has no such account.">
      {({ payments, more }) => (
        <>
          {payments.length === 0 ? (
            <p class="empty">Nothing has moved yet.</p>
          ) : (
            <PaymentTable payments={payments} {...props} />
          )}
          {more && (
            <p>
              <button type="button" onClick={() => setMost(most + SHOWN)}>
                Older
              </button>
            </p>
          )}
        </>
      )}
    </Show>
  );
}

type TableProps = Omit<PaymentsProps, 'index'> & { readonly payments: readonly PaymentView[] };

export function PaymentTable({ payments, owner, link, kept }: TableProps) {
  const isFor = payments.some(({ hash, reference }) => reference != null || (hash != null && kept?.(hash)));
  const head = ['Amount|number', 'What', 'Stage', 'When', 'With', 'Fee|number', ...(isFor ? ['For'] : [])];
  return (
    <Table name="Payments" head={head}>
      {payments.map((payment) => (
        <tr key={nameOf(payment)}>
          <td class={`number strong ${payment.direction}`}>
            <Linked payment={payment} link={link}>
              {SIGNS[payment.direction]}
              <Amount base={payment.amount} token={payment.token} />
            </Linked>
          </td>
          <td>{whatOf(payment)}</td>
          <td>
            <StageName stage={payment.stage} />
            {payment.rejection && <span class="quiet"> {payment.rejection.code.replaceAll('_', ' ')}</span>}
            {payment.dropped && <span class="quiet"> its batch was dropped</span>}
          </td>
          <td>
            <Time at={payment.times_ms.received ?? payment.times_ms.executed} />
          </td>
          <td>
            <Counterparty payment={payment} />
          </td>
          <td class="number">
            {payment.direction === 'incoming' || payment.fee === '0' ? (
              <span class="quiet">–</span>
            ) : (
              <Amount base={payment.fee} token={payment.token} />
            )}
          </td>
          {isFor && (
            <td class="reference">
              <For payment={payment} owner={owner} kept={kept} />
            </td>
          )}
        </tr>
      ))}
    </Table>
  );
}

/** What a payment was for: by its sender's signature, which anybody is shown, or as this browser keeps it. */
function For({ payment, owner, kept }: Pick<PaymentsProps, 'owner' | 'kept'> & { payment: PaymentView }) {
  const { hash, reference, direction, counterparty } = payment;
  const sender = direction === 'incoming' ? counterparty : owner;
  if (hash != null && reference != null && sender != null) return <Signed {...{ hash, reference, sender }} />;
  const own = hash == null ? undefined : kept?.(hash);
  return own ? <span title={own}>{own}</span> : <span class="quiet">–</span>;
}

/** A sender's text; where the sender has not signed it, that. */
export function Signed({ hash, reference, sender }: { hash: string; reference: Reference; sender: string }) {
  const rollup = useRollup();
  if (!rollup) return null;
  if (!isOfSender(reference, rollup, hash, sender)) {
    return <span class="mistake">The node shows a text that the sender has not signed.</span>;
  }
  return <span title={reference.text}>{reference.text}</span>;
}

const SIGNS: Readonly<Record<PaymentView['direction'], string>> = { incoming: '+', outgoing: '−', internal: '' };

const WHAT: Readonly<Record<PaymentView['kind'], string>> = {
  transfer: 'payment',
  withdrawal: 'withdrawal',
  deposit: 'deposit',
  forced_transfer: 'forced payment',
  forced_withdrawal: 'forced withdrawal',
  fees: 'fees of a batch',
};

function whatOf({ kind, direction }: PaymentView): string {
  if (kind !== 'transfer') return WHAT[kind];
  return direction === 'incoming' ? 'received' : direction === 'internal' ? 'to itself' : 'sent';
}

interface LinkedProps {
  readonly payment: PaymentView;
  readonly link: PaymentsProps['link'];
  readonly children: ComponentChildren;
}

function Linked({ payment, link, children }: LinkedProps) {
  const { hash, queue_index: entry, batch } = payment;
  if (hash != null) return <Link to={link?.(hash) ?? { page: 'transaction', hash }}>{children}</Link>;
  if (entry != null) return <Link to={{ page: 'entry', index: entry }}>{children}</Link>;
  return batch == null ? <>{children}</> : <Link to={{ page: 'batch', number: batch }}>{children}</Link>;
}

function Counterparty({ payment }: { payment: PaymentView }) {
  const { kind, direction, counterparty, counterparty_account: account } = payment;
  if (kind === 'fees') return <span class="quiet">its payers</span>;
  if (kind === 'deposit' || counterparty == null) return <span class="quiet">layer 1</span>;
  const outside = direction === 'outgoing' && (kind === 'withdrawal' || kind === 'forced_withdrawal');
  const text = <code title={counterparty}>{short(counterparty, 10, 6)}</code>;
  return (
    <>
      {outside && 'layer 1, '}
      {account == null ? text : <Link to={{ page: 'account', index: account }}>{text}</Link>}
    </>
  );
}
