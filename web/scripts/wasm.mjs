// The WebAssembly of `browser/`, by cargo. The same sources and the same rustc make the same bytes, wherever they are.
//
//   npm run wasm          makes dist/proofs.wasm anew; `npm run build` then names it by its hash
//   npm run check-wasm    says whether what is committed is stale
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');
const committed = join(root, 'web/dist/proofs.wasm');
const TARGET = 'wasm32-unknown-unknown';

/** What a program prints; nothing where there is no such program or it fails. */
function output(program, ...options) {
  const { status, stdout } = spawnSync(program, options, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Why it cannot be made here; nothing where it can. */
function missing() {
  if (output('cargo', '--version') === undefined) return 'there is no cargo';
  const libraries = output('rustc', '--print', 'target-libdir', '--target', TARGET);
  if (libraries && existsSync(libraries)) return undefined;
  return `rustc has no target ${TARGET}: \`rustup target add ${TARGET}\` gets it`;
}

/** Makes it in cargo's own directory. */
function make() {
  const home = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  const registry = join(home, 'registry/src');
  const registries = existsSync(registry) ? readdirSync(registry).map((name) => join(registry, name)) : [];
  // No path of this machine is in the file.
  const paths = [[root, ''], ...registries.map((path) => [path, 'registry'])];
  const flags = paths.map(([from, to]) => `--remap-path-prefix=${from}=/${to}`).join('\x1f');
  const built = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), TARGET, 'browser/assay_browser.wasm');
  const options = ['--locked', '--quiet', '-p', 'assay-browser', '--lib', '--crate-type', 'cdylib'];
  const { status, stderr } = spawnSync('cargo', ['rustc', ...options, '--target', TARGET, '--profile', 'browser'], {
    cwd: root,
    env: { ...process.env, CARGO_ENCODED_RUSTFLAGS: flags },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`cargo could not make the WebAssembly:\n${stderr}`);
  return readFileSync(built);
}

/** The places in its standard library that a program of Rust names tell which rustc made it. */
function maker(bytes) {
  return /\/rustc\/([0-9a-f]{40})\//.exec(bytes.toString('latin1'))?.[1];
}

function check() {
  const without = missing();
  if (without !== undefined) return `skipped: whether web/dist/proofs.wasm is stale, since ${without}`;
  const own = /^commit-hash: (.*)$/m.exec(output('rustc', '-vV') ?? '')?.[1];
  const bytes = readFileSync(committed);
  if (own !== maker(bytes)) {
    return 'skipped: whether web/dist/proofs.wasm is stale, since another rustc made it, which makes other bytes';
  }
  if (make().equals(bytes)) return 'web/dist/proofs.wasm is what the sources make';
  process.exitCode = 1;
  return 'web/dist/proofs.wasm is not what the sources make: `npm run wasm && npm run build` in web/ makes it anew';
}

if (process.argv[2] === 'check') {
  console.log(check());
} else {
  const without = missing();
  if (without !== undefined) throw new Error(without);
  const bytes = make();
  writeFileSync(committed, bytes);
  console.log(`proofs.wasm ${bytes.length} bytes`);
}
