/** A key out of its file, which may have a password. */
import type { Network } from '@assay/client';
import { unlockKeyFile, type DerivationOptions, type EncryptedKeyFile } from '@assay/client/key-file';
import { useEffect, useState } from 'preact/hooks';
import { mistakeInKeyFile, readKeyFile } from '../../wallet/key-file.js';
import { Code } from '../parts.js';
import { Failure, Form } from './fields.js';
import { AskPassword } from './password.js';

interface FromFileProps {
  readonly network: Network;
  readonly done: (seed: Uint8Array) => void;
  readonly back: () => void;
}

export function FromFile({ network, done, back }: FromFileProps) {
  const [encrypted, setEncrypted] = useState<EncryptedKeyFile | undefined>(undefined);
  const [failed, setFailed] = useState<string | undefined>(undefined);
  if (encrypted) return <Locked file={encrypted} done={done} back={() => setEncrypted(undefined)} />;
  const chosen = async (file: File | undefined) => {
    if (!file) return;
    setFailed(undefined);
    try {
      const read = await readKeyFile(file, network);
      if (read.version === 1) done(read.seed);
      else setEncrypted(read);
    } catch (error) {
      setFailed(mistakeInKeyFile(error));
    }
  };
  return (
    <Form submit={() => undefined}>
      <h2>A key file</h2>
      <div class="field">
        <label for="key-file">File</label>
        <input
          id="key-file"
          type="file"
          accept=".json,application/json"
          aria-describedby="key-file-hint"
          onChange={(event) => void chosen(event.currentTarget.files?.[0])}
        />
        <p class="hint" id="key-file-hint">
          <code>~/.config/assay/wallet.json</code> where <code>--key</code> names no other. It is read here and goes
          nowhere.
        </p>
      </div>
      {failed && <Failure>{failed}</Failure>}
      <p class="actions">
        <button type="button" onClick={back}>
          Back
        </button>
      </p>
    </Form>
  );
}

interface LockedProps extends Pick<FromFileProps, 'done' | 'back'> {
  readonly file: EncryptedKeyFile;
}

function Locked({ file, done, back }: LockedProps) {
  // What was chosen with is gone, and the keyboard would begin anew.
  useEffect(() => document.querySelector<HTMLElement>('main .form input')?.focus(), []);
  const open = async (password: string, options: DerivationOptions) => {
    try {
      done(await unlockKeyFile(file, password, options));
    } catch (error) {
      throw new Error(mistakeInKeyFile(error), { cause: error });
    }
  };
  const others = (
    <button type="button" onClick={back}>
      Back
    </button>
  );
  return (
    <AskPassword
      name="Password of the file"
      hint="It is worked on for some seconds, so that it cannot be guessed fast."
      use={open}
      forward="Open"
      busy="Opening …"
      others={others}
    >
      <h2>An encrypted key file</h2>
      <p>
        The file says that it is the key of <Code text={file.address} what="the address" />
      </p>
    </AskPassword>
  );
}
