/** A browser that looks at a page, and tells what it complains of. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Page, type Route } from 'playwright-core';

export const program = process.env['ASSAY_BIN'] ?? '';
const browserPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Why there is nothing to look with. */
export const noBrowser = !existsSync(browserPath) && `there is no browser at ${browserPath}; CHROMIUM names another`;
/** Why there is nothing to look at, or with. */
export const skip =
  noBrowser || (program === '' && 'ASSAY_BIN names no program `assay`, so there is no rollup to look at');
/** On a machine that does much else a proof takes minutes. */
export const LONG_MS = 900_000;
/** What is waited for where nothing has to be proved: long, since several browsers and provers share the machine. */
const SOON_MS = 180_000;
const DRAWN_MS = 5000;
/** Where pictures of the pages are put, for people. */
export const pictures = process.env['ASSAY_PICTURES'];

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
}

/** Instead of the page that the program holds, that of `web/dist` where ASSAY_PAGE is `dist`: it needs no new program. */
const ownPage = process.env['ASSAY_PAGE'] === 'dist';
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
};

/** Answers for the page's files with those of `web/dist`, under the policy that the node has for them. */
export async function servePage(context: BrowserContext, url: string): Promise<void> {
  const source = readFileSync(new URL('../../sequencer/src/api/page.rs', import.meta.url), 'utf8');
  const policyOf = (name: string) =>
    new RegExp(`const ${name}: &str = "([^"]*)"`).exec(source)?.[1]?.replace(/\\\n\s*/g, '') ?? '';
  const [ofPage, ofWorker] = [policyOf('POLICY'), policyOf('WORKER_POLICY')];
  const give = (route: Route, name: string) => {
    const body = readFileSync(new URL(`../dist/${name}`, import.meta.url));
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? '';
    const contentType = type.startsWith('text/') ? `${type}; charset=utf-8` : type;
    const policy = name === 'proofs.js' ? ofWorker : ofPage;
    return route.fulfill({ body, contentType, headers: { 'content-security-policy': policy } });
  };
  await context.route(
    (asked) => asked.href.startsWith(url) && (asked.pathname === '/' || asked.pathname.startsWith('/assets/')),
    (route, request) => {
      const { pathname } = new URL(request.url());
      return give(route, pathname === '/' ? 'index.html' : pathname.replace('/assets/', ''));
    },
  );
}

/** A page that adds to `complaints` what its browser complains of, and what it asks of others than `url`. */
export async function openPage(
  context: BrowserContext,
  url: string,
  complaints: string[],
  own = ownPage,
): Promise<Page> {
  if (own) await servePage(context, url);
  const page = await context.newPage();
  page.setDefaultTimeout(SOON_MS);
  page.on('console', (message) => {
    const from = message.location().url;
    // A browser looks for this by itself where a page goes before it has named another.
    if (from.endsWith('/favicon.ico')) return;
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} ${from}`.trim());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => {
    // Leaving a page ends what it asked for.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`${request.url()} failed`);
  });
  page.on('request', (request) => {
    const { protocol } = new URL(request.url());
    if (protocol !== 'blob:' && !request.url().startsWith(url)) complaints.push(`${request.url()} was asked`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective}`));
    const moved = globalThis as unknown as { moved: number };
    moved.moved = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const shift = entry as unknown as { value: number; hadRecentInput: boolean };
        if (!shift.hadRecentInput) moved.moved += shift.value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return page;
}

/** How far things jumped by themselves since the page was opened; below 0.1 is good. */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as unknown as { moved: number }).moved);
}

/** What of a page is unfit for people who use it without a mouse, without a screen, or without good eyes. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
    interface Violation {
      id: string;
      nodes: { html: string; failureSummary: string }[];
    }
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
  });
}

/** By how many pixels a page is wider than its window, once what is drawn by width was drawn anew. */
export async function tooWide(page: Page): Promise<number> {
  const fits = () => document.documentElement.scrollWidth <= innerWidth;
  await page.waitForFunction(fits, undefined, { timeout: DRAWN_MS }).catch(() => undefined);
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));
}

/** Takes a picture where somebody wants one, once nothing moves. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
  await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
}
