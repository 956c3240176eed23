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
  | { readonly page: 'find'; readonly text: string };

/** The page that a location's hash names; what names none is looked for. */
export function parseRoute(hash: string): Route {
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
