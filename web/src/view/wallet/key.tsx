/** The key itself: a copy of it, and its end here. */
import { useState } from 'preact/hooks';
import { plural } from '../../numbers.js';
import { saveFile } from '../../wallet/browser.js';
import { formatKeyFile } from '../../wallet/key-file.js';
import { IDLE_MS } from '../../wallet/keyring.js';
import { Code } from '../parts.js';
import { useWallet, type OpenWallet } from './context.js';
import { packetsOf } from './exit.js';
import { Field, Form, toFirstMistake } from './fields.js';
import { Forget } from './forget.js';

const FILE_NAME = 'assay-wallet.json';

export function KeyPart({ wallet }: { wallet: OpenWallet }) {
  const { keyring, network, references, queued } = wallet;
  const { store } = useWallet();
  const forget = () => {
    references.clear();
    queued.clear();
    if (store) packetsOf(wallet, store).clear();
  };
  return (
    <>
      <p class="lead">
        The key is in this browser alone, encrypted under your password, and locked after{' '}
        {plural(IDLE_MS / 60_000, 'minute', 'minutes')} without use.
      </p>
      <section aria-labelledby="copy">
        <h2 id="copy">Save a copy</h2>
        <SaveCopy wallet={wallet} />
      </section>
      <section aria-labelledby="forget">
        <h2 id="forget">Forget the key</h2>
        <Forget keyring={keyring} network={network} also={forget} />
      </section>
    </>
  );
}

function SaveCopy({ wallet }: { wallet: OpenWallet }) {
  const [password, setPassword] = useState('');
  const [mistake, setMistake] = useState<string | undefined>(undefined);
  const [saved, setSaved] = useState(false);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setMistake(undefined);
    setSaved(false);
    try {
      const seed = await wallet.keyring.seed(wallet.network, password);
      saveFile(FILE_NAME, formatKeyFile(seed, wallet.network));
      seed.fill(0);
      setPassword('');
      setSaved(true);
    } catch (error) {
      setMistake(error instanceof Error ? error.message : String(error));
      toFirstMistake();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form submit={() => void submit()}>
      <p class="lead">
        A file that the command line takes as well. <b>It is not encrypted</b>: whoever reads it has your money, so keep
        it where nobody else does.
      </p>
      <Field
        name="Password, once more"
        type="password"
        autocomplete="current-password"
        value={password}
        set={setPassword}
        mistake={mistake}
      />
      <p class="actions">
        <button type="submit" disabled={busy}>
          Save {FILE_NAME}
        </button>
      </p>
      <p role="status">{saved && 'Saved. The command line takes it once only you can read it:'}</p>
      {saved && (
        <div class="command">
          <Code text={`chmod 600 ${FILE_NAME} && assay wallet --key ${FILE_NAME} balance`} what="the command" whole />
        </div>
      )}
    </Form>
  );
}
