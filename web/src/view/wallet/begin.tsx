/** How a key comes into this browser. */
import type { Network } from '@assay/client';
import { seedFromMnemonic } from '@assay/client/mnemonic';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Keyring } from '../../wallet/keyring.js';
import { mistakeInWords, tidyWords } from '../../wallet/mnemonic-check.js';
import { Field, Form, Steps, toFirstMistake } from './fields.js';
import { FromFile } from './from-file.js';
import { FromEthereum } from './from-ethereum.js';
import { NewWords } from './new-words.js';
import { ChoosePassword } from './password.js';

interface BeginProps {
  readonly keyring: Keyring;
  readonly network: Network;
}

type Way = 'new' | 'words' | 'ethereum' | 'file';

export function Begin({ keyring, network }: BeginProps) {
  const [way, setWay] = useState<Way | undefined>(undefined);
  const [seed, setSeed] = useState<Uint8Array | undefined>(undefined);
  const back = () => {
    seed?.fill(0);
    setSeed(undefined);
    setWay(undefined);
  };
  // What is kept wipes what it is given, and can fail: it gets a copy.
  const keep = (password: string) => keyring.keep(Uint8Array.from(seed ?? []), network, password);
  if (seed) return <ChoosePassword keep={keep} back={back} />;
  switch (way) {
    case 'new':
      return <NewWords done={setSeed} back={back} />;
    case 'words':
      return <TypedWords done={setSeed} back={back} />;
    case 'ethereum':
      return <FromEthereum done={setSeed} back={back} />;
    case 'file':
      return <FromFile network={network} done={setSeed} back={back} />;
    case undefined:
      return <Ways choose={setWay} />;
  }
}

function Ways({ choose }: { choose: (way: Way) => void }) {
  return (
    <>
      <p class="lead">
        A key of your own, in this browser: payments are signed here, and neither the key nor its words leave this
        machine. It is stored encrypted under a password. This is a hot wallet: keep in it what you would carry in your
        pocket.
      </p>
      <ul class="ways">
        <WayTo title="Make a new key" choose={() => choose('new')}>
          Twelve words, which you write down. With them you have your money on any machine.
        </WayTo>
        <WayTo title="Type the words of a key" choose={() => choose('words')}>
          The twelve or twenty-four words of a key that you made here or with another Assay wallet.
        </WayTo>
        <WayTo title="Use an Ethereum wallet" choose={() => choose('ethereum')}>
          An account of MetaMask or another wallet of this browser makes the key by signing, the same one each time.
        </WayTo>
        <WayTo title="Open a key file" choose={() => choose('file')}>
          The file that <code>assay wallet new</code> writes, or that this page has saved, encrypted or not.
        </WayTo>
      </ul>
    </>
  );
}

function WayTo({ title, choose, children }: { title: string; choose: () => void; children: ComponentChildren }) {
  return (
    <li>
      <button type="button" onClick={choose}>
        <b>{title}</b>
        <span>{children}</span>
      </button>
    </li>
  );
}

interface StepProps {
  readonly done: (seed: Uint8Array) => void;
  readonly back: () => void;
}

function TypedWords({ done, back }: StepProps) {
  const [typed, setTyped] = useState('');
  const [mistake, setMistake] = useState<string | undefined>(undefined);
  const submit = () => {
    const found = mistakeInWords(typed);
    setMistake(found);
    if (found === undefined) done(seedFromMnemonic(tidyWords(typed)));
    else toFirstMistake();
  };
  return (
    <Form submit={submit}>
      <h2>The words of your key</h2>
      <Field
        name="Words"
        value={typed}
        set={setTyped}
        lines={3}
        mono
        hint="In their order, with a space between two. No site and no person has a reason to ask you for them but a wallet."
        mistake={mistake}
      />
      <Steps forward="Go on" back={back} />
    </Form>
  );
}
