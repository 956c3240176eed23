/** An order that goes through the layer 1's queue, where no operator can refuse it. */
import {
  forceCall,
  forcedUntil,
  signForcedOrder,
  type AccountView,
  type ContractCall,
  type ForcedOrder,
} from '@assay/client';
import { useState } from 'preact/hooks';
import type { Layer1 } from '../../ethereum/layer1.js';
import { amount as amountWords, tokenName } from '../../numbers.js';
import { readAmount } from '../../wallet/amount.js';
import { queueFee } from '../../wallet/deposit.js';
import { placeOf } from '../../wallet/queued.js';
import { readReceiver, type Kind } from '../../wallet/receiver.js';
import { useLast, useLoad, useWorld, type Loaded } from '../context.js';
import { ThroughEthereum } from '../ethereum/connect.js';
import { SendingState, Unread, useSender, type Send } from '../ethereum/sending.js';
import { Button, Fact, Facts, Show } from '../parts.js';
import { useAccounts, type OpenWallet } from './context.js';
import { Choice, Failure, Field, Form, toFirstMistake } from './fields.js';
import { AmountMistake, ReceiverMistake } from './pay.js';
import { FROZEN, Underway } from './underway.js';

/** What is signed meanwhile, and what an operator keeps back, has a lower nonce and cannot void the order. */
const NONCE_AHEAD = 256;
const NONCE_END = 2 ** 32 - 1;
/** Until when the layer 1 takes the order; what is in the queue does not expire. */
const TAKEN_WITHIN_S = 86_400;

export function Force({ wallet }: { wallet: OpenWallet }) {
  const accounts = useAccounts(wallet.address);
  const had = useLast(accounts.is === 'there' ? accounts.value[0] : undefined);
  const frozen = useWorld().known.status?.l1.frozen === true;
  // What became of an order that was sent is said, also where a freeze was faster.
  const [begun, setBegun] = useState(false);
  return (
    <>
      {frozen ? (
        <p class="empty">{FROZEN}</p>
      ) : (
        <p class="lead">
          For an operator that refuses or keeps silent. The order stands in the contract’s queue on the layer 1, and
          from its due time on every batch must take it; if none comes, anybody may freeze the rollup, and everybody
          leaves with what they own. It costs a place in the queue and gas.
        </p>
      )}
      <Underway wallet={wallet} />
      {(!frozen || begun) && (
        <ThroughEthereum to="To force an order">
          {(layer1) => (
            <Show loaded={accounts} missing="There is no such owner.">
              {(accounts) =>
                !had ? (
                  <p class="empty">This wallet has nothing yet, so there is nothing to move.</p>
                ) : (
                  <ForceForm
                    key={layer1.account}
                    {...{ wallet, accounts, layer1 }}
                    over={frozen}
                    begin={() => setBegun(true)}
                  />
                )
              }
            </Show>
          )}
        </ThroughEthereum>
      )}
    </>
  );
}

interface ForceFormProps {
  readonly wallet: OpenWallet;
  readonly accounts: readonly AccountView[];
  readonly layer1: Layer1;
  /** Whether none is taken any more. */
  readonly over: boolean;
  /** Called before it is sent. */
  readonly begin: () => void;
}

