/** The last look at a payment, and its sending. */
import { Wallet } from '@assay/client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { amount as amountWords } from '../../numbers.js';
import { href } from '../../route.js';
import type { Kind } from '../../wallet/receiver.js';
import { refusalOf, type Refusal } from '../../wallet/refusal.js';
import { useWorld } from '../context.js';
import { Amount, Button, Code, Fact, Facts, Link } from '../parts.js';
import { useWallet, type OpenWallet } from './context.js';
import { Failure } from './fields.js';
import { When } from './when.js';

/** What is about to be signed; base units. */
export interface Order {
  readonly kind: Kind;
  readonly to: string;
  readonly token: number;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly reference?: string;
}

interface ReviewProps {
  readonly wallet: OpenWallet;
  readonly order: Order;
  readonly back: () => void;
  /** Whether it can be paid no more. */
  readonly over: boolean;
  /** Called before it is sent. */
  readonly begin: () => void;
}

export function Review({ wallet, order, back, over, begin }: ReviewProps) {
  const { node } = useWallet();
  const { tokens } = useWorld().known;
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | undefined>(undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { kind, to, token, amount, fee, reference } = order;
  const words = (base: bigint | string) => amountWords(String(base), token, tokens);

  const keep = (hash: string) => {
    if (reference !== undefined) wallet.references.add({ hash, reference });
  };
  const send = async () => {
    begin();
    setBusy(true);
    setRefusal(undefined);
    try {
      const paying = await Wallet.connect({ node, key: wallet.key });
      const payment = { to, token, amount, fee };
      const sent = await (kind === 'transfer' ? paying.send(payment) : paying.withdraw(payment));
      keep(sent.hash);
      location.hash = href({ page: 'payment', hash: sent.hash });
    } catch (error) {
      const found = refusalOf(error, words);
      if (found.hash !== undefined) keep(found.hash);
      setRefusal(found);
      setBusy(false);
    }
  };
  return (
    <section class="review" aria-labelledby="review">
      <h2 id="review" ref={heading} tabIndex={-1}>
        {kind === 'transfer' ? 'You send' : 'You withdraw'}
      </h2>
      <p class="sum">
        <Amount base={String(amount)} token={token} />
      </p>
      <p class="subject">
        {kind === 'transfer' ? 'to ' : 'to the layer 1, '}
        <Code text={to} what="the receiver’s address" whole />
      </p>
      <Facts>
        <Fact name="Fee">{words(fee)}</Fact>
        <Fact name="Together">{words(amount + fee)}</Fact>
        <Fact name="Proved and final">
          <When />
        </Fact>
        {reference !== undefined && <Fact name="For (kept in this browser)">{reference}</Fact>}
      </Facts>
      <p class="lead">
        {kind === 'transfer'
          ? 'It cannot be called back once the operator has it.'
          : 'It cannot be called back once the operator has it. On the layer 1 it is paid when somebody claims it, after the proof.'}
      </p>
      {refusal && (
        <Failure>
          {refusal.words}{' '}
          {refusal.hash !== undefined && <Link to={{ page: 'payment', hash: refusal.hash }}>Look at it</Link>}
        </Failure>
      )}
      <p class="actions">
        <Button as="first" off={busy || over || refusal?.hash !== undefined} press={() => void send()}>
          {busy ? 'Sending …' : `${kind === 'transfer' ? 'Send' : 'Withdraw'} ${words(amount)}`}
        </Button>
        <Button off={busy} press={back}>
          Change it
        </Button>
      </p>
    </section>
  );
}
