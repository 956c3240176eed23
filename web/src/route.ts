/** Which page an address names: what stands behind the `#`, so that the node need not know of pages. */

export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'batches'; readonly before?: number }
  | { readonly page: 'batch'; readonly number: number }
  | { readonly page: 'transaction'; readonly hash: string }
  | { readonly page: 'account'; readonly index: number }
  | { readonly page: 'owner'; readonly address: string }
  | { readonly page: 'queue' }
  | { readonly page: 'entry'; readonly index: number }
  | { readonly page: 'network' }
  | { readonly page: 'wallet'; readonly part: WalletPart }
  | { readonly page: 'payment'; readonly hash: string }
  /** A payment that a link asks for, as the link has it. */
  | { readonly page: 'pay'; readonly request: string }
  | { readonly page: 'find'; readonly text: string };

export const WALLET_PARTS = [
  'balance',
  'send',
  'receive',
  'deposit',
  'withdraw',
  'force',
  'history',
  'leave',
  'key',
] as const;
export type WalletPart = (typeof WALLET_PARTS)[number];

/** The page that a location's hash names; what names none is looked for. */
export function parseRoute(hash: string): Route {
  const [, request] = /^#?\/?pay\?(.*)$/s.exec(hash) ?? [];
  if (request !== undefined) return { page: 'pay', request };
  const path = decode(hash.replace(/^#?\/?/, ''));
  const [name = '', ...rest] = path.split('/');
  const argument = rest.join('/');
  const number = wholeNumber(argument);
  switch (name) {
    case '':
      return { page: 'overview' };
    case 'batches':
      return number === undefined ? { page: 'batches' } : { page: 'batches', before: number };
    case 'batch':
      if (number !== undefined) return { page: 'batch', number };
      break;
    case 'tx':
      if (isHash(argument)) return { page: 'transaction', hash: argument.toLowerCase() };
      break;
    case 'account':
      if (number !== undefined) return { page: 'account', index: number };
      break;
    case 'owner':
      if (argument !== '') return { page: 'owner', address: argument };
      break;
    case 'queue':
      if (argument === '') return { page: 'queue' };
      if (number !== undefined) return { page: 'entry', index: number };
      break;
    case 'network':
      return { page: 'network' };
    case 'wallet': {
      if (argument === '') return { page: 'wallet', part: 'balance' };
      const part = WALLET_PARTS.find((known) => known === argument);
      if (part !== undefined) return { page: 'wallet', part };
      const [, hash = ''] = /^payment\/(.*)$/s.exec(argument) ?? [];
      if (isHash(hash)) return { page: 'payment', hash: hash.toLowerCase() };
      break;
    }
    case 'find':
      return { page: 'find', text: argument };
  }
  return { page: 'find', text: path };
}

export function href(route: Route): string {
  switch (route.page) {
    case 'overview':
      return '#/';
    case 'batches':
      return route.before === undefined ? '#/batches' : `#/batches/${route.before}`;
    case 'batch':
      return `#/batch/${route.number}`;
    case 'transaction':
      return `#/tx/${route.hash}`;
    case 'account':
      return `#/account/${route.index}`;
    case 'owner':
      return `#/owner/${encodeURIComponent(route.address)}`;
    case 'queue':
      return '#/queue';
    case 'entry':
      return `#/queue/${route.index}`;
    case 'network':
      return '#/network';
    case 'wallet':
      return route.part === 'balance' ? '#/wallet' : `#/wallet/${route.part}`;
    case 'payment':
      return `#/wallet/payment/${route.hash}`;
    case 'pay':
      return `#/pay?${route.request}`;
    case 'find':
      return `#/find/${encodeURIComponent(route.text)}`;
  }
}

/** A whole number that JSON and the node can carry, without sign. */
export function wholeNumber(text: string): number | undefined {
  if (!/^[0-9]{1,16}$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

export function isHash(text: string): boolean {
  return /^0x[0-9a-f]{64}$/i.test(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
