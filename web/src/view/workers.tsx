/** What the prover workers do now, for whoever has the node's token for them. */
import type { WorkerView } from '@assay/client';
import { useMemo, useState } from 'preact/hooks';
import { count, plural } from '../numbers.js';
import { duration } from '../time.js';
import { isToken, proofsOf, refusalOf, type ProverToken } from '../workers.js';
import { useLoad, useNow, useWorld } from './context.js';
import { Link, Show, Table, Time } from './parts.js';
import { Failure, Field, Form } from './wallet/fields.js';

export function Workers({ token }: { token: ProverToken }) {
  const [shown, setShown] = useState(token.isThere);
  const [refusal, setRefusal] = useState<string | undefined>(undefined);
  const { status } = useWorld().known;
  const forget = (why?: string) => {
    token.forget();
    setRefusal(why);
    setShown(false);
  };
  const prover = status?.prover;
  return (
    <section aria-labelledby="workers">
      <h2 id="workers">Prover workers</h2>
      {prover && (
        <p class="lead">
          {plural(prover.leased, 'batch is', 'batches are')} being proved, {plural(prover.open, 'waits', 'wait')} for a
          worker. Who proves what, since when, how far it is and how often it failed is for the operator.
        </p>
      )}
      {shown ? (
        <Shown token={token} forget={forget} />
      ) : (
        <Ask
          refusal={refusal}
          take={(text) => {
            token.take(text);
            setRefusal(undefined);
            setShown(true);
          }}
        />
      )}
    </section>
  );
}

function Ask({ refusal, take }: { refusal: string | undefined; take: (text: string) => void }) {
  const [text, setText] = useState('');
  const [said, setSaid] = useState(false);
  const trimmed = text.trim();
  const submit = () => {
    setSaid(true);
    if (isToken(trimmed)) take(trimmed);
  };
  return (
    <Form submit={submit}>
      {refusal && <Failure>{refusal}</Failure>}
      <Field
        name="Token for workers"
        value={text}
        set={setText}
        type="password"
        mono
        hint={
          <>
            The file <code>prover.token</code> in the node’s data directory has it. It stays in the memory of this tab,
            and goes to this node alone.
          </>
        }
        mistake={said && !isToken(trimmed) && 'A token is a line of letters, digits and signs.'}
      />
      <p class="actions">
        <button type="submit">Show the workers</button>
      </p>
    </Form>
  );
}

/** How often the node is asked, s: heartbeats of workers come as often. */
const ASK_S = 5;

function Shown({ token, forget }: { token: ProverToken; forget: (why?: string) => void }) {
  const { known } = useWorld();
  const turn = Math.floor(useNow() / (ASK_S * 1000));
  const loaded = useLoad('workers', `${turn} ${known.revision}`, async (signal) => {
    try {
      return await token.workers(signal);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined && !signal.aborted) forget(refusal);
      throw error;
    }
  });
  return (
    <>
      <Show loaded={loaded} missing="This node has no workers.">
        {(workers) =>
          workers.length === 0 ? (
            <p class="empty">No worker has asked for a job since the node was started.</p>
          ) : (
            <List workers={workers} />
          )
        }
      </Show>
      <p class="actions">
        <button type="button" onClick={() => forget()}>
          Forget the token
        </button>
      </p>
    </>
  );
}

const HEAD = [
  'Worker',
  'Proves now',
  'Has it for',
  'Heard of',
  'Jobs|number',
  'Proofs|number',
  'Failed|number',
  'Takes|number',
];

function List({ workers }: { workers: readonly WorkerView[] }) {
  return (
    <>
      <Table name="Prover workers" head={HEAD}>
        {workers.map((worker) => (
          <Row key={worker.name} worker={worker} />
        ))}
      </Table>
      <p class="lead">
        Counted since the node was started. What a proof takes is the median of the worker’s among the latest batches,
        from sealed to proved.
      </p>
    </>
  );
}

function Row({ worker }: { worker: WorkerView }) {
  const { batches } = useWorld().known;
  const { name, proves, seen_ms: seen, jobs, proofs, wrong_proofs: wrong, failures } = worker;
  const took = useMemo(() => proofsOf(name, batches ?? []), [name, batches]);
  return (
    <tr>
      <td>{name}</td>
      <td>
        {proves.length === 0 ? (
          <span class="quiet">nothing</span>
        ) : (
          proves.map(({ batch, shape, phase, progress }) => (
            <div key={batch}>
              <Link to={{ page: 'batch', number: batch }}>batch {count(batch)}</Link>, {shape}
              {phase != null && `, ${phase.replaceAll('_', ' ')}`}, {Math.floor(progress * 100)} %
            </div>
          ))
        )}
      </td>
      <td>
        {proves.map(({ batch, leased_ms: leased }) => (
          <div key={batch}>{duration(leased)}</div>
        ))}
      </td>
      <td>
        <Time at={seen} />
      </td>
      <td class="number">{count(jobs)}</td>
      <td class="number">
        {count(proofs)}
        {wrong > 0 && `, ${count(wrong)} wrong`}
      </td>
      <td class="number">{count(failures)}</td>
      <td class="number">{took ? duration(took.medianMs) : <span class="quiet">–</span>}</td>
    </tr>
  );
}
