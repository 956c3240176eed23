/** The way back to a key that is locked. */
import type { Network } from '@assay/client';
import { useState } from 'preact/hooks';
import type { Keyring } from '../../wallet/keyring.js';
import { Code } from '../parts.js';
import { Field, Form, toFirstMistake } from './fields.js';
import { Forget } from './forget.js';

interface UnlockProps {
  readonly keyring: Keyring;
  readonly network: Network;
  readonly address: string;
}

export function Unlock({ keyring, network, address }: UnlockProps) {
  const [password, setPassword] = useState('');
  const [mistake, setMistake] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [forgotten, setForgotten] = useState(false);
  const submit = async () => {
    setBusy(true);
    setMistake(undefined);
    try {
      await keyring.unlock(network, password);
    } catch (error) {
      setBusy(false);
      setMistake(error instanceof Error ? error.message : String(error));
      toFirstMistake();
    }
  };
  return (
    <>
      <Form submit={() => void submit()}>
        <h2>Locked</h2>
        <p>
          <Code text={address} what="the address" whole />
        </p>
        <Field
          name="Password"
          type="password"
          autocomplete="current-password"
          value={password}
          set={setPassword}
          mistake={mistake}
        />
        <p class="actions">
          <button type="submit" class="first" disabled={busy}>
            {busy ? 'Unlocking …' : 'Unlock'}
          </button>
          <button type="button" aria-expanded={forgotten} onClick={() => setForgotten(!forgotten)}>
            I do not know the password
          </button>
        </p>
      </Form>
      {forgotten && (
        <section aria-labelledby="forgotten">
          <h2 id="forgotten">Without the password</h2>
          <p class="lead">
            Nobody can open the key without it. With its words or a copy of its file you can bring it in anew: forget it
            here first.
          </p>
          <Forget keyring={keyring} network={network} />
        </section>
      )}
    </>
  );
}
