/** From the layer 1 into the rollup: the form, and what it costs. */
import { depositCall, formatUnits, type Rollup, type TokenView } from '@assay/client';
import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { Layer1 } from '../../ethereum/layer1.js';
import { amount as amountWords, plural, tokenName } from '../../numbers.js';
import { readAmount, type Typed } from '../../wallet/amount.js';
import { approvals, depositCosts, type DepositCosts } from '../../wallet/deposit.js';
import { quoteFor } from '../../wallet/fee.js';
import { placeOf } from '../../wallet/queued.js';
import { useLoad, useWorld, type Loaded } from '../context.js';
import { ThroughEthereum } from '../ethereum/connect.js';
import { SendingState, Unread, useSender, type Send } from '../ethereum/sending.js';
import { Button, Fact, Facts } from '../parts.js';
import type { OpenWallet } from './context.js';
import { Credit } from './credit.js';
import { Choice, Field, Form, toFirstMistake } from './fields.js';
import { AmountMistake } from './pay.js';
import { FROZEN, Underway } from './underway.js';

export function Deposit({ wallet }: { wallet: OpenWallet }) {
  const { confirmations = 0, frozen, closing_at: closing } = useWorld().known.status?.l1 ?? {};
  const over = frozen === true || closing != null;
  // What became of a deposit that was sent is said, also where none is taken any more.
  const [begun, setBegun] = useState(false);
  return (
    <>
      {over ? (
        <p class="empty">{frozen ? FROZEN : 'The rollup closes and takes no more deposits.'}</p>
      ) : (
        <p class="lead">
          From an account of the layer 1 into this wallet. The operator must take it: it is credited after{' '}
          {plural(confirmations, 'confirmation', 'confirmations')} and the next batch.
        </p>
      )}
      <Underway wallet={wallet} />
      {(!over || begun) && (
        <ThroughEthereum to="To deposit">
          {(layer1) => (
            <Fragment key={layer1.account}>
              <DepositForm {...{ wallet, layer1, over }} begin={() => setBegun(true)} />
              <Credit wallet={wallet} layer1={layer1} />
            </Fragment>
          )}
        </ThroughEthereum>
      )}
    </>
  );
}

const ETHER: TokenView = { number: 0, address: null, decimals: 18, name: 'ETH', symbol: 'ETH' };

interface DepositFormProps {
  readonly wallet: OpenWallet;
  readonly layer1: Layer1;
  /** Whether none is taken any more. */
  readonly over: boolean;
  /** Called before anything is sent. */
  readonly begin: () => void;
}

function DepositForm({ wallet, layer1, over, begin }: DepositFormProps) {
  const { tokens } = useWorld().known;
  const { rollup, address } = wallet;
  const [number, setNumber] = useState(0);
  const [typed, setTyped] = useState('');
  const [said, setSaid] = useState(false);
  const [doing, setDoing] = useState<string | undefined>(undefined);
  const sender = useSender(layer1);
  const known = tokens.filter((token) => token.number === 0 || token.address !== null);
  const token = known.find((token) => token.number === number) ?? ETHER;
  const loaded = useCosts(rollup, layer1, token, address);
  const costs = loaded.is === 'there' ? loaded.value : undefined;
  const least = useLeast(number);
  const found = readDeposit(typed, token, costs, least, tokens);

  const submit = () => {
    setSaid(true);
    if (found.is !== 'amount') return toFirstMistake();
    if (!costs || sender.busy) return;
    const { amount } = found;
    begin();
    sender.run(async (send) => {
      await approve(rollup, layer1, token, amount, send, setDoing);
      setDoing('Deposit');
      await deposit(wallet, layer1, { token: number, amount, feeWei: costs.queueWei }, send);
      setTyped('');
      setSaid(false);
    });
  };
  const unit = token.decimals === null ? `base units of ${tokenName(number, tokens)}` : tokenName(number, tokens);
  const ether = (wei: bigint) => amountWords(String(wei), 0, [ETHER]);
  return (
    <Form submit={submit}>
      <div class="row">
        <Field
          name={`Amount in ${unit}`}
          value={typed}
          set={setTyped}
          numeric
          leave={() => setSaid(typed.trim() !== '')}
          hint={costs && <>The account has {amountWords(String(costs.balance), number, tokens)}.</>}
          mistake={said && found.is !== 'amount' && <AmountMistake typed={found} take={setTyped} />}
        />
        <Choice
          name="Token"
          value={String(number)}
          set={(value) => setNumber(Number(value))}
          choices={known.map((token) => [String(token.number), tokenName(token.number, tokens)] as const)}
        />
      </div>
      <Facts>
        <Fact name="A place in the queue, at most">{costs ? ether(costs.queueWei) : '…'}</Fact>
        <Fact name="Gas, about">
          {costs?.gasWei === undefined ? 'your wallet says it' : ether(toGwei(costs.gasWei))}
          {number !== 0 && <span class="quiet"> (two transactions: one lets the contract take the token)</span>}
        </Fact>
      </Facts>
      <p class="quiet">What turns out to be too much for the place becomes a credit, which is yours.</p>
      <Unread loaded={loaded} />
      <SendingState sender={sender} doing={doing} />
      <p class="actions">
        <Button as="first" off={!costs || sender.busy || over}>
          {sender.busy ? 'Depositing …' : 'Deposit'}
        </Button>
      </p>
    </Form>
  );
}

