/** Deletes the key from this browser, for whoever has a copy of it. */
import type { Network } from '@assay/client';
import { useState } from 'preact/hooks';
import type { Keyring } from '../../wallet/keyring.js';
import { Button } from '../parts.js';

interface ForgetProps {
  readonly keyring: Keyring;
  readonly network: Network;
  /** What else goes. */
  readonly also?: () => void;
}

export function Forget({ keyring, network, also }: ForgetProps) {
  const [sure, setSure] = useState(false);
  const forget = () => {
    also?.();
    keyring.forget(network);
  };
  return (
    <div class="form">
      <p class="warning">
        The key is deleted from this browser. Without its words or a copy of its file the money is lost for ever: nobody
        can bring it back.
      </p>
      <label class="tick">
        <input type="checkbox" checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} />
        <span>I have the words, or a copy of the file.</span>
      </label>
      <p class="actions">
        <Button as="grave" off={!sure} press={forget}>
          Forget the key
        </Button>
      </p>
    </div>
  );
}
