/** What this browser has sent. The node lists no payments by account, so nobody else's are here. */
import type { Stage } from '@assay/client';
import { useState } from 'preact/hooks';
import { short } from '../../numbers.js';
import type { SentPayment } from '../../wallet/sent.js';
import { useLoad, useWorld } from '../context.js';
import { Amount, Link, StageName, Table, Time } from '../parts.js';
import { isUnknown } from '../transaction.js';
import type { OpenWallet } from './context.js';

/** Payments whose stage is asked for at a time. */
const SHOWN = 20;

export function Sent({ wallet }: { wallet: OpenWallet }) {
  const [most, setMost] = useState(SHOWN);
  const all = wallet.sent.all();
  return (
    <>
      <p class="lead">
        Only this browser keeps this list: another one, or the command line, has its own. What you received is in the
        balance and on the page of your account.
      </p>
      {all.length === 0 ? <p class="empty">Nothing was sent from here.</p> : <Payments payments={all.slice(0, most)} />}
      {all.length > most && (
        <p>
          <button type="button" onClick={() => setMost(most + SHOWN)}>
            Show older ones
          </button>
        </p>
      )}
    </>
  );
}

export function Payments({ payments }: { payments: readonly SentPayment[] }) {
  const stages = useStages(payments);
  return (
    <Table name="Sent payments" head={['Payment|number', 'Stage', 'Sent', 'To', 'For']}>
      {payments.map(({ hash, atMs, kind, to, amount, token, reference }) => (
        <tr key={hash}>
          <td class="number strong">
            <Link to={{ page: 'payment', hash }}>
              <Amount base={amount} token={token} />
            </Link>
          </td>
          <td>
            <StageCell stage={stages.get(hash)} />
          </td>
          <td>
            <Time at={atMs} />
          </td>
          <td>
            {kind === 'withdrawal' && 'layer 1, '}
            <code title={to}>{short(to, 10, 6)}</code>
          </td>
          <td class="reference">{reference ?? <span class="quiet">–</span>}</td>
        </tr>
      ))}
    </Table>
  );
}

function StageCell({ stage }: { stage: Stage | 'unknown' | undefined }) {
  if (stage === undefined) return <span class="quiet">…</span>;
  if (stage === 'unknown') return <span class="quiet">not known to this node</span>;
  return <StageName stage={stage} />;
}

/** What is final stays so, and is not asked for again. */
function useStages(payments: readonly SentPayment[]): ReadonlyMap<string, Stage | 'unknown' | undefined> {
  const { node, known } = useWorld();
  const [ended, setEnded] = useState<ReadonlyMap<string, Stage>>(new Map());
  const hashes = payments.map(({ hash }) => hash);
  const moved = known.seen.filter(({ hash }) => hashes.includes(hash)).map(({ stage }) => stage);
  const version = `${known.revision} ${moved.join(' ')}`;
  const loaded = useLoad(`stages ${hashes.join(' ')}`, version, async (signal) => {
    const ask = async (hash: string) => {
      try {
        return [hash, (await node.transaction(hash, { signal })).stage] as const;
      } catch (error) {
        return [hash, isUnknown(error) ? 'unknown' : undefined] as const;
      }
    };
    const found = await Promise.all(hashes.filter((hash) => !ended.has(hash)).map(ask));
    const over = found.filter(([, stage]) => stage === 'final') as [string, Stage][];
    if (over.length > 0 && !signal.aborted) setEnded((before) => new Map([...before, ...over]));
    return found;
  });
  return new Map([...(loaded.is === 'there' ? loaded.value : []), ...ended]);
}