/** Up to whole gwei: a guess has no more digits. */
function toGwei(wei: bigint): bigint {
  const gwei = 1_000_000_000n;
  return ((wei + gwei - 1n) / gwei) * gwei;
}

async function approve(
  rollup: Rollup,
  layer1: Layer1,
  { number, address }: TokenView,
  amount: bigint,
  send: Send,
  doing: (what: string) => void,
): Promise<void> {
  if (number === 0 || address === null) return;
  for (const call of await approvals(rollup, layer1, address, amount)) {
    doing('Allow the contract to take it');
    await send(call);
  }
}

interface Wanted {
  readonly token: number;
  readonly amount: bigint;
  readonly feeWei: bigint;
}

/** Sends it, and keeps what is known of it at each step: a page that is closed meanwhile forgets nothing. */
async function deposit(wallet: OpenWallet, layer1: Layer1, wanted: Wanted, send: Send): Promise<void> {
  const { rollup, address: owner, queued } = wallet;
  const record = { kind: 'deposit' as const, to: owner, token: wanted.token, amount: String(wanted.amount) };
  const atMs = Date.now();
  let kept: string | undefined;
  const receipt = await send(depositCall(rollup, { owner, refundTo: layer1.account, ...wanted }), (hash) => {
    if (kept !== undefined && kept !== hash) queued.remove(kept);
    if (kept !== hash) queued.add({ hash, ...record, atMs });
    kept = hash;
  });
  const place = await placeOf(rollup, layer1, receipt);
  if (place) queued.add({ hash: receipt.hash, ...record, atMs, ...place });
}

function useCosts(rollup: Rollup, layer1: Layer1, token: TokenView, owner: string): Loaded<DepositCosts> {
  const block = useWorld().known.status?.l1.block;
  return useLoad(`deposit ${layer1.account} ${token.number}`, block, () => depositCosts(rollup, layer1, token, owner));
}

/** What it takes to get out again: less than that would be stuck. */
function useLeast(token: number): bigint {
  const { node, known } = useWorld();
  const loaded = useLoad('fees', known.revision, (signal) => node.fees({ signal }));
  return loaded.is === 'there' ? quoteFor(loaded.value, token, 'withdrawal', false).fee + 1n : 1n;
}

function readDeposit(
  typed: string,
  { number, decimals }: TokenView,
  costs: DepositCosts | undefined,
  least: bigint,
  tokens: readonly TokenView[],
): Typed {
  const beside = number === 0 && costs ? costs.queueWei + (costs.gasWei ?? 0n) : 0n;
  const name = tokenName(number, tokens);
  // Any amount can be deposited, as any can be withdrawn.
  const purse = { decimals, name, balance: costs?.balance ?? 0n, fee: beside, kind: 'withdrawal' as const };
  const found = readAmount(typed, purse);
  if (found.is !== 'amount' || found.amount >= least) return found;
  const shown = formatUnits(least, decimals ?? 0);
  const words = `The least is ${shown} ${name}: a withdrawal costs so much, so less could not be taken out again.`;
  return { is: 'mistake', words, offers: [shown] };
}
