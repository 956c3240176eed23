/** Counts, amounts and hashes as people read them. */
import { formatUnits, parseAmount, type TokenView } from '@assay/client';

/** A thin space between thousands, which no language takes for a decimal point. */
const THIN = '\u2009';

export function count(number: number | string): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** `one batch`, `3 batches`. */
export function plural(number: number, one: string, many: string): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** The operator's name for a token; what a token calls itself is anybody's choice, so it is not used. */
export function tokenName(number: number, tokens: readonly TokenView[]): string {
  return tokens.find((token) => token.number === number)?.name ?? `token ${number}`;
}

/** An amount with its unit; base units where the token's decimals are not known. */
export function amount(base: string, token: number, tokens: readonly TokenView[]): string {
  const decimals = tokens.find(({ number }) => number === token)?.decimals ?? null;
  const name = tokenName(token, tokens);
  if (decimals === null) return `${count(base)} base units of ${name}`;
  const [whole = '', fraction] = formatUnits(parseAmount(base), decimals).split('.');
  return `${count(whole)}${fraction === undefined ? '' : `.${fraction}`} ${name}`;
}

/** Beginning and end of something long. */
export function short(text: string, begin = 8, end = 6): string {
  return text.length <= begin + end + 1 ? text : `${text.slice(0, begin)}…${text.slice(-end)}`;
}

export function median(numbers: readonly number[]): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
