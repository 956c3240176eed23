/** Short lists that a browser keeps for one address on one rollup. */

/** Of a browser's storage what is used. */
export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

interface Named {
  /** 0x and 64 hexadecimal digits; names an item. */
  readonly hash: string;
}

export class KeptList<T extends Named> {
  /** What the browser had no room for: it is there until the page is closed. */
  #unwritten: readonly T[] | undefined;

  constructor(
    private readonly store: Store,
    private readonly name: string,
    private readonly most: number,
    private readonly isItem: (found: Partial<Record<keyof T, unknown>>) => boolean,
  ) {}

  /** Latest first. What is damaged, or of another form, is left out. */
  all(): T[] {
    if (this.#unwritten) return [...this.#unwritten];
    try {
      const found: unknown = JSON.parse(this.store.getItem(this.name) ?? '[]');
      return Array.isArray(found) ? found.filter((item): item is T => this.#isOne(item)) : [];
    } catch {
      return [];
    }
  }

  find(hash: string): T | undefined {
    return this.all().find((item) => item.hash === hash);
  }

  /** Keeps an item, in place of one of its name; the oldest goes where there are too many. Whether there was room for it. */
  add(item: T): boolean {
    const others = this.all().filter(({ hash }) => hash !== item.hash);
    return this.#write([item, ...others].slice(0, this.most));
  }

  remove(hash: string): void {
    this.#write(this.all().filter((item) => item.hash !== hash));
  }

  clear(): void {
    this.#unwritten = undefined;
    this.store.removeItem(this.name);
  }

  #write(items: readonly T[]): boolean {
    try {
      this.store.setItem(this.name, JSON.stringify(items));
      this.#unwritten = undefined;
      return true;
    } catch {
      this.#unwritten = items;
      return false;
    }
  }

  #isOne(found: unknown): boolean {
    if (typeof found !== 'object' || found === null) return false;
    const item = found as Partial<Record<keyof T, unknown>>;
    return /^0x[0-9a-f]{64}$/.test(String(item.hash)) && this.isItem(item);
  }
}

export function isText(found: unknown): boolean {
  return typeof found === 'string';
}

/** Base units in decimal. */
export function isDigits(found: unknown): boolean {
  return isText(found) && /^[0-9]{1,39}$/.test(String(found));
}
