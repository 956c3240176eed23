/** The package as it would be published: what is in it, how large it is, where it runs. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('../../', import.meta.url));

/** Everything that a browser loads. */
async function bundled(source: string): Promise<string> {
  const { outputFiles, warnings } = await build({
    stdin: { contents: source, resolveDir: here },
    ...{ bundle: true, minify: true, write: false, format: 'esm', platform: 'browser', target: 'es2022' },
  });
  assert.deepEqual(warnings, []);
  return outputFiles.map(({ text }) => text).join('');
}

function kilobytes(text: string): number {
  return gzipSync(text, { level: 9 }).length / 1000;
}

test('size, minified and gzipped, with all cryptography', async (t) => {
  const core = kilobytes(await bundled("export * from '@assay/client'"));
  const files = kilobytes(await bundled("export * from '@assay/client'; export * from '@assay/client/key-file'"));
  const entries = ['', '/key-file', '/mnemonic'].map((entry) => `export * from '@assay/client${entry}';`);
  const all = kilobytes(await bundled(entries.join('')));
  const told = `${files.toFixed(1)} kB with key files, ${all.toFixed(1)} kB with the list of words too`;
  t.diagnostic(`${core.toFixed(1)} kB, ${told}`);
  assert.ok(core <= 60, `the core has ${core} kB`);
  assert.ok(all <= 120, `with all entries it has ${all} kB`);
});

test('what is not used is left out', async () => {
  const one = await bundled("export { formatUnits } from '@assay/client'");
  assert.ok(one.length < 1000, `formatUnits alone has ${one.length} bytes`);
  const core = await bundled("export * from '@assay/client'");
  for (const [entry, own] of [
    ['mnemonic', 'abandon'],
    ['key-file', 'assay-wallet-key'],
    // The counters that ChaCha20 begins with.
    ['key-file', 'expand 32-byte k'],
  ] as const) {
    assert.ok(!core.includes(own), own);
    assert.ok((await bundled(`export * from '@assay/client/${entry}'`)).includes(own), own);
  }
});

test('what is packed can be installed and used, with its types', () => {
  const directory = mkdtempSync(join(tmpdir(), 'assay-client-'));
  try {
    const npm = (...args: string[]) => execFileSync('npm', args, { cwd: here, encoding: 'utf8' });
    const packed = npm('pack', '--json', '--ignore-scripts', '--pack-destination', directory);
    const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    const loose = paths.filter((path) => !path.startsWith('dist/')).sort();
    assert.deepEqual(loose, ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'openapi.json', 'package.json']);
    for (const name of ['index', 'key-file', 'mnemonic']) {
      assert.ok(paths.includes(`dist/${name}.js`) && paths.includes(`dist/${name}.d.ts`), name);
    }

    const installed = join(directory, 'node_modules', '@assay', 'client');
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', join(directory, filename), '-C', installed, '--strip-components', '1']);
    for (const scope of ['@noble', '@scure']) {
      execFileSync('cp', ['-r', join(here, 'node_modules', scope), join(directory, 'node_modules', scope)]);
    }
    const source = [
      "import { SecretKey, type Receipt } from '@assay/client';",
      "import { formatKeyFile, parseKeyFile, type KeyFile } from '@assay/client/key-file';",
      "import { seedFromMnemonic } from '@assay/client/mnemonic';",
      "const words = 'abandon '.repeat(11) + 'about';",
      'const seed = seedFromMnemonic(words);',
      "const file: KeyFile = parseKeyFile(formatKeyFile(seed, 'public'));",
      "const same: boolean = file.address === SecretKey.fromSeed(seed).address('public');",
      'const time: keyof Receipt = "received_ms";',
      'globalThis.console.log(file.address, same, time);',
    ];
    writeFileSync(join(directory, 'use.ts'), source.join('\n'));
    writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
    const compilerOptions = { strict: true, module: 'nodenext', target: 'es2022', types: [] };
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    const compiled = spawnSync(join(here, 'node_modules', '.bin', 'tsc'), { cwd: directory, encoding: 'utf8' });
    assert.equal(compiled.stdout, '');
    const printed = execFileSync('node', ['use.js'], { cwd: directory, encoding: 'utf8' });
    assert.match(printed, /^assay1[a-z0-9]+ true received_ms\n$/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('nothing is needed that a browser lacks', async () => {
  const source = `
    import * as assay from '@assay/client';
    import { parseKeyFile, unlockKeyFile } from '@assay/client/key-file';
    import { newMnemonic, seedFromMnemonic } from '@assay/client/mnemonic';
    const key = assay.SecretKey.fromSeed(seedFromMnemonic(newMnemonic()));
    const message = 12345n;
    globalThis.signed = assay.verifySignature(key.publicKey, message, key.sign(message));
    globalThis.asked = new assay.NodeClient('http://127.0.0.1:1', { fetch: globalThis.fetch }).tokens();
    globalThis.unlocked = unlockKeyFile(parseKeyFile(globalThis.file.text), globalThis.file.password).then(assay.toHex);
  `;
  // What every browser has of what is used, and nothing of Node.
  const { crypto, AbortController, TextDecoder, TextEncoder, Uint8Array, URL, clearTimeout, setTimeout } = globalThis;
  const page = { crypto, AbortController, TextDecoder, TextEncoder, Uint8Array, URL, clearTimeout, setTimeout };
  const fetch = async () => new Response('[{"number":0}]');
  const read = readFileSync(join(here, '../../docs/spec/vectors.json'), 'utf8');
  const { key_files } = JSON.parse(read) as { key_files: { text: string; password: string | null; seed: string }[] };
  const file = key_files.find(({ password }) => password !== null);
  const context: { signed?: boolean; asked?: Promise<unknown>; unlocked?: Promise<string> } = {
    ...{ ...page, fetch, file },
  } as object;
  runInNewContext(`(() => {${await bundled(source)}})()`, context);
  assert.equal(context.signed, true);
  assert.equal(JSON.stringify(await context.asked), '[{"number":0}]');
  assert.equal(await context.unlocked, file?.seed);
});

test('dependencies are few, and their licences are known', () => {
  const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const noble = ['ciphers', 'curves', 'hashes'].map((name) => `@noble/${name}`);
  assert.deepEqual(Object.keys(dependencies), [...noble, '@scure/base', '@scure/bip39']);
  for (const name of Object.keys(dependencies)) {
    const { license } = JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')) as {
      license: string;
    };
    assert.match(license, /^(MIT|Apache-2.0)$/, name);
  }
});
