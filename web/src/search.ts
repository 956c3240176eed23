/** What somebody may mean who types something into the search field. */
import { isHash, wholeNumber, type Route } from './route.js';

export type Meaning =
  /** One page, which may still find nothing. */
  | { readonly is: 'page'; readonly route: Route }
  /** A number without a word: a batch, an account or an entry of the queue. */
  | { readonly is: 'number'; readonly number: number }
  /** A transaction of the rollup, one of the layer 1, or a root. */
  | { readonly is: 'hash'; readonly hash: string }
  /** An address of the layer 1, which has no page. */
  | { readonly is: 'l1-address'; readonly address: string }
  | { readonly is: 'nothing' };

const WORDS: ReadonlyMap<string, (number: number) => Route> = new Map(
  Object.entries({
    batch: (number: number): Route => ({ page: 'batch', number }),
    b: (number: number): Route => ({ page: 'batch', number }),
    account: (index: number): Route => ({ page: 'account', index }),
    a: (index: number): Route => ({ page: 'account', index }),
    queue: (index: number): Route => ({ page: 'entry', index }),
    entry: (index: number): Route => ({ page: 'entry', index }),
    q: (index: number): Route => ({ page: 'entry', index }),
  }),
);

export function meaningOf(typed: string): Meaning {
  const text = typed.trim().replace(/\s+/g, ' ');
  const number = wholeNumber(text.replace(/^#/, ''));
  if (number !== undefined) return { is: 'number', number };
  const [, word = '', digits = ''] = /^([a-z]+)[ :#/]*([0-9]+)$/i.exec(text) ?? [];
  const [route, named] = [WORDS.get(word.toLowerCase()), wholeNumber(digits)];
  if (route && named !== undefined) return { is: 'page', route: route(named) };
  if (text.toLowerCase() === 'queue') return { is: 'page', route: { page: 'queue' } };
  if (/^assay(dev)?1[a-z0-9]+$/i.test(text)) return { is: 'page', route: { page: 'owner', address: text } };
  const hash = text.toLowerCase().replace(/^(?=[0-9a-f]{64}$)/, '0x');
  if (isHash(hash)) return { is: 'hash', hash };
  if (/^0x[0-9a-f]{40}$/i.test(text)) return { is: 'l1-address', address: text };
  return { is: 'nothing' };
}
