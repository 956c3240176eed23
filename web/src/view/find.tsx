/** What somebody looked for who may have meant several things. */
import type { NodeClient } from '@assay/client';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { count } from '../numbers.js';
import { href, type Route } from '../route.js';
import { meaningOf } from '../search.js';
import type { Known } from '../watch.js';
import { useLoad, useWorld } from './context.js';
import { Link, Show, Waiting } from './parts.js';
import { isUnknown } from './transaction.js';

export function FindPage({ text }: { text: string }) {
  const meaning = meaningOf(text);
  return (
    <>
      <h1 tabIndex={-1}>Search</h1>
      <p class="subject">
        <code class="whole">{text}</code>
      </p>
      {meaning.is === 'page' && <Go to={meaning.route} />}
      {meaning.is === 'number' && <Numbered number={meaning.number} />}
      {meaning.is === 'hash' && <Hash hash={meaning.hash} />}
      {meaning.is === 'l1-address' && (
        <Nothing>
          This is an address of the layer 1, which has no account here. Accounts have addresses that begin with{' '}
          <code>assay</code>.
        </Nothing>
      )}
      {meaning.is === 'nothing' && (
        <Nothing>
          That is nothing that is known here. Look for a transaction’s hash, an address that begins with{' '}
          <code>assay</code>, a number, <code>batch 12</code>, <code>account 12</code> or <code>queue 12</code>.
        </Nothing>
      )}
    </>
  );
}

function Nothing({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** The page of what was meant takes the search's place, so that going back does not end here again. */
function Go({ to }: { to: Route }) {
  useEffect(() => {
    location.replace(href(to));
  }, [href(to)]);
  return <Waiting lines={3} />;
}

/** Whether there are such is said by what is known already, so that nothing is asked for in vain. */
function Numbered({ number }: { number: number }) {
  const { known } = useWorld();
  const { status, batches } = known;
  if (!status || !batches) return <Waiting lines={3} />;
  const leaves = batches[0]?.accounts ?? 1;
  const found: { to: Route; name: string; is: boolean; not: string }[] = [
    {
      to: { page: 'batch', number },
      name: `Batch ${count(number)}`,
      is: number >= 1 && number <= status.heights.executed,
      not: `there are ${count(status.heights.executed)}`,
    },
    {
      to: { page: 'account', index: number },
      name: `Account ${count(number)}`,
      // Newer ones than the last sealed batch has may have been made since.
      is: number >= 1 && (number < leaves || status.heights.executed > status.heights.sealed),
      not: `the last sealed batch has ${count(leaves - 1)}`,
    },
    {
      to: { page: 'entry', index: number },
      name: `Queue entry ${count(number)}`,
      is: number < status.l1.queue_length,
      not: `there are ${count(status.l1.queue_length)}, counted from 0`,
    },
  ];
  return (
    <ul class="found">
      {found.map(({ to, name, is, not }) => (
        <li>
          {is ? (
            <Link to={to}>{name}</Link>
          ) : (
            <span class="quiet">
              No {name.charAt(0).toLowerCase() + name.slice(1)}: {not}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Hash({ hash }: { hash: string }) {
  const { node, known } = useWorld();
  const ready = known.batches !== undefined;
  const loaded = useLoad(`hash ${hash}`, ready, (signal) =>
    ready ? whatHas(node, known, hash, signal) : new Promise<undefined>(() => undefined),
  );
  return (
    <Show loaded={loaded} missing="Nothing is known of it.">
      {(route) =>
        route ? (
          <Go to={route} />
        ) : (
          <Nothing>
            Nothing with this hash is known here: no transaction that was handed in at this node, and among the latest{' '}
            {count(known.batches?.length ?? 0)} batches no layer 1 transaction and no root.
          </Nothing>
        )
      }
    </Show>
  );
}

/** Batches that are here already are looked through first: that costs the node nothing. */
async function whatHas(node: NodeClient, known: Known, hash: string, signal: AbortSignal): Promise<Route | undefined> {
  const batch =
    known.batches?.find(({ l1, new_root }) => l1.submit === hash || new_root === hash) ??
    known.batches?.find(({ old_root }) => old_root === hash);
  if (batch) return { page: 'batch', number: batch.number };
  try {
    await node.transaction(hash, { signal });
    return { page: 'transaction', hash };
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw error;
  }
}
