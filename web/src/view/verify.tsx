/** Checking a batch without believing the node: in this browser, or offline. */
import { rollupOf, type BatchDetail, type StatusView } from '@assay/client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { askProofs } from '../proofs/ask.js';
import { differences, refusalOf } from '../proofs/batch-check.js';
import { shapeKeyDigest } from '../proofs/contract-key.js';
import type { Verdict } from '../proofs/module.js';
import { count } from '../numbers.js';
import { useLast, useWorld } from './context.js';
import { useLayer1 } from './ethereum/connect.js';
import { Button, Code, Fact, Facts } from './parts.js';
import { Failure, Field, Form } from './wallet/fields.js';

export function Verify({ batch }: { batch: BatchDetail }) {
  const { node, known } = useWorld();
  const shape = known.status?.shapes.find(({ name }) => name === batch.shape);
  const file = `batch-${batch.number}.json`;
  const bundle = `${node.url}/v1/batches/${batch.number}/bundle`;
  // A batch that is sealed again was proved before: the digest that was typed stays.
  const isThere = useLast(batch.stage === 'proved' || batch.stage === 'final' || undefined);
  return (
    <section aria-labelledby="verify">
      <h2 id="verify">Check it yourself</h2>
      {isThere ? (
        <>
          {known.status && shape && (
            <InBrowser key={batch.new_root} batch={batch} status={known.status} shape={shape} />
          )}
          <h3>Offline</h3>
          <p class="lead">
            The bundle holds proof, statement and key. The first command fetches it, the second checks it without any
            network; no trust in this node or this page is needed for what it says.
          </p>
          <Command text={`curl -o ${file} ${bundle}`} />
          <Command text={`assay verify ${file}`} />
          <p class="lead">
            With <code>--vk KEY</code> it is checked under your own copy of the verifying key instead of the one in the
            bundle. That the root after it is the contract’s own is for the layer 1 to say.{' '}
            <a href={bundle} download={file}>
              Download the bundle
            </a>
          </p>
          {shape?.insecure_development_key && <DevelopmentKey />}
        </>
      ) : (
        <p class="empty">There is a bundle once the batch is proved on the layer 1.</p>
      )}
    </section>
  );
}

type Shape = StatusView['shapes'][number];

type Checking =
  | { readonly is: 'idle' }
  | { readonly is: 'busy'; readonly doing: string }
  | { readonly is: 'failed'; readonly why: string }
  | { readonly is: 'done'; readonly verdict: Verdict; readonly other: readonly string[]; readonly tookMs: number };

/** Whose word the digest of the key is. */
type Source = 'node' | 'contract' | 'own';

interface InBrowserProps {
  readonly batch: BatchDetail;
  readonly status: StatusView;
  readonly shape: Shape;
}

function InBrowser({ batch, status, shape }: InBrowserProps) {
  const { node } = useWorld();
  const layer1 = useLayer1();
  const [digest, setDigest] = useState(shape.verifying_key_sha256);
  const [source, setSource] = useState<Source>('node');
  const [checking, setChecking] = useState<Checking>({ is: 'idle' });
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const { chain_id: chain, contract } = status;
  const take = (text: string, from: Source) => {
    setDigest(text);
    setSource(from);
    setChecking({ is: 'idle' });
  };
  const run = (work: () => Promise<void>) => {
    work().catch((error: unknown) => {
      if (stop.current.signal.aborted) return;
      setChecking({ is: 'failed', why: error instanceof Error ? error.message : String(error) });
    });
  };
  const check = async () => {
    const { signal } = stop.current;
    setChecking({ is: 'busy', doing: 'Reading the bundle' });
    const bundle = await node.bundle(batch.number, { signal });
    setChecking({ is: 'busy', doing: 'Verifying the proof' });
    const trusted = new TextEncoder().encode(digest.trim().toLowerCase());
    const { answer, tookMs } = await askProofs('verify', [bundle, trusted], signal);
    const verdict = answer as Verdict;
    const other = verdict.valid ? differences(bundle, batch, { chain, contract }) : [];
    setChecking({ is: 'done', verdict, other, tookMs });
  };
  const readContract = async () => {
    if (!layer1) return;
    setChecking({ is: 'busy', doing: 'Reading the contract’s key' });
    const read = (call: { to: `0x${string}`; data: `0x${string}` }) => layer1.read(call);
    take(await shapeKeyDigest(read, rollupOf(chain, contract), batch.header.shape), 'contract');
  };
  const busy = checking.is === 'busy';
  return (
    <>
      <p class="lead">
        This browser can do what <code>assay verify</code> does, with the same code: it recomputes the statement from
        its words, checks the proof, and compares number, roots, chain and contract with those above.
      </p>
      <Form submit={() => run(check)}>
        <Field
          name="Verifying key that you trust (SHA-256)"
          value={digest}
          set={(text) => take(text, 'own')}
          mono
          hint={<KeySource source={source} own={shape.verifying_key_sha256} digest={digest} />}
        />
        <p class="actions">
          <Button as="first" off={busy}>
            Verify in this browser
          </Button>
          {layer1 && (
            <Button off={busy} press={() => run(readContract)}>
              Take the contract’s key
            </Button>
          )}
        </p>
      </Form>
      <div aria-live="polite">
        {checking.is === 'busy' && <p class="quiet">{checking.doing} …</p>}
        {checking.is === 'failed' && <Failure>{checking.why}</Failure>}
        {checking.is === 'done' && <Found {...checking} batch={batch} source={source} />}
      </div>
    </>
  );
}