function ForceForm({ wallet, accounts, layer1, over, begin }: ForceFormProps) {
  const { tokens } = useWorld().known;
  const [kind, setKind] = useState<Kind>('withdrawal');
  const [index, setIndex] = useState(accounts[0]?.index ?? 0);
  const [to, setTo] = useState<string>(layer1.account);
  const [typed, setTyped] = useState('');
  const [said, setSaid] = useState({ to: false, amount: false });
  const sender = useSender(layer1);
  const account = accounts.find((account) => account.index === index) ?? accounts[0];
  const token = account?.token ?? 0;
  const receiver = readReceiver(to, kind, wallet);
  const payee = usePayee(kind, token, receiver.is === 'receiver' ? receiver.to : undefined);
  const loaded = useForceCosts(wallet, layer1);
  const costs = loaded.is === 'there' ? loaded.value : undefined;
  const decimals = tokens.find(({ number }) => number === token)?.decimals ?? null;
  const name = tokenName(token, tokens);
  // Any amount can be forced, and the fee is paid on the layer 1.
  const balance = BigInt(account?.balance ?? '0');
  const amount = readAmount(typed, { decimals, name, balance, fee: 0n, kind: 'withdrawal' });

  const submit = () => {
    setSaid({ to: true, amount: true });
    if (receiver.is !== 'receiver' || amount.is !== 'amount') return toFirstMistake();
    if (!account || !costs || sender.busy) return;
    if (kind === 'transfer' && payee === undefined) return;
    const wanted = { kind, account, to: receiver.to, toAccount: payee ?? 0, amount: amount.amount };
    begin();
    sender.run(async (send) => {
      await force(wallet, layer1, { ...wanted, feeWei: costs }, send);
      setTyped('');
      setSaid({ to: false, amount: false });
    });
  };
  const choose = (chosen: string) => {
    setKind(chosen as Kind);
    setTo(chosen === 'withdrawal' ? layer1.account : '');
    setSaid({ ...said, to: false });
  };
  return (
    <Form submit={submit}>
      <Choice
        name="What"
        value={kind}
        set={choose}
        choices={[
          ['withdrawal', 'Withdraw to the layer 1'],
          ['transfer', 'Pay somebody on the rollup'],
        ]}
      />
      <Field
        name={kind === 'transfer' ? 'To' : 'To, on the layer 1'}
        value={to}
        set={setTo}
        mono
        leave={() => setSaid((before) => ({ ...before, to: to.trim() !== '' }))}
        mistake={said.to && receiver.is !== 'receiver' && <ReceiverMistake receiver={receiver} />}
      />
      {kind === 'transfer' && receiver.is === 'receiver' && payee === 'none' && (
        <Failure>
          The receiver has no account of {name} yet: a forced payment goes to an account that is there. Withdraw
          instead.
        </Failure>
      )}
      <div class="row">
        <Field
          name={`Amount in ${decimals === null ? `base units of ${name}` : name}`}
          value={typed}
          set={setTyped}
          numeric
          leave={() => setSaid((before) => ({ ...before, amount: typed.trim() !== '' }))}
          hint={
            <>
              There is {amountWords(String(balance), token, tokens)}.
              {kind === 'withdrawal' && ' Where less is left when its turn comes, all of that is paid.'}
            </>
          }
          mistake={said.amount && amount.is !== 'amount' && <AmountMistake typed={amount} take={setTyped} />}
        />
        <Choice
          name="Token"
          value={String(index)}
          set={(value) => setIndex(Number(value))}
          choices={accounts.map(({ index, token }) => [String(index), tokenName(token, tokens)] as const)}
        />
      </div>
      <Facts>
        <Fact name="A place in the queue, at most">
          {costs === undefined ? '…' : amountWords(String(costs), 0, tokens)}
        </Fact>
        <Fact name="Gas">your wallet says it before you confirm</Fact>
      </Facts>
      <Unread loaded={loaded} />
      <SendingState sender={sender} />
      <p class="actions">
        <Button as="first" off={costs === undefined || sender.busy || over || payee === 'none'}>
          {sender.busy ? 'Forcing it …' : 'Sign it and force it'}
        </Button>
      </p>
    </Form>
  );
}

interface Wanted {
  readonly kind: Kind;
  readonly account: AccountView;
  readonly to: string;
  readonly toAccount: number | 'none';
  readonly amount: bigint;
  readonly feeWei: bigint;
}

async function force(wallet: OpenWallet, layer1: Layer1, wanted: Wanted, send: Send): Promise<void> {
  const { rollup, queued } = wallet;
  const [call, order] = await signed(wallet, layer1, wanted);
  const atMs = Date.now();
  const record = { kind: order.kind, to: order.to, token: order.token, amount: String(order.amount), atMs };
  let kept: string | undefined;
  const receipt = await send(call, (hash) => {
    if (kept !== undefined && kept !== hash) queued.remove(kept);
    if (kept !== hash) queued.add({ hash, ...record });
    kept = hash;
  });
  const place = await placeOf(rollup, layer1, receipt);
  if (place) queued.add({ hash: receipt.hash, ...record, ...place });
}

async function signed(wallet: OpenWallet, layer1: Layer1, wanted: Wanted): Promise<[ContractCall, ForcedOrder]> {
  const { rollup, key } = wallet;
  const { kind, account, to, toAccount, amount, feeWei } = wanted;
  const fields = {
    from: account.index,
    nonce: Math.min(account.next_nonce + NONCE_AHEAD, NONCE_END - 1),
    token: account.token,
    to,
    amount,
    // By the layer 1's clock, which is the one that judges it.
    last: forcedUntil((await layer1.time()) + TAKEN_WITHIN_S),
  };
  const order: ForcedOrder =
    kind === 'withdrawal'
      ? { kind: 'forced_withdrawal', ...fields }
      : { kind: 'forced_transfer', ...fields, toAccount: Number(toAccount) };
  return [forceCall(rollup, signForcedOrder(order, rollup, key), { refundTo: layer1.account, feeWei }), order];
}

/** The receiver's account of the token; `none` where it has none. */
function usePayee(kind: Kind, token: number, to: string | undefined): number | 'none' | undefined {
  const { node, known } = useWorld();
  const asked = kind === 'transfer' ? to : undefined;
  const loaded = useLoad(`payee ${asked} ${token}`, known.revision, async (signal) => {
    if (asked === undefined) return undefined;
    const accounts = await node.accounts(asked, { signal });
    return accounts.find((account) => account.token === token)?.index ?? 'none';
  });
  return loaded.is === 'there' ? loaded.value : undefined;
}

function useForceCosts({ rollup }: OpenWallet, layer1: Layer1): Loaded<bigint> {
  const block = useWorld().known.status?.l1.block;
  return useLoad(`force ${layer1.account}`, block, () => queueFee(rollup, layer1));
}
