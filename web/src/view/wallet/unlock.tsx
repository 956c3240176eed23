/** The way back to a key that is locked. */
import type { Network } from '@assay/client';
import { useState } from 'preact/hooks';
import type { Keyring } from '../../wallet/keyring.js';
import { Code } from '../parts.js';
import { Forget } from './forget.js';
import { AskPassword } from './password.js';

interface UnlockProps {
  readonly keyring: Keyring;
  readonly network: Network;
  readonly address: string;
}

export function Unlock({ keyring, network, address }: UnlockProps) {
  const [forgotten, setForgotten] = useState(false);
  const others = (
    <button type="button" aria-expanded={forgotten} onClick={() => setForgotten(!forgotten)}>
      I do not know the password
    </button>
  );
  return (
    <>
      <AskPassword
        name="Password"
        use={(password) => keyring.unlock(network, password)}
        forward="Unlock"
        busy="Unlocking …"
        others={others}
      >
        <h2>Locked</h2>
        <p>
          <Code text={address} what="the address" whole />
        </p>
      </AskPassword>
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
