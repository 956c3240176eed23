/** Passwords: the one that a key is stored under, and the one that opens what is encrypted. */
import type { DerivationOptions } from '@assay/client/key-file';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../parts.js';
import { Failure, Field, Form, mistakeInPassword, Steps, toFirstMistake } from './fields.js';

interface ChoosePasswordProps {
  readonly keep: (password: string) => Promise<void>;
  readonly back: () => void;
}

export function ChoosePassword({ keep, back }: ChoosePasswordProps) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [mistake, setMistake] = useState<string | undefined>(undefined);
  const [failed, setFailed] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    const found = mistakeInPassword(password, again);
    setMistake(found);
    if (found !== undefined) return toFirstMistake();
    setBusy(true);
    try {
      await keep(password);
    } catch (error) {
      setBusy(false);
      setFailed(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Form submit={() => void submit()}>
      <h2>A password for this browser</h2>
      <Field
        name="Password"
        type="password"
        autocomplete="new-password"
        value={password}
        set={setPassword}
        hint="The key is stored encrypted under it. It does not replace the words, the account or the file that the key is from: who forgets it brings the key in again."
        mistake={mistake}
      />
      <Field name="The same again" type="password" autocomplete="new-password" value={again} set={setAgain} />
      {failed && <Failure>{failed}</Failure>}
      <Steps forward={busy ? 'Encrypting …' : 'Store the key'} back={back} busy={busy} />
    </Form>
  );
}

interface AskPasswordProps {
  /** What the password is of. */
  readonly name: string;
  readonly hint?: ComponentChildren;
  /** What it is asked for; the message of what it throws is shown beside the field. */
  readonly use: (password: string, options: DerivationOptions) => Promise<void>;
  readonly forward: string;
  /** In the place of `forward` while it is used. */
  readonly busy: string;
  /** How the button is to look. */
  readonly as?: 'first' | 'grave';
  /** Other things to do; what is under way ends when the form goes. */
  readonly others?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** Asks for a password and uses it, for as long as that takes. */
export function AskPassword(props: AskPasswordProps) {
  const { name, hint, use, forward, busy, as = 'first', others, children } = props;
  const [password, setPassword] = useState('');
  const [mistake, setMistake] = useState<string | undefined>(undefined);
  /** Percent; nothing where it is not at work. */
  const [done, setDone] = useState<number | undefined>(undefined);
  const underWay = useRef<AbortController>();
  useEffect(() => () => underWay.current?.abort(), []);
  const submit = async () => {
    const { signal } = (underWay.current = new AbortController());
    setDone(0);
    setMistake(undefined);
    try {
      await use(password, { signal, onProgress: (part) => setDone(Math.floor(100 * part)) });
      setPassword('');
    } catch (error) {
      if (signal.aborted) return;
      setMistake(error instanceof Error ? error.message : String(error));
      toFirstMistake();
    } finally {
      setDone(undefined);
    }
  };
  return (
    <Form submit={() => void submit()}>
      {children}
      <Field
        name={name}
        hint={hint}
        type="password"
        autocomplete="current-password"
        value={password}
        set={setPassword}
        mistake={mistake}
      />
      <p class="actions">
        <Button as={as} off={done !== undefined}>
          {done === undefined ? forward : busy}
        </Button>
        {others}
        {done !== undefined && done > 0 && <progress max={100} value={done} aria-label={busy} />}
      </p>
    </Form>
  );
}
