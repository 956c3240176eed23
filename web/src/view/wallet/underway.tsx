/** What this browser has put into the layer 1's queue, until it is final, and what else waits there for the wallet. */
import type { QueueEntryView, WaitingEntryView } from '@assay/client';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { failureOf } from '../../ethereum/failure.js';
import { duration } from '../../time.js';
import { fromElsewhere, isEntryOf, placeOf, type Queued } from '../../wallet/queued.js';
import { useLast, useLoad, useNow, useWorld } from '../context.js';
import { useLayer1 } from '../ethereum/connect.js';
import { Amount, Code, Link, StageName } from '../parts.js';
import { ClaimOne } from './claims.js';
import type { OpenWallet } from './context.js';

/** Where something would go into it. */
export const FROZEN = 'The rollup is frozen: nothing goes in any more, and everybody leaves with what they own.';

const NAMES: Readonly<Partial<Record<WaitingEntryView['kind'], string>>> = {
  deposit: 'Deposit',
  forced_transfer: 'Forced payment',
  forced_withdrawal: 'Forced withdrawal',
};

export function Underway({ wallet }: { wallet: OpenWallet }) {
  // Read again with each look at the node, which tells of more than was kept.
  useWorld();
  useNow();
  const all = wallet.queued.all();
  const others = useElsewhere(wallet, all);
  if (all.length + others.length === 0) return null;
  return (
    <section aria-labelledby="underway">
      <h2 id="underway">On the way through the layer 1</h2>
      <ul class="underway">
        {all.map((queued) => (
          <Entry key={queued.hash} wallet={wallet} queued={queued} />
        ))}
        {others.map((entry) => (
          <Elsewhere key={entry.queue_index} entry={entry} />
        ))}
      </ul>
    </section>
  );
}

/** What comes to the wallet and was sent by another program, or by somebody else; by the node's word. */
function useElsewhere(wallet: OpenWallet, own: readonly Queued[]): readonly WaitingEntryView[] {
  const { node, known } = useWorld();
  const { queue_length: length = 0, queue_taken: taken = 0, block } = known.status?.l1 ?? {};
  const loaded = useLoad('elsewhere', `${length} ${taken} ${length > taken ? block : ''}`, async (signal) =>
    length > taken ? (await node.waitingEntries({ signal })).entries : [],
  );
  return loaded.is === 'there' ? fromElsewhere(loaded.value, wallet.address, own) : [];
}

interface LineProps extends Pick<WaitingEntryView, 'kind' | 'token' | 'amount'> {
  /** Of the layer 1's transaction. */
  readonly hash: string;
  readonly note?: string;
  readonly children: ComponentChildren;
}

/** What it is, and below that where it stands. */
function Line({ kind, token, amount, hash, note, children }: LineProps) {
  return (
    <li>
      <p>
        <b>
          {NAMES[kind]} of <Amount base={amount} token={token} />
        </b>{' '}
        {note && <span class="quiet">{note} </span>}
        <Code text={hash} what="the layer 1 transaction" />
      </p>
      {children}
    </li>
  );
}

function Elsewhere({ entry }: { entry: WaitingEntryView }) {
  const { queue_index: index, l1_transaction: hash, block, due } = entry;
  return (
    <Line {...entry} hash={hash} note="sent elsewhere">
      <InQueue index={index} block={block} due={due} />
    </Line>
  );
}

function Entry({ wallet, queued }: { wallet: OpenWallet; queued: Queued }) {
  const lost = useResumed(wallet, queued);
  return (
    <Line {...queued}>
      {lost === undefined ? <Place wallet={wallet} queued={queued} /> : <p class="mistake">{lost}</p>}
      {(lost !== undefined || queued.index === undefined) && <NoMore wallet={wallet} queued={queued} />}
    </Line>
  );
}

function NoMore({ wallet, queued }: { wallet: OpenWallet; queued: Queued }) {
  const { ask } = useWorld();
  const remove = () => {
    wallet.queued.remove(queued.hash);
    ask();
  };
  return (
    <p>
      <button type="button" class="inline" onClick={remove}>
        Show it no more
      </button>
    </p>
  );
}

/** What is not known to be in a block is waited for again, as after a page that was closed. */
function useResumed(wallet: OpenWallet, queued: Queued): string | undefined {
  const layer1 = useLayer1();
  const [lost, setLost] = useState<string | undefined>(undefined);
  const { hash, index } = queued;
  useEffect(() => {
    if (!layer1 || index !== undefined) return;
    const controller = new AbortController();
    const { signal } = controller;
    const look = async () => {
      const receipt = await layer1.wait(hash as `0x${string}`, { tell: () => undefined, signal });
      const place = await placeOf(wallet.rollup, layer1, receipt);
      const now = wallet.queued.find(hash);
      if (place && now) wallet.queued.add({ ...now, ...place });
    };
    look().catch((error: unknown) => signal.aborted || setLost(failureOf(error).message));
    return () => controller.abort();
  }, [layer1, hash, index]);
  return lost;
}