function KeySource({ source, own, digest }: { source: Source; own: string; digest: string }) {
  if (source === 'contract') {
    return (
      <>The contract’s own, read from the layer 1 through your Ethereum wallet: this node is not believed for it.</>
    );
  }
  if (source === 'own' && digest.trim().toLowerCase() !== own) return <>Your own. This node names another one.</>;
  return (
    <>
      As this node names it. What counts is the contract’s: connect an Ethereum wallet to read it here, or compare with{' '}
      <code>assay keys inspect</code> for a key that <code>assay keys fetch</code> has compared with the contract.
    </>
  );
}

interface FoundProps {
  readonly batch: BatchDetail;
  readonly verdict: Verdict;
  readonly other: readonly string[];
  readonly tookMs: number;
  readonly source: Source;
}

function Found({ batch, verdict, other, tookMs, source }: FoundProps) {
  if (!verdict.valid) {
    const failed = verdict.checks.find(({ name }) => name === verdict.first_failure);
    return (
      <Failure>
        <p>Refused: {refusalOf(verdict)}. Do not rely on this batch before you know why.</p>
        {failed && (
          <p>
            The verifier says of `{failed.name}`: {failed.detail}
          </p>
        )}
      </Failure>
    );
  }
  if (other.length > 0) {
    return (
      <Failure>
        Refused: the bundle is proved, but it is not of the batch that is shown: {other.join(', ')}{' '}
        {other.length === 1 ? 'differs' : 'differ'}.
      </Failure>
    );
  }
  return (
    <section class="verified" aria-label="Verdict">
      <p>
        <b>Verified in this browser.</b> Batch {count(batch.number)} follows the rules from the root before it to the
        root after it, under {source === 'contract' ? 'the contract’s own key' : 'the key above'}. It took{' '}
        {count(Math.max(1, Math.round(tookMs)))} ms.
      </p>
      <p class="quiet">
        What this does not say: that the root is the contract’s, which the layer 1 says, and that this page is honest,
        which a node could have changed. The command below depends on neither.
      </p>
      <Facts>
        <Fact name="Checks passed">{count(verdict.checks.length)}</Fact>
        {verdict.checks
          .filter(({ name }) => name === 'verifying_key_sha256')
          .map(({ name, detail }) => (
            <Fact key={name} name="Key of the bundle (SHA-256)">
              <Code text={detail} what="the key’s digest" />
            </Fact>
          ))}
      </Facts>
    </section>
  );
}

export function DevelopmentKey() {
  return (
    <p class="warning">
      The keys of this chain are for development: they are made from a seed that everybody knows, so anybody can forge
      proofs under them. Its proofs prove that the program works, not that money is safe.
    </p>
  );
}

function Command({ text }: { text: string }) {
  return (
    <pre class="command" tabIndex={0} aria-label="Command">
      <Code text={text} what="the command" whole />
    </pre>
  );
}
