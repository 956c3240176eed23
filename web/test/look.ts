/** Looks at a page as many people would: wide and narrow, in light and dark. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { picture, tooWide, violationsOf } from './browser.js';

export class Looker {
  /** What is unfit, over all looks. */
  readonly found: string[] = [];

  constructor(
    private readonly page: () => Page,
    /** Begins the names of pictures, where several look at views of one name. */
    private readonly what?: string,
  ) {}

  /** Looks at what is there now in both schemes, wide and narrow, and leaves it as it was. */
  async look(name: string): Promise<void> {
    const page = this.page();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 375, 320]) {
        await page.setViewportSize({ width, height: 800 });
        assert.equal(await tooWide(page), 0, `${name} at ${width} is too wide`);
        await picture(page, `${this.what === undefined ? '' : `${this.what}-`}${name}-${width}-${colorScheme}`);
        if (width === 320) continue;
        const violations = await violationsOf(page);
        this.found.push(...violations.map((violation) => `${name} at ${width} in ${colorScheme}: ${violation}`));
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
  }
}