function Place({ wallet, queued }: { wallet: OpenWallet; queued: Queued }) {
  const { node, known } = useWorld();
  const connected = useLayer1() !== undefined;
  const { index, block, due } = queued;
  const l1 = known.status?.l1;
  const taken = index !== undefined && l1 !== undefined && index < l1.queue_taken;
  // Of a batch that is kept no more the node says nothing: what it said before stays.
  const loaded = useLoad(`underway ${index}`, `${known.revision} ${taken}`, async (signal) =>
    taken && index !== undefined ? node.queueEntry(index, { signal }) : undefined,
  );
  const entry = loaded.is === 'there' ? loaded.value : undefined;
  // Where the layer 1 was reorganised it is back in the queue: what became of a claim is said all the same.
  const claimable = useLast(entry && isClaimable(entry, queued) ? entry.batch : undefined);
  const final = entry?.stage === 'final' && isEntryOf(entry, queued) && (entry.executed || queued.kind !== 'deposit');
  useEffect(() => {
    // Afterwards it is in the history.
    if (final) return () => wallet.queued.remove(queued.hash);
    return undefined;
  }, [final]);
  if (index === undefined || block === undefined) {
    return connected ? (
      <p>Sent. It waits for a block of the layer 1.</p>
    ) : (
      <p>Sent. Whether it is in a block your Ethereum wallet says: connect it under Deposit.</p>
    );
  }
  return (
    <>
      {entry ? (
        <Taken entry={entry} queued={queued} />
      ) : taken ? (
        <>
          <p>A batch took it, of which the node tells nothing now. What it became is in the history.</p>
          <NoMore wallet={wallet} queued={queued} />
        </>
      ) : (
        <InQueue index={index} block={block} due={due} />
      )}
      {claimable !== undefined && <ClaimOne batch={claimable} wanted={{ queueIndex: index }} />}
    </>
  );
}

/** A deposit that came back is paid back once its batch is proved. */
function isClaimable(entry: QueueEntryView, queued: Queued): boolean {
  const proved = entry.stage === 'proved' || entry.stage === 'final';
  return queued.kind === 'deposit' && proved && !entry.executed && isEntryOf(entry, queued);
}

/** Where an entry stands that no batch has taken. */
function InQueue({ index, block, due }: { index: number; block: number; due: number | undefined }) {
  const l1 = useWorld().known.status?.l1;
  const now = useNow();
  const confirmations = Math.max(0, Math.min(l1?.confirmations ?? 0, (l1?.block ?? 0) - block));
  const waits = l1 !== undefined && confirmations < l1.confirmations;
  if (l1?.frozen) {
    return (
      <p>
        In the queue as entry {index}, and no batch takes it any more. Have it paid back under{' '}
        <Link to={{ page: 'wallet', part: 'leave' }}>Leave</Link>.
      </p>
    );
  }
  return (
    <p>
      In the queue as <Link to={{ page: 'entry', index }}>entry {index}</Link>.{' '}
      {waits ? `${confirmations} of ${l1.confirmations} confirmations` : 'Confirmed: the next batch takes it'}.{' '}
      {due !== undefined && (
        <span class="quiet">
          {due * 1000 > now
            ? `The operator must take it within ${duration(due * 1000 - now)}.`
            : `The operator had to take it by now: it is overdue by ${duration(now - due * 1000)}.`}
        </span>
      )}
    </p>
  );
}

function Taken({ entry, queued }: { entry: QueueEntryView; queued: Queued }) {
  if (!isEntryOf(entry, queued)) {
    return (
      <p class="mistake">
        The queue has another entry in its place: the layer 1 was reorganised. Look in your Ethereum wallet whether it
        was sent again.
      </p>
    );
  }
  const where = <Link to={{ page: 'batch', number: entry.batch }}>batch {entry.batch}</Link>;
  if (!entry.executed) {
    return (
      <p>
        {queued.kind === 'deposit' ? (
          <>It came back: the rollup had no room for it. It is paid back on the layer 1 once {where} is proved.</>
        ) : (
          <>It had no effect: it was not valid when its turn came in {where}. Its fee is spent.</>
        )}
      </p>
    );
  }
  return (
    <p>
      {queued.kind === 'deposit' ? 'Credited' : 'Executed'} in {where}: <StageName stage={entry.stage} />
    </p>
  );
}
