/** Sending and withdrawing: the form, and what is wrong in it. */
import { formatUnits, type AccountView } from '@assay/client';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { amount as amountWords, tokenName } from '../../numbers.js';
import { mostThatCanBePaid, readAmount, type Purse, type Typed } from '../../wallet/amount.js';
import { quoteFor } from '../../wallet/fee.js';
import { readReceiver, type Kind, type Receiver } from '../../wallet/receiver.js';
import type { PaymentRequest } from '../../wallet/request.js';
import { useLast, useLoad, useWorld } from '../context.js';
import { Button, Show } from '../parts.js';
import { Claims } from './claims.js';
import { useAccounts, type OpenWallet } from './context.js';
import { Choice, Field, Form, toFirstMistake } from './fields.js';
import { useRequestMistake } from './request.js';
import { Review, type Order } from './review.js';

interface PayProps {
  readonly wallet: OpenWallet;
  readonly kind: Kind;
  readonly request: PaymentRequest | undefined;
}

export function Pay(props: PayProps) {
  const accounts = useAccounts(props.wallet.address);
  const had = useLast(accounts.is === 'there' ? accounts.value[0] : undefined);
  const over = useRequestMistake(props.request) !== undefined;
  // What became of a payment that was sent is said, also where its request has expired since.
  const [begun, setBegun] = useState(false);
  if (over && !begun) return null;
  return (
    <Show loaded={accounts} missing="There is no such owner.">
      {(accounts) =>
        !had ? (
          <p class="empty">
            This wallet has nothing yet, so there is nothing to pay with. <a href="#/wallet/receive">Receive</a> comes
            first.
          </p>
        ) : (
          <>
            <PayForm {...props} accounts={accounts} over={over} begin={() => setBegun(true)} />
            {props.kind === 'withdrawal' && <Claims wallet={props.wallet} accounts={accounts} />}
          </>
        )
      }
    </Show>
  );
}

interface PayFormProps extends PayProps {
  readonly accounts: readonly AccountView[];
  /** Whether its request can be paid no more. */
  readonly over: boolean;
  /** Called before it is sent. */
  readonly begin: () => void;
}

function PayForm({ wallet, kind, request, accounts, over, begin }: PayFormProps) {
  const { tokens } = useWorld().known;
  const [token, setToken] = useState(request?.token ?? accounts[0]?.token ?? 0);
  const decimals = tokens.find(({ number }) => number === token)?.decimals ?? null;
  const show = (amount: bigint) => formatUnits(amount, decimals ?? 0);
  const [to, setTo] = useState(request?.to ?? '');
  const [typed, setTyped] = useState(request?.amount === undefined ? '' : show(request.amount));
  const [said, setSaid] = useState({ to: request !== undefined, amount: request !== undefined });
  const [reviewed, setReviewed] = useState<Order | undefined>(undefined);

  const receiver = readReceiver(to, kind, wallet);
  const fee = useFee(kind, token, receiver.is === 'receiver' ? receiver.to : undefined);
  const balance = BigInt(accounts.find((account) => account.token === token)?.balance ?? '0');
  const purse: Purse = { decimals, name: tokenName(token, tokens), balance, fee: fee ?? 0n, kind };
  const amount = readAmount(typed, purse);
  const most = mostThatCanBePaid(purse);

  const submit = () => {
    setSaid({ to: true, amount: true });
    if (receiver.is !== 'receiver' || amount.is !== 'amount') return toFirstMistake();
    if (fee === undefined) return;
    const reference = request?.reference === undefined ? {} : { reference: request.reference };
    setReviewed({ kind, to: receiver.to, token, amount: amount.amount, fee, ...reference });
  };
  if (reviewed) {
    return <Review {...{ wallet, over, begin }} order={reviewed} back={() => setReviewed(undefined)} />;
  }
  const unit = decimals === null ? `base units of ${purse.name}` : purse.name;
  return (
    <Form submit={submit}>
      {kind === 'withdrawal' && (
        <p class="lead">
          Out of the rollup, to an address of the layer 1. It can be claimed there once its batch is proved.
        </p>
      )}
      <Field
        name={kind === 'transfer' ? 'To' : 'To, on the layer 1'}
        value={to}
        set={setTo}
        mono
        leave={() => setSaid((before) => ({ ...before, to: to.trim() !== '' }))}
        mistake={said.to && receiver.is !== 'receiver' && <ReceiverMistake receiver={receiver} />}
      />
      <div class="row">
        <Field
          name={`Amount in ${unit}`}
          value={typed}
          set={setTyped}
          numeric
          leave={() => setSaid((before) => ({ ...before, amount: typed.trim() !== '' }))}
          hint={
            <>
              There is {amountWords(String(balance), token, tokens)}.{' '}
              {most > 0n && (
                <button type="button" class="inline" onClick={() => setTyped(show(most))}>
                  All of it
                </button>
              )}
            </>
          }
          mistake={said.amount && amount.is !== 'amount' && <AmountMistake typed={amount} take={setTyped} />}
        />
        <Choice
          name="Token"
          value={String(token)}
          set={(value) => setToken(Number(value))}
          choices={choicesOf(accounts, token).map((number) => [String(number), tokenName(number, tokens)] as const)}
        />
      </div>
      <p class="fee">
        Fee: {fee === undefined ? '…' : amountWords(String(fee), token, tokens)}{' '}
        <span class="quiet">
          {kind === 'transfer' && receiver.is !== 'receiver' ? 'or more where the receiver has no account yet' : ''}
        </span>
      </p>
      <p class="actions">
        <Button as="first" off={fee === undefined}>
          Review the {kind === 'transfer' ? 'payment' : 'withdrawal'}
        </Button>
      </p>
      <p class="quiet">
        An operator that refuses it or keeps silent can be passed by:{' '}
        <a href="#/wallet/force">force it through the layer 1</a>.
      </p>
    </Form>
  );
}

