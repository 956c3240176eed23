// Makes the page's files. The same sources and the same esbuild make the same bytes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const here = (path) => new URL(`../${path}`, import.meta.url).pathname;

/** Where the client's sources are; its package need not be built for this. */
export const client = {
  '@assay/client': here('../clients/typescript/src/index.ts'),
  '@assay/client/key-file': here('../clients/typescript/src/key-file.ts'),
  '@assay/client/mnemonic': here('../clients/typescript/src/mnemonic.ts'),
};

/** The files by name. */
export async function bundle() {
  const { outputFiles } = await build({
    entryPoints: { page: here('src/main.tsx'), proofs: here('src/proofs/worker.ts') },
    outdir: here('dist'),
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome105', 'firefox110', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    alias: client,
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: here('.'),
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path.split('/').at(-1), Buffer.from(contents)]));
  files.set('favicon.svg', readFileSync(here('src/favicon.svg')));
  // `npm run wasm` makes it, of Rust; all else is made here.
  files.set('proofs.wasm', readFileSync(here('dist/proofs.wasm')));
  // A file that changes gets another address, so a browser may keep each of them for ever.
  const versioned = (text, name) => text.replaceAll(`assets/${name}`, `assets/${name}?v=${hash(files.get(name))}`);
  const html = [...files.keys()].reduce(versioned, readFileSync(here('src/index.html'), 'utf8'));
  return files.set('index.html', Buffer.from(html));
}

function hash(bytes) {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
