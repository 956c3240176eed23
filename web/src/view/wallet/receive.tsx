/** Being paid: the address, and requests for an amount. */
import { useState } from 'preact/hooks';
import { formatUnits } from '@assay/client';
import { tokenName } from '../../numbers.js';
import { readAmount } from '../../wallet/amount.js';
import { formatRequest, isReference, REFERENCE_CHARACTERS_MOST } from '../../wallet/request.js';
import { useWorld } from '../context.js';
import { Code } from '../parts.js';
import type { OpenWallet } from './context.js';
import { Choice, Field, Form, toFirstMistake } from './fields.js';
import { Qr } from './qr.js';

/** No request asks for more than an account can hold. */
const ANY_AMOUNT = (1n << 128n) - 1n;

export function Receive({ wallet }: { wallet: OpenWallet }) {
  return (
    <>
      <section class="receive" aria-labelledby="address">
        <Qr text={wallet.address} label="QR code of your address" />
        <div>
          <h2 id="address">Your address</h2>
          <p class="lead">
            Whoever pays it needs nothing else. It takes every token of this rollup, and none from the layer 1: there
            one deposits to it.
          </p>
          <p>
            <Code text={wallet.address} what="the address" whole />
          </p>
        </div>
      </section>
      <section aria-labelledby="ask">
        <h2 id="ask">Ask for an amount</h2>
        <Ask wallet={wallet} />
      </section>
    </>
  );
}

const HOURS: readonly (readonly [hours: string, name: string])[] = [
  ['', 'Never'],
  ['1', 'In an hour'],
  ['24', 'In a day'],
  ['168', 'In a week'],
];

function Ask({ wallet }: { wallet: OpenWallet }) {
  const { tokens } = useWorld().known;
  const [token, setToken] = useState(0);
  const [typed, setTyped] = useState('');
  const [reference, setReference] = useState('');
  const [hours, setHours] = useState('');
  const [said, setSaid] = useState(false);
  const [link, setLink] = useState<string | undefined>(undefined);
  const decimals = tokens.find(({ number }) => number === token)?.decimals ?? null;
  const name = tokenName(token, tokens);
  const amount = readAmount(typed, { decimals, name, balance: ANY_AMOUNT, fee: 0n, kind: 'transfer' });
  const wrong = amount.is === 'mistake' ? amount : undefined;
  const unfit = !isReference(reference) && 'This text has signs that cannot be in a reference.';
  const changed = <T,>(set: (value: T) => void) => {
    return (value: T) => {
      setLink(undefined);
      set(value);
    };
  };
  const submit = () => {
    setSaid(true);
    if (wrong || unfit) return toFirstMistake();
    const { address: to, chain, contract } = wallet;
    const expires = hours === '' ? {} : { expires: Math.floor(Date.now() / 1000) + 3600 * Number(hours) };
    const asked = amount.is === 'amount' ? { amount: amount.amount } : {};
    const text = formatRequest({ to, chain, contract, token, reference: reference.trim(), ...asked, ...expires });
    setLink(`${location.href.replace(/#.*$/, '')}#/pay?${text}`);
  };
  const unit = decimals === null ? `base units of ${name}` : name;
  return (
    <>
      <Form submit={submit}>
        <div class="row">
          <Field
            name={`Amount in ${unit}`}
            value={typed}
            set={changed(setTyped)}
            numeric
            hint="Left empty, whoever pays chooses."
            mistake={said && wrong && `${wrong.words} ${wrong.offers.join(' or ')}`}
          />
          <Choice
            name="Token"
            value={String(token)}
            set={changed((value) => setToken(Number(value)))}
            choices={tokens.map(({ number }) => [String(number), tokenName(number, tokens)] as const)}
          />
        </div>
        <div class="row">
          <Field
            name="What it is for"
            value={reference}
            set={changed(setReference)}
            most={REFERENCE_CHARACTERS_MOST}
            hint="In the link alone; the payment itself does not carry it."
            mistake={said && unfit}
          />
          <Choice name="Expires" value={hours} set={changed(setHours)} choices={HOURS} />
        </div>
        <p class="actions">
          <button type="submit" class="first">
            Make a link
          </button>
        </p>
      </Form>
      {link !== undefined && (
        <div class="receive made">
          <Qr text={link} label="QR code of the payment request" />
          <div>
            <p role="status">
              {amount.is === 'amount'
                ? `Asks for ${formatUnits(amount.amount, decimals ?? 0)} ${unit}.`
                : 'It is made.'}{' '}
              Whoever opens the link pays with this page. It works where this node is reached at this address.
            </p>
            <p>
              <Code text={link} what="the link" whole />
            </p>
          </div>
        </div>
      )}
    </>
  );
}
