/** The key itself: a copy of it, and its end here. */
import { encryptKeyFile, formatKeyFile, type DerivationOptions } from '@assay/client/key-file';
import { useState } from 'preact/hooks';
import { plural } from '../../numbers.js';
import { saveFile } from '../../wallet/browser.js';
import { IDLE_MS } from '../../wallet/keyring.js';
import { Code } from '../parts.js';
import { useWallet, type OpenWallet } from './context.js';
import { packetsOf } from './exit.js';
import { Forget } from './forget.js';
import { AskPassword } from './password.js';

const FILE_NAME = 'assay-wallet.json';
const PLAIN_FILE_NAME = 'assay-wallet-plain.json';

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
  const { keyring, network } = wallet;
  const [plain, setPlain] = useState(false);
  const [saved, setSaved] = useState<string | undefined>(undefined);
  const choose = (chosen: boolean) => {
    setPlain(chosen);
    setSaved(undefined);
  };
  const save = async (password: string, options: DerivationOptions) => {
    setSaved(undefined);
    const seed = await keyring.seed(network, password);
    try {
      const name = plain ? PLAIN_FILE_NAME : FILE_NAME;
      saveFile(name, plain ? formatKeyFile(seed, network) : await encryptKeyFile(seed, network, password, options));
      setSaved(name);
    } finally {
      seed.fill(0);
    }
  };
  return (
    <>
      {plain ? (
        <AskPassword
          key="plain"
          name="Password of this wallet"
          use={save}
          forward={`Save ${PLAIN_FILE_NAME}`}
          busy="Saving …"
          as="grave"
          others={
            <button type="button" onClick={() => choose(false)}>
              Back
            </button>
          }
        >
          <p class="warning">
            This file has no password: whoever reads it, or the disk that it was on, has your money. Save it only for
            what can ask nobody for a password, such as the key of a node’s operator.
          </p>
        </AskPassword>
      ) : (
        <AskPassword
          key="encrypted"
          name="Password of this wallet"
          hint="It is the password of the file as well, so keep it in mind as long as you keep the file."
          use={save}
          forward={`Save ${FILE_NAME}`}
          busy="Encrypting …"
          others={
            <button type="button" onClick={() => choose(true)}>
              Without a password …
            </button>
          }
        >
          <p class="lead">
            An encrypted file, which opens with its password in the page of any node and on the command line.
          </p>
        </AskPassword>
      )}
      <p role="status">{saved && 'Saved. The command line takes it once only you can read it:'}</p>
      {saved && (
        <div class="command">
          <Code text={`chmod 600 ${saved} && assay wallet --key ${saved} balance`} what="the command" whole />
        </div>
      )}
    </>
  );
}
