/** The password that a key is stored under. */
import { useState } from 'preact/hooks';
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
