/** After a freeze: all that a wallet and its Ethereum account can still take out, in one place. */
import {
  packetClaimCall,
  refundCall,
  withdrawCreditCall,
  type ContractCall,
  type ExitPacket,
  type PacketAccount,
} from '@assay/client';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { failureOf } from '../../ethereum/failure.js';
import type { Layer1, Sending } from '../../ethereum/layer1.js';
import { CREDIT, findHoldings, nameOf, withBegun, type Holdings, type OpenRefund } from '../../exit/holdings.js';
import { LeaveError, leaveCall, type Leaving } from '../../exit/leave.js';
import { count, short } from '../../numbers.js';
import { askProofs } from '../../proofs/ask.js';
import { useLoad, useWorld } from '../context.js';
import { ThroughEthereum } from '../ethereum/connect.js';
import { Amount, Button, Code, Show } from '../parts.js';
import type { OpenWallet } from './context.js';
import { Failure } from './fields.js';

interface TakeOutProps {
  readonly wallet: OpenWallet;
  readonly packet: ExitPacket | undefined;
}

export function TakeOut({ wallet, packet }: TakeOutProps) {
  return (
    <section aria-labelledby="take-out">
      <h2 id="take-out">What you can still take out</h2>
      <p class="lead">
        The rollup is frozen, for ever. The contract pays what was proved, and what no batch took: whenever you want,
        each once, with nobody’s help.
      </p>
      <ThroughEthereum to="To take it out">
        {(layer1) => <Found key={layer1.account} {...{ wallet, packet, layer1 }} />}
      </ThroughEthereum>
    </section>
  );
}

interface FoundProps extends TakeOutProps {
  readonly layer1: Layer1;
}

function Found({ wallet, packet, layer1 }: FoundProps) {
  const { rollup, address } = wallet;
  // What was paid from here stays where it was shown, with its transaction, until the page is left.
  const loaded = useLoad(`holdings ${layer1.account}`, packet?.root, () =>
    findHoldings({ rollup, layer1, packet, address }),
  );
  return (
    <Show loaded={loaded} missing="The contract does not say what there is.">
      {(holdings) => <List {...{ wallet, packet, layer1, holdings }} />}
    </Show>
  );
}

/** What is there, and what was begun here: what becomes of that is said, though the contract has paid it by now. */
function useShown(now: Holdings): [shown: Holdings, begin: (name: string) => void] {
  const [begun] = useState(() => new Set<string>());
  const before = useRef(now);
  const shown = withBegun(now, before.current, begun);
  before.current = shown;
  return [shown, (name) => begun.add(name)];
}

function List({ wallet, packet, layer1, holdings }: FoundProps & { holdings: Holdings }) {
  const { rollup } = wallet;
  const [{ accounts, claims, refunds, creditWei }, begin] = useShown(holdings);
  const own = layer1.account;
  const isEmpty = accounts.length + claims.length + (refunds?.length ?? 1) === 0 && creditWei === 0n;
  if (isEmpty) {
    return <p class="empty">Nothing is left for this wallet and this Ethereum account: all of it was paid.</p>;
  }
  return (
    <>
      {packet && accounts.length > 0 && (
        <Part
          title="Balances"
          lead="Each account is proved in this browser, which takes some seconds, and the contract pays its whole balance to your Ethereum account. Your key signs here and goes nowhere."
        >
          {accounts.map((account) => (
            <AccountItem key={account.index} {...{ wallet, packet, account, layer1, begin }} />
          ))}
        </Part>
      )}
      {claims.length > 0 && (
        <Part
          title="Withdrawals that were proved"
          lead="The contract pays each to its receiver, once. Whoever claims it pays the gas alone."
        >
          {claims.map(({ of, which, token, amount, receiver }) => (
            <Item
              key={`${of.batch} ${which}`}
              layer1={layer1}
              begin={() => begin(nameOf.claim({ of, which }))}
              button="Claim it"
              prepare={async () => packetClaimCall(rollup, of, which)}
            >
              <Amount base={String(amount)} token={token} /> of batch {count(of.batch)} to{' '}
              <Receiver address={receiver} own={own} />
            </Item>
          ))}
        </Part>
      )}
      {refunds === undefined ? (
        <Part title="What no batch took">
          <li class="quiet">
            Entries wait in the queue, and your wallet’s layer 1 tells of the latest blocks alone: whether some are
            yours is not known. Connect the wallet to another one, or use <code>assay exit</code>, which finds them.
          </li>
        </Part>
      ) : (
        refunds.length > 0 && (
          <Part
            title="What no batch took"
            lead="Deposits and forced orders that still stood in the queue. A deposit is paid back, and with each entry the fee that was paid for its place."
          >
            {refunds.map((refund) => (
              <Item
                key={String(refund.entry.index)}
                layer1={layer1}
                begin={() => begin(nameOf.refund(refund))}
                button="Have it paid back"
                prepare={async () => refundCall(rollup, refund.entry, refund.previousLink, refund.content.refundTo)}
              >
                <RefundWords refund={refund} own={own} />
              </Item>
            ))}
          </Part>
        )
      )}
      {creditWei > 0n && (
        <Part title="Credit" lead="What was paid too much to the queue, and is the Ethereum account’s.">
          <Item
            layer1={layer1}
            begin={() => begin(CREDIT)}
            button="Take the credit out"
            prepare={async () => withdrawCreditCall(rollup, own)}
          >
            <Amount base={String(creditWei)} token={0} /> to <Receiver address={own} own={own} />
          </Item>
        </Part>
      )}
    </>
  );
}

