/** An Ethereum wallet for tests. */
import type { Provider } from '../src/ethereum/provider.js';

export const ACCOUNT = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
export const LOWER = ACCOUNT.toLowerCase();
/** The first four bytes of the Keccak hash of `AlreadyPaid()`, of the compiled contract. */
export const selectorOf = { alreadyPaid: '0xd70a0e30' };

export type Answer = (...params: never[]) => unknown;

/** A wallet that answers as it is told, and remembers what it was asked. */
export class FakeWallet implements Provider {
  readonly asked: string[] = [];
  readonly #listeners = new Map<string, (told: unknown) => void>();

  constructor(readonly answers: Record<string, Answer>) {}

  async request({ method, params = [] }: { method: string; params?: readonly unknown[] }): Promise<unknown> {
    this.asked.push(method);
    const answer = this.answers[method];
    if (!answer) throw { code: 4200, message: `${method} is not supported` };
    return answer(...(params as never[]));
  }

  on(event: string, listener: (told: unknown) => void): void {
    this.#listeners.set(event, listener);
  }

  removeListener(event: string): void {
    this.#listeners.delete(event);
  }

  tell(event: string, told: unknown): void {
    this.#listeners.get(event)?.(told);
  }

  get heard(): number {
    return this.#listeners.size;
  }
}

export const refuse =
  (code: number, message = '', data?: unknown) =>
  (): never => {
    throw { code, message, data };
  };
