/** What somebody types for an amount, and why it cannot be paid. */
import { AMOUNT, InputError, ceilFloat, floorFloat, formatUnits, parseUnits } from '@assay/client';

export interface Purse {
  /** Of the token; `null` where they are not known, and base units are typed. */
  readonly decimals: number | null;
  /** The token's name. */
  readonly name: string;
  /** Base units. */
  readonly balance: bigint;
  readonly fee: bigint;
  /** Only a transfer's amount has to be a float. */
  readonly kind: 'transfer' | 'withdrawal';
}

export type Typed =
  | { readonly is: 'amount'; readonly amount: bigint }
  | { readonly is: 'empty' }
  | {
      readonly is: 'mistake';
      readonly words: string;
      /** Amounts that can be paid, as they would be typed. */
      readonly offers: readonly string[];
    };

export function readAmount(text: string, purse: Purse): Typed {
  const typed = text.trim();
  const { decimals, balance, fee, name } = purse;
  if (typed === '') return { is: 'empty' };
  const found = parse(typed, decimals ?? 0);
  if (typeof found !== 'bigint') return found;
  const show = (amount: bigint) => formatUnits(amount, decimals ?? 0);
  if (found === 0n) return mistake('Nothing would be paid: type more than 0.');
  const most = mostThatCanBePaid(purse);
  if (found + fee > balance) {
    if (balance === 0n) return mistake(`There is nothing of ${name} in this wallet.`);
    if (most === 0n) return mistake(`There is ${show(balance)} ${name}, which does not pay the fee as well.`);
    const words = `${fee > 0n ? 'With the fee this' : 'This'} is more than there is: at most ${show(most)} ${name} can be paid.`;
    return mistake(words, [show(most)]);
  }
  if (purse.kind === 'withdrawal') return { is: 'amount', amount: found };
  const [below, above] = [floorFloat(AMOUNT, found), ceilFloat(AMOUNT, found)];
  if (below === found) return { is: 'amount', amount: found };
  const words = 'These are too many digits: ten, and zeros behind them, can be paid. The nearest amounts:';
  const offers = [below, above].filter((offer) => offer !== undefined && offer <= most);
  return mistake(
    words,
    offers.map((offer) => show(offer ?? 0n)),
  );
}

/** What is left for the receiver where everything is paid. */
export function mostThatCanBePaid({ balance, fee, kind }: Pick<Purse, 'balance' | 'fee' | 'kind'>): bigint {
  if (balance <= fee) return 0n;
  return kind === 'transfer' ? floorFloat(AMOUNT, balance - fee) : balance - fee;
}

function parse(typed: string, decimals: number): bigint | Typed {
  const dotted = typed.replace(',', '.');
  if (/^0x/i.test(typed)) return mistake('Type the amount in decimal, like 1.5.');
  if (/^[-−]/.test(typed)) return mistake('An amount has no sign: type more than 0.');
  if (/^[0-9]+,[0-9]+$/.test(typed)) return mistake('Type a point before the fraction, like 1.5.', [dotted]);
  if (/^[0-9.]+\s*[a-z]+$/i.test(typed)) return mistake('Type the number alone: the token is chosen beside it.');
  try {
    return parseUnits(typed.replace(/^\./, '0.').replace(/\.$/, ''), decimals);
  } catch (error) {
    const code = error instanceof InputError ? error.code : undefined;
    if (code === 'amount_too_large') return mistake('No account can hold so much.');
    if (code !== 'amount_too_fine') return mistake('This is no number like 1.5.');
    const cut = typed.slice(0, typed.indexOf('.') + 1 + decimals).replace(/\.?0*$/, '');
    const words = decimals === 0 ? 'Type whole base units.' : `The token has ${decimals} decimals.`;
    return mistake(`This is finer than can be paid. ${words}`, /[1-9]/.test(cut) ? [cut] : []);
  }
}

function mistake(words: string, offers: readonly string[] = []): Typed {
  return { is: 'mistake', words, offers };
}
