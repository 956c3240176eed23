/** Words as people write them down and type them in again. */
import { isMnemonic } from '@assay/client/mnemonic';

/** Words that are asked for again. */
const ASKED = 3;
const LENGTHS = [12, 15, 18, 21, 24];

/** Lower case, one space between two: what is typed with line ends or numbers is the same words. */
export function tidyWords(typed: string): string {
  const words = typed
    .toLowerCase()
    .normalize('NFKD')
    .split(/[\s,]+/);
  return words.filter((word) => word !== '' && !/^[0-9]+[.):]?$/.test(word)).join(' ');
}

/** Why these are no words of a wallet; nothing where they are. */
export function mistakeInWords(typed: string): string | undefined {
  const words = tidyWords(typed);
  if (words === '') return 'Type the words, with a space between two of them.';
  const { length } = words.split(' ');
  if (!LENGTHS.includes(length)) return `These are ${length} words; a wallet has 12 or 24.`;
  if (isMnemonic(words)) return undefined;
  return 'These words do not fit together: one is misspelled, or they are in another order.';
}

/** Places of the words to ask for, from 0, in their order. */
export function placesToAsk(length: number, random: () => number = randomPart): number[] {
  const places = new Set<number>();
  while (places.size < Math.min(ASKED, length)) places.add(Math.floor(random() * length));
  return [...places].sort((a, b) => a - b);
}

function randomPart(): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number / 2 ** 32;
}
