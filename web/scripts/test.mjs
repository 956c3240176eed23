// The tests, bundled as the page is, so that both see the client's sources in the same way.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { client } from './bundle.mjs';

const here = (path) => new URL(`../${path}`, import.meta.url).pathname;
rmSync(here('build'), { recursive: true, force: true });
const tests = readdirSync(here('test')).filter((name) => name.endsWith('.test.ts'));
await build({
  entryPoints: tests.map((name) => here(`test/${name}`)),
  outdir: here('build'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  alias: client,
  external: ['playwright-core', 'axe-core'],
  logLevel: 'warning',
});
// In a browser most of a test is waiting, for blocks and for proofs.
const AT_ONCE = 4;
const built = tests.map((name) => here(`build/${name.replace(/\.ts$/, '.js')}`));
process.exit(
  spawnSync(process.execPath, ['--test', `--test-concurrency=${AT_ONCE}`, ...built], { stdio: 'inherit' }).status ?? 1,
);
