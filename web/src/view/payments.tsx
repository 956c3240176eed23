/** What moved the money of an account, as the node lists it. */
import type { NodeClient, PaymentView } from '@assay/client';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { short } from '../numbers.js';
import { useLoad, useWorld, type Loaded } from './context.js';
import { Amount, Link, Show, StageName, Table, Time } from './parts.js';

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
  /** Where a payment that has a hash leads; what it was for, where that is known. */
  readonly link?: (hash: string) => Parameters<typeof Link>[0]['to'];
  readonly reference?: (hash: string) => string | undefined;
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

type TableProps = Pick<PaymentsProps, 'link' | 'reference'> & { readonly payments: readonly PaymentView[] };

export function PaymentTable({ payments, link, reference }: TableProps) {
  const head = ['Amount|number', 'What', 'Stage', 'When', 'With', 'Fee|number', ...(reference ? ['For'] : [])];
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
          {reference && (
            <td class="reference">{(payment.hash && reference(payment.hash)) || <span class="quiet">–</span>}</td>
          )}
        </tr>
      ))}
    </Table>
  );
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