function Part({ title, lead, children }: { title: string; lead?: string; children: ComponentChildren }) {
  return (
    <section class="part" aria-label={title}>
      <h3>{title}</h3>
      {lead && <p class="lead">{lead}</p>}
      <ul class="underway">{children}</ul>
    </section>
  );
}

function Receiver({ address, own }: { address: string; own: string }) {
  const isOwn = address.toLowerCase() === own.toLowerCase();
  return (
    <>
      <code title={address}>{short(address, 8, 6)}</code>
      {isOwn && ', your account'}
    </>
  );
}

function RefundWords({ refund: { entry, content }, own }: { refund: OpenRefund; own: string }) {
  const { kind, token, amount, refundTo, feeWei } = content;
  const fee = <Amount base={String(feeWei)} token={0} />;
  return (
    <>
      {kind === 'deposit' ? (
        <>
          A deposit of <Amount base={String(amount)} token={token} /> and its fee of {fee}
        </>
      ) : (
        <>The fee of a forced order, {fee}</>
      )}
      , entry {String(entry.index)}, to <Receiver address={refundTo} own={own} />
    </>
  );
}

interface AccountItemProps {
  readonly wallet: OpenWallet;
  readonly packet: ExitPacket;
  readonly account: PacketAccount;
  readonly layer1: Layer1;
  readonly begin: (name: string) => void;
}

const DOING: Readonly<Record<Leaving, string>> = {
  contract: 'Asking the contract',
  key: 'Reading the proving key',
  proof: 'Proving',
  sending: 'Sending',
};

function AccountItem({ wallet, packet, account, layer1, begin }: AccountItemProps) {
  const { node } = useWorld();
  const prepare: Prepare = (tell, signal) =>
    leaveCall({
      ...{ rollup: wallet.rollup, packet, account, to: layer1.account, key: wallet.key },
      read: (asked) => layer1.read(asked),
      provingKey: () => provingKey(node.url, signal),
      ask: (name, inputs) => askProofs(name, inputs, signal),
      tell: (waiting) => tell(DOING[waiting]),
    });
  return (
    <Item layer1={layer1} begin={() => begin(nameOf.account(account))} button="Take it out" prepare={prepare}>
      <Amount base={account.balance} token={account.token} /> of account {account.index} to{' '}
      <Receiver address={layer1.account} own={layer1.account} />
    </Item>
  );
}

/** Public, and checked in the worker: section by section, and against the contract's key. */
async function provingKey(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const answer = await fetch(`${url}/v1/keys/escape.proving.key`, { signal });
  if (!answer.ok) throw new LeaveError(`The node gives no proving key of exits: it answered ${answer.status}.`);
  return new Uint8Array(await answer.arrayBuffer());
}

type Standing =
  | { readonly is: 'idle' }
  | { readonly is: 'busy'; readonly doing: string }
  | { readonly is: 'failed'; readonly why: string }
  | { readonly is: 'paid'; readonly hash: string };

type Prepare = (tell: (doing: string) => void, signal: AbortSignal) => Promise<ContractCall>;

interface ItemProps {
  readonly layer1: Layer1;
  /** Called before it is sent. */
  readonly begin: () => void;
  readonly button: string;
  /** Makes the call that pays it. */
  readonly prepare: Prepare;
  readonly children: ComponentChildren;
}

/** One thing that can be taken out, and what becomes of it. */
function Item({ layer1, begin, button, prepare, children }: ItemProps) {
  const [standing, setStanding] = useState<Standing>({ is: 'idle' });
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const pay = async () => {
    const { signal } = stop.current;
    const tell = (doing: string) => setStanding({ is: 'busy', doing });
    tell('Asking the contract');
    const call = await prepare(tell, signal);
    const { hash } = await layer1.send(call, (sending) => tell(said(sending)), signal);
    setStanding({ is: 'paid', hash });
  };
  const start = () => {
    begin();
    pay().catch((error: unknown) => {
      if (!stop.current.signal.aborted) setStanding({ is: 'failed', why: reasonOf(error) });
    });
  };
  return (
    <li class="beside">
      <p>{children}</p>
      {standing.is === 'failed' && <Failure>{standing.why}</Failure>}
      <p class="actions" aria-live="polite">
        {standing.is === 'busy' && <span class="quiet">{standing.doing} …</span>}
        {standing.is === 'paid' ? (
          <span>
            Paid in layer 1 transaction <Code text={standing.hash} what="the transaction" />
          </span>
        ) : (
          <Button as="first" off={standing.is === 'busy'} press={start}>
            {button}
          </Button>
        )}
      </p>
    </li>
  );
}

function said(sending: Sending): string {
  switch (sending.is) {
    case 'checking':
      return 'Asking the contract whether it takes it';
    case 'asking':
      return 'Confirm it in your Ethereum wallet';
    case 'sent':
      return sending.seen ? 'Waiting for a block' : 'Nobody knows of the transaction now: look in your wallet';
    case 'included':
      return 'In a block';
  }
}

/** What the worker and this page say is told as it is; all else is the Ethereum wallet's. */
function reasonOf(error: unknown): string {
  return error instanceof LeaveError || (error instanceof Error && error.constructor === Error)
    ? error.message
    : failureOf(error).message;
}
