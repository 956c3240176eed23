/** What the wallet needs of a browser. */
import type { Keyring } from './keyring.js';
import type { Store } from './kept.js';

const LOOK_MS = 5000;

/** Where the browser keeps things for this page; `undefined` where its settings forbid that. */
export function browserStore(): Store | undefined {
  try {
    return keeps(localStorage) ? localStorage : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a storage keeps anything: one that is full does, and a key in it can be used. */
export function keeps(store: Pick<Storage, 'setItem' | 'removeItem' | 'length'>): boolean {
  try {
    const probe = 'assay/probe';
    store.setItem(probe, '');
    store.removeItem(probe);
    return true;
  } catch {
    return store.length > 0;
  }
}

/** Browsers give their cryptography to pages by HTTPS or from this machine alone. */
export function hasCryptography(): boolean {
  return isSecureContext && typeof crypto.subtle === 'object';
}

/** Keeps the key open while somebody is there, and locks it when nobody is. */
export function watchUse(keyring: Keyring): void {
  for (const used of ['pointerdown', 'keydown']) addEventListener(used, () => keyring.use(), { passive: true });
  setInterval(() => keyring.lockIfIdle(), LOOK_MS);
  // A machine that slept ran no timer.
  document.addEventListener('visibilitychange', () => keyring.lockIfIdle());
  // What another tab stored or deleted; its name is null where all was deleted.
  addEventListener('storage', ({ key }) => (key === null || key.startsWith('assay/wallet/')) && keyring.look());
}

/** Has the browser save a text as a file. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
