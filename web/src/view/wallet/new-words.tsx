/** A new key: its words are shown, and some of them asked for again. */
import { newMnemonic, seedFromMnemonic } from '@assay/client/mnemonic';
import { useState } from 'preact/hooks';
import { placesToAsk, tidyWords } from '../../wallet/mnemonic-check.js';
import { Field, Form, Steps, toFirstMistake } from './fields.js';

interface NewWordsProps {
  readonly done: (seed: Uint8Array) => void;
  readonly back: () => void;
}

export function NewWords({ done, back }: NewWordsProps) {
  const [mnemonic] = useState(() => newMnemonic());
  const [written, setWritten] = useState(false);
  const words = mnemonic.split(' ');
  if (written) {
    return <Check words={words} done={() => done(seedFromMnemonic(mnemonic))} back={() => setWritten(false)} />;
  }
  return (
    <Form submit={() => setWritten(true)}>
      <h2>Write these words down</h2>
      <p>
        On paper, in this order. Whoever has them has your money; who loses them and this browser has lost it. They are
        shown now and never again, and nobody can give them back to you.
      </p>
      <ol class="words">
        {words.map((word) => (
          <li>{word}</li>
        ))}
      </ol>
      <Steps forward="I have written them down" back={back} />
    </Form>
  );
}

function Check({ words, done, back }: { words: readonly string[]; done: () => void; back: () => void }) {
  const [places] = useState(() => placesToAsk(words.length));
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({});
  const [said, setSaid] = useState(false);
  const isRight = (place: number) => tidyWords(typed[place] ?? '') === words[place];
  const submit = () => {
    if (places.every(isRight)) return done();
    setSaid(true);
    toFirstMistake();
  };
  return (
    <Form submit={submit}>
      <h2>Some of them again</h2>
      <p>So that you know that what you have on paper is right.</p>
      {places.map((place) => (
        <Field
          key={place}
          name={`Word ${place + 1}`}
          value={typed[place] ?? ''}
          set={(text) => setTyped((before) => ({ ...before, [place]: text }))}
          mistake={said && !isRight(place) && `This is not word ${place + 1}: look at your paper.`}
        />
      ))}
      <Steps forward="Go on" back={back} />
    </Form>
  );
}