/** Tokens that the wallet has, and the one that a request asks for. */
function choicesOf(accounts: readonly AccountView[], token: number): number[] {
  return [...new Set([...accounts.map((account) => account.token), token])];
}

/** Of a quote's life so much is over when it is asked for anew: a payment needs the rest to be reviewed and sent. */
const USED = 0.5;

/** What the node asks for it now; nothing while that is not known. */
function useFee(kind: Kind, token: number, to: string | undefined): bigint | undefined {
  const { node, known } = useWorld();
  const receiver = kind === 'transfer' ? to : undefined;
  const [round, setRound] = useState(0);
  const version = `${known.revision} ${round}`;
  const loaded = useLoad(`fee ${kind} ${token} ${receiver}`, version, async (signal) => {
    const [fees, accounts] = await Promise.all([
      node.fees({ signal }),
      receiver === undefined ? undefined : node.accounts(receiver, { signal }),
    ]);
    const makesAccount = accounts !== undefined && !accounts.some((account) => account.token === token);
    return quoteFor(fees, token, kind, makesAccount);
  });
  const quote = loaded.is === 'there' ? loaded.value : undefined;
  useEffect(() => {
    if (!quote) return;
    const timer = setTimeout(() => setRound((before) => before + 1), USED * quote.validMs);
    return () => clearTimeout(timer);
  }, [quote]);
  return quote?.fee;
}

export function ReceiverMistake({ receiver }: { receiver: Exclude<Receiver, { is: 'receiver' }> }) {
  if (receiver.is === 'empty') return <>Name who is paid.</>;
  const { words, instead } = receiver;
  return (
    <>
      {words} {instead === 'withdrawal' && <a href="#/wallet/withdraw">Withdraw to it</a>}
      {instead === 'transfer' && <a href="#/wallet/send">Send to it</a>}
    </>
  );
}

interface AmountMistakeProps {
  readonly typed: Exclude<Typed, { is: 'amount' }>;
  readonly take: (text: string) => void;
}

export function AmountMistake({ typed, take }: AmountMistakeProps) {
  if (typed.is === 'empty') return <>Say how much.</>;
  const offers: ComponentChildren = typed.offers.map((offer) => (
    <button type="button" class="inline" key={offer} onClick={() => take(offer)}>
      {offer}
    </button>
  ));
  return (
    <>
      {typed.words} {offers}
    </>
  );
}
