/** Fields of forms: a name, what to know, and what is wrong. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { PASSWORD_CHARACTERS_LEAST } from '../../wallet/vault.js';
import { Button } from '../parts.js';

interface FieldProps {
  readonly name: string;
  readonly value: string;
  readonly set: (text: string) => void;
  readonly hint?: ComponentChildren;
  /** What is wrong, where it is to be said. */
  readonly mistake?: ComponentChildren;
  readonly type?: 'text' | 'password';
  readonly autocomplete?: string;
  readonly mono?: boolean;
  readonly numeric?: boolean;
  readonly lines?: number;
  readonly most?: number;
  readonly leave?: () => void;
}

export function Field(props: FieldProps) {
  const { name, value, set, hint, mistake, type = 'text', autocomplete = 'off', lines } = props;
  const id = useId();
  const described = [hint ? `${id}-hint` : '', mistake ? `${id}-mistake` : ''].filter((part) => part !== '');
  const shared = {
    id,
    value,
    autocomplete,
    autocapitalize: 'off' as const,
    spellcheck: false,
    class: props.mono ? 'mono' : undefined,
    maxLength: props.most,
    onInput: (event: Event) => set((event.target as HTMLInputElement | HTMLTextAreaElement).value),
    onBlur: props.leave,
    'aria-invalid': mistake ? true : undefined,
    'aria-describedby': described.length > 0 ? described.join(' ') : undefined,
  };
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {lines === undefined ? (
        <input {...shared} type={type} inputMode={props.numeric ? 'decimal' : undefined} />
      ) : (
        <textarea {...shared} rows={lines} />
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <div class="mistake" id={`${id}-mistake`} aria-live="polite">
        {mistake}
      </div>
    </div>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly value: string;
  readonly set: (value: string) => void;
  /** What is chosen, and how it is called. */
  readonly choices: readonly (readonly [value: string, label: string])[];
}

export function Choice({ name, value, set, choices }: ChoiceProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{name}</label>
      <select id={id} value={value} onChange={(event) => set(event.currentTarget.value)}>
        {choices.map(([choice, label]) => (
          <option key={choice} value={choice}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A form; what it would send goes nowhere by itself. */
export function Form({ submit, children }: { submit: () => void; children: ComponentChildren }) {
  const submitted = (event: Event) => {
    event.preventDefault();
    submit();
  };
  return (
    <form class="form" onSubmit={submitted} noValidate>
      {children}
    </form>
  );
}

/** On to the next step of a form, or back. */
export function Steps({ forward, back, busy }: { forward: string; back: () => void; busy?: boolean }) {
  return (
    <p class="actions">
      <Button as="first" off={busy}>
        {forward}
      </Button>
      <Button off={busy} press={back}>
        Back
      </Button>
    </p>
  );
}

/** What went wrong with a form as a whole. */
export function Failure({ children }: { children: ComponentChildren }) {
  return (
    <div class="failure" role="alert">
      {children}
    </div>
  );
}

/** Why a new password is not taken; nothing where it is. */
export function mistakeInPassword(password: string, again: string): string | undefined {
  if ([...password].length < PASSWORD_CHARACTERS_LEAST) {
    return `A password has at least ${PASSWORD_CHARACTERS_LEAST} characters; some words are easy to keep in mind.`;
  }
  return password === again ? undefined : 'The two are not the same.';
}

/** To the first field that is wrong, once that is said. */
export function toFirstMistake(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('main [aria-invalid="true"]')?.focus());
}
