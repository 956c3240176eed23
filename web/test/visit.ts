/** Somebody at the page in a browser: what a hand does there, and what an eye waits for. */
import { mkdirSync } from 'node:fs';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { Devnet } from '../../clients/typescript/test/devnet.js';
import { openPage, pictures, program, startBrowser } from './browser.js';
import { Looker } from './look.js';

const WINDOW = { width: 1280, height: 900 };
/** Blocks of a devnet in these tests come by themselves once a second where they were held up before. */
const BLOCK_S = 1;

type Text = string | RegExp;

export class Visit {
  browser!: Browser;
  /** The one that is looked at. */
  page!: Page;
  /** Of a visit to a rollup that runs. */
  devnet!: Devnet;
  readonly looker: Looker;
  /** What browsers complained of. */
  readonly complaints: string[] = [];

  /** `what` begins the names of pictures. */
  constructor(what?: string) {
    this.looker = new Looker(() => this.page, what);
  }

  /** Starts a rollup and a browser that has a page of it, not gone anywhere; `prepare` has the context before the page. */
  async start(prepare?: (context: BrowserContext) => Promise<unknown>): Promise<void> {
    this.devnet = await Devnet.start(program);
    await this.startBrowser();
    const context = await this.newContext();
    await prepare?.(context);
    this.page = await this.open(context);
  }

  async startBrowser(): Promise<void> {
    if (pictures) mkdirSync(pictures, { recursive: true });
    this.browser = await startBrowser();
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    await this.devnet?.stop();
  }

  get url(): string {
    return `${this.devnet.announcement.node_url}/`;
  }

  newContext(): Promise<BrowserContext> {
    return this.browser.newContext({ viewport: WINDOW });
  }

  open(context: BrowserContext, complaints = this.complaints): Promise<Page> {
    return openPage(context, this.url, complaints);
  }

  readonly button = (name: Text, where: Page | Locator = this.page): Locator =>
    where.getByRole('button', { name, exact: true });

  readonly press = (name: Text, where?: Page | Locator): Promise<void> => this.button(name, where).click();

  readonly field = (label: string, page = this.page): Locator =>
    page.locator('main').getByLabel(label, { exact: true });

  readonly fill = (label: string, text: string, page?: Page): Promise<void> => this.field(label, page).fill(text);

  readonly heading = (name: string, page = this.page): Locator => page.getByRole('heading', { name, exact: true });

  readonly shows = (text: Text, page = this.page): Promise<void> => page.getByText(text).first().waitFor();

  /** To a part of the wallet. */
  readonly go = (part: string): Promise<void> =>
    this.page.getByRole('navigation', { name: 'Wallet' }).getByRole('link', { name: part }).click();

  readonly look = (name: string): Promise<void> => this.looker.look(name);

  /** Has the layer 1 stand still meanwhile: what is shown until a block comes is seen by the slowest browser. */
  async withoutBlocks(work: () => Promise<void>): Promise<void> {
    await this.devnet.rpc('evm_setIntervalMining', 0);
    await work();
    await this.devnet.rpc('evm_setIntervalMining', BLOCK_S);
  }
}
