/** Key files: what `docs/spec/vectors.json` says of them, and one file for this package and the command line. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createDecipheriv, scryptSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { SecretKey, fromHex, randomSeed, toHex } from '@assay/client';
import {
  KEY_FILE_BYTES_MAX,
  KeyFileError,
  encryptKeyFile,
  formatKeyFile,
  parseKeyFile,
  unlockKeyFile,
  type EncryptedKeyFile,
  type KeyFileCode,
} from '@assay/client/key-file';

interface Vectors {
  key_files: { seed: string; password: string | null; text: string }[];
  invalid_key_files: {
    file: number;
    why: string;
    from: string;
    to: string;
    password: string | null;
    code: KeyFileCode;
  }[];
}

const { key_files, invalid_key_files } = JSON.parse(
  readFileSync(new URL('../../../../docs/spec/vectors.json', import.meta.url), 'utf8'),
) as Vectors;
const refused = (code: KeyFileCode) => (error: unknown) => error instanceof KeyFileError && error.code === code;

/** The seed in a file, whether it is encrypted or not. */
async function seedIn(text: string, password: string | null): Promise<string> {
  const file = parseKeyFile(text);
  return toHex(file.version === 1 ? file.seed : await unlockKeyFile(file, password ?? ''));
}

function encryptedFile(text: string): EncryptedKeyFile {
  const file = parseKeyFile(text);
  assert.ok(file.version === 2);
  return file;
}

function cheapFile(): { text: string; password: string; seed: string } {
  const found = key_files.find(({ text }) => text.includes('"log_n": 14'));
  assert.ok(found?.password);
  return { ...found, password: found.password };
}

test('files that another program made are read', async () => {
  for (const { seed, password, text } of key_files) {
    assert.equal(await seedIn(text, password), seed);
    const { address, network, version } = parseKeyFile(text);
    const key = SecretKey.fromSeed(fromHex(seed, 32, 'the seed'));
    assert.equal(address, key.address(network));
    assert.equal(version === 2, password !== null);
    const plain = formatKeyFile(fromHex(seed, 32, 'the seed'), network);
    if (version === 1) assert.equal(plain, text);
    assert.throws(() => parseKeyFile(text, network === 'public' ? 'development' : 'public'), refused('wrong_network'));
    assert.equal(parseKeyFile(text, network).address, address);
  }
});

for (const { file, why, from, to, password, code } of invalid_key_files) {
  test(`refused as ${code}: ${why}`, async () => {
    const good = key_files[file]?.text ?? '';
    await assert.rejects(seedIn(good.replace(from, to), password), refused(code));
  });
}

test('a file has an end, and white space is nothing', async () => {
  const { text, password, seed } = cheapFile();
  const dense = JSON.stringify(JSON.parse(text));
  assert.equal(await seedIn(`${dense}\n`, password), seed);
  const full = dense.padEnd(KEY_FILE_BYTES_MAX, ' ');
  assert.equal(await seedIn(full, password), seed);
  assert.throws(() => parseKeyFile(`${full} `), refused('not_a_key_file'));
});

test('whoever refuses a file says why, without its seed', () => {
  const text = key_files.find(({ password }) => password === null)?.text ?? '';
  const seed = (JSON.parse(text) as { seed: string }).seed.slice(2, 34);
  for (const bad of [text.replace('"seed"', '"key"'), text.replace('0x', ''), text.replace('"public"', '1')]) {
    assert.throws(
      () => parseKeyFile(bad),
      (error) => error instanceof KeyFileError && !`${error.stack} ${String(error.cause)}`.includes(seed),
    );
  }
});

test('no password is tried on costs that the format does not allow, however they came', async () => {
  const { text, password } = cheapFile();
  const file = encryptedFile(text);
  for (const logN of [13, 21, 14.5, NaN]) {
    await assert.rejects(unlockKeyFile({ ...file, logN }, password), refused('too_costly'));
  }
  await assert.rejects(unlockKeyFile(file, ''), refused('empty_password'));
  await assert.rejects(encryptKeyFile(randomSeed(), 'public', ''), refused('empty_password'));
});

test('memory that is not to be had is an error, and not the end of the program', async (t) => {
  const { text, password } = cheapFile();
  const file = encryptedFile(text);
  const Whole = globalThis.Uint8Array;
  t.after(() => (globalThis.Uint8Array = Whole));
  // As an engine does that has no room for so large an array.
  globalThis.Uint8Array = new Proxy(Whole, {
    construct(target, given: unknown[], made) {
      if (given[0] === 16 << 20) throw new RangeError('Array buffer allocation failed');
      return Reflect.construct(target, given, made) as object;
    },
  });
  await assert.rejects(unlockKeyFile(file, password), refused('too_costly'));
});

test('it says how far it is, leaves room for others, and ends when it is told to', async () => {
  const { text, password, seed } = cheapFile();
  const file = encryptedFile(text);
  const told: number[] = [];
  let turns = 0;
  const other = setInterval(() => (turns += 1), 0);
  const opened = await unlockKeyFile(file, password, { onProgress: (done) => told.push(done) });
  clearInterval(other);
  assert.equal(toHex(opened), seed);
  assert.equal(told.at(-1), 1);
  assert.deepEqual(
    told,
    [...told].sort((one, another) => one - another),
  );
  assert.ok(turns > 1, `others had ${turns} turns`);

  const stop = new AbortController();
  const reason = new Error('enough');
  let after = 0;
  const onProgress = (done: number) => {
    if (done > 0.5) stop.abort(reason);
    after = done;
  };
  await assert.rejects(unlockKeyFile(file, password, { onProgress, signal: stop.signal }), reason);
  assert.ok(after < 0.6, `it went on to ${after}`);
  await assert.rejects(unlockKeyFile(file, password, { signal: AbortSignal.abort(reason) }), reason);
});

