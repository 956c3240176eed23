/** A key that an account of the browser's Ethereum wallet makes by signing. */
import { InputError, ethereumKeyMessage, ethereumSeed, rollupOf } from '@assay/client';
import { useState } from 'preact/hooks';
import { failureOf } from '../../ethereum/failure.js';
import type { Layer1 } from '../../ethereum/layer1.js';
import { useWorld } from '../context.js';
import { ThroughEthereum } from '../ethereum/connect.js';
import { Button } from '../parts.js';
import { Failure, Form } from './fields.js';

interface FromEthereumProps {
  readonly done: (seed: Uint8Array) => void;
  readonly back: () => void;
}

export function FromEthereum(props: FromEthereumProps) {
  return (
    <>
      <h2>The key of an Ethereum account</h2>
      <ThroughEthereum to="To make a key from it">
        {(layer1) => <Sign key={layer1.account} layer1={layer1} {...props} />}
      </ThroughEthereum>
      <p class="actions">
        <button type="button" onClick={props.back}>
          Back
        </button>
      </p>
    </>
  );
}

function Sign({ layer1, done }: FromEthereumProps & { layer1: Layer1 }) {
  const { status } = useWorld().known;
  const [signed, setSigned] = useState<number | undefined>(undefined);
  const [failed, setFailed] = useState<string | undefined>(undefined);
  if (!status) return null;
  const rollup = rollupOf(status.chain_id, status.contract);
  const submit = async () => {
    setFailed(undefined);
    setSigned(0);
    try {
      const sign = async (message: string) => {
        const signature = await layer1.sign(message);
        setSigned((before) => (before ?? 0) + 1);
        return signature;
      };
      done(await ethereumSeed(rollup, layer1.account, sign));
    } catch (error) {
      setSigned(undefined);
      const refused = error instanceof InputError && error.code === 'ethereum_signature';
      setFailed(refused ? `No key was made: ${error.message}.` : failureOf(error).message);
    }
  };
  return (
    <Form submit={() => void submit()}>
      <p class="lead">
        Your account signs the text below twice, and the signature becomes the key of this wallet: with the account you
        have it on any machine, without words to keep. Nothing is sent and it costs nothing.
      </p>
      <pre class="signed">{ethereumKeyMessage(rollup)}</pre>
      <p class="warning">
        Whoever gets this signature has your money here. Sign it at a node that you would trust with it, and at no other
        site. An account in a contract, such as a Safe, cannot make a key.
      </p>
      {failed && <Failure>{failed}</Failure>}
      <p class="actions">
        <Button as="first" off={signed !== undefined}>
          {signed === undefined ? 'Sign it twice' : `Sign in your wallet (${Math.min(signed + 1, 2)} of 2) …`}
        </Button>
      </p>
    </Form>
  );
}