test('a browser that has priorities puts it behind all that its user sees', async (t) => {
  const { text, password, seed } = cheapFile();
  const asked: unknown[] = [];
  const postTask = <T>(work: () => Promise<T>, options: object): Promise<T> => {
    asked.push(options);
    return work();
  };
  Object.assign(globalThis, { scheduler: { postTask } });
  t.after(() => delete (globalThis as { scheduler?: object }).scheduler);
  assert.equal(await seedIn(text, password), seed);
  assert.deepEqual(asked, [{ priority: 'background' }]);
});

test('what is written is as the specification says, and no two files are alike', async () => {
  const [seed, password] = [randomSeed(), 'pässword 🔑'];
  const texts = [];
  for (const _ of [1, 2]) texts.push(await encryptKeyFile(seed, 'public', password));
  const files = texts.map((text) => encryptedFile(text));
  for (const [at, text] of texts.entries()) {
    assert.equal(await seedIn(text, password), toHex(seed));
    assert.ok(!text.includes('seed') && !text.includes(toHex(seed).slice(2)));
    // By the cipher and scrypt of Node.
    const { address, kdf, cipher } = JSON.parse(text) as {
      address: string;
      kdf: { log_n: number; salt: string };
      cipher: { nonce: string; ciphertext: string };
    };
    assert.equal(kdf.log_n, 17);
    const bytes = (hex: string) => Buffer.from(hex.slice(2), 'hex');
    const sizes = { N: 2 ** kdf.log_n, r: 8, p: 1, maxmem: 2 ** 29 };
    const key = scryptSync(password, bytes(kdf.salt), 32, sizes);
    const opened = createDecipheriv('chacha20-poly1305', key, bytes(cipher.nonce), { authTagLength: 16 });
    opened.setAAD(Buffer.from(`assay/wallet key/2${address}`), { plaintextLength: 32 });
    const sealed = bytes(cipher.ciphertext);
    opened.setAuthTag(sealed.subarray(32));
    assert.equal(toHex(Buffer.concat([opened.update(sealed.subarray(0, 32)), opened.final()])), toHex(seed));
    const other = files[1 - at];
    assert.ok(other);
    assert.notDeepEqual(bytes(kdf.salt), Buffer.from(other.salt));
    assert.notDeepEqual(bytes(cipher.nonce), Buffer.from(other.nonce));
  }
});

const program = process.env['ASSAY_BIN'] ?? '';
const skip = program === '' && 'ASSAY_BIN names no program `assay` to share files with';

describe('the command line', { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'assay-key-file-'));
  after(() => rmSync(directory, { recursive: true }));
  const path = (name: string) => join(directory, name);
  const put = (name: string, text: string) => {
    writeFileSync(path(name), text, { mode: 0o600 });
    return path(name);
  };
  const wallet = (key: string, ...rest: string[]) => {
    const command = ['wallet', '--key', path(key), ...rest];
    const { status, stdout, stderr } = spawnSync(program, command, { encoding: 'utf8' });
    return { status, stdout: stdout.trim(), stderr };
  };
  const password = 'pässword 🔑';
  const passwords = ['--password-file', put('password', `${password}\n`)];

  test('opens a file that this package encrypted', async () => {
    const seed = randomSeed();
    put('ours', await encryptKeyFile(seed, 'development', password));
    const address = SecretKey.fromSeed(seed).address('development');
    assert.deepEqual(wallet('ours', 'address'), { status: 0, stdout: address, stderr: '' });
    const opened = wallet('ours', ...passwords, 'export', path('opened'), '--plain');
    assert.equal(opened.status, 0, opened.stderr);
    assert.equal(readFileSync(path('opened'), 'utf8'), formatKeyFile(seed, 'development'));
    const other = wallet('ours', '--password-file', put('other', 'pässword'), 'export', path('never'), '--plain');
    assert.equal(other.status, 1);
    assert.match(other.stderr, /the password does not open/);
  });

  test('encrypts a file that this package opens', async () => {
    const made = wallet('theirs', ...passwords, 'new', '--network', 'public');
    assert.equal(made.status, 0, made.stderr);
    assert.equal(statSync(path('theirs')).mode & 0o777, 0o600);
    const file = encryptedFile(readFileSync(path('theirs'), 'utf8'));
    assert.equal(file.address, wallet('theirs', 'address').stdout);
    const seed = await unlockKeyFile(file, password);
    assert.equal(SecretKey.fromSeed(seed).address('public'), file.address);
    await assert.rejects(unlockKeyFile(file, 'pässword'), refused('wrong_password'));
    const plain = wallet('theirs', ...passwords, 'password', '--remove');
    assert.equal(plain.status, 0, plain.stderr);
    assert.equal(readFileSync(path('theirs'), 'utf8'), formatKeyFile(seed, 'public'));
  });
});
