// Key files for docs/spec/vectors.json, by scrypt and the cipher of Node, which neither this package nor the program uses.
import { createCipheriv, scryptSync } from 'node:crypto';

const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
const counted = (first, length) => Uint8Array.from({ length }, (_, at) => first + at);
const pretty = (file) => JSON.stringify(file, undefined, 2);

/** A file of version 2 as docs/spec/wallet-file.md says. */
function encrypted({ seed, network, address, password, log_n, salt, nonce }) {
  const N = 2 ** log_n;
  const key = scryptSync(password, salt, 32, { N, r: 8, p: 1, maxmem: 2 * 128 * 8 * N });
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(Buffer.from(`assay/wallet key/2${address}`), { plaintextLength: 32 });
  const sealed = [cipher.update(Buffer.from(seed.slice(2), 'hex')), cipher.final(), cipher.getAuthTag()];
  return {
    ...{ format: 'assay-wallet-key', version: 2, network, address },
    kdf: { name: 'scrypt', log_n, r: 8, p: 1, salt: hex(salt) },
    cipher: { name: 'chacha20-poly1305', nonce: hex(nonce), ciphertext: hex(Buffer.concat(sealed)) },
  };
}

/** Lists `key_files` and `invalid_key_files` of the keys of the vectors. */
export function keyFileVectors(keys) {
  const [first, second, third] = keys;
  const cheap = {
    ...{ seed: first.seed, network: 'development', address: first.development, password: 'pässword one' },
    ...{ log_n: 14, salt: counted(0, 32), nonce: counted(100, 12) },
  };
  const usual = {
    ...{ seed: second.seed, network: 'public', address: second.public, password: ' two  words \u{1f511} ' },
    ...{ log_n: 17, salt: counted(200, 32), nonce: counted(7, 12) },
  };
  const foreign = { ...cheap, seed: second.seed };
  const [locked, wrong] = [encrypted(cheap), encrypted(foreign)];
  const open = { format: 'assay-wallet-key', version: 1, network: 'public', address: third.public, seed: third.seed };
  const key_files = [
    { seed: open.seed, password: null, text: pretty(open) },
    { seed: cheap.seed, password: cheap.password, text: pretty(locked) },
    { seed: usual.seed, password: usual.password, text: pretty(encrypted(usual)) },
  ];

  /** The file at this place of `key_files`, in which one thing is another. */
  const bad = (file, code, why, from, to, password = key_files[file].password) => {
    if (key_files[file].text.split(from).length !== 2) throw new Error(`${from} does not stand in it once`);
    return { file, why, from, to, password, code };
  };
  const [PLAIN, LOCKED] = [0, 1];
  const no = (why, from, to) => bad(LOCKED, 'not_a_key_file', why, from, to);
  const noPlain = (why, from, to) => bad(PLAIN, 'not_a_key_file', why, from, to);
  const version = (to) => bad(LOCKED, 'unknown_version', `version ${to}`, '"version": 2', `"version": ${to}`);
  const cost = (name, from, to) => bad(LOCKED, 'too_costly', `${name} ${to}`, `"${name}": ${from}`, `"${name}": ${to}`);
  const unfit = (why, from, to) => bad(LOCKED, 'wrong_password', why, from, to);
  const unlike = (why, password) => bad(LOCKED, 'wrong_password', why, '"format"', '"format"', password);
  const [kdf, cipher] = [locked.kdf, locked.cipher].map((object) => pretty(object).replaceAll('\n', '\n  '));
  const array = (object) => JSON.stringify(Object.values(object));
  const last = (text, length = 1) => `${text.slice(-length)}"`;
  const invalid_key_files = [
    no('nothing', key_files[LOCKED].text, ''),
    no('null', key_files[LOCKED].text, 'null'),
    no('an array', key_files[LOCKED].text, array(locked)),
    no('cut off', '\n}', ''),
    no('more behind it', '\n}', '\n}{}'),
    no('another format', 'assay-wallet-key', 'assay-page-wallet'),
    no('version 1, without its fields', '"version": 2', '"version": 1'),
    noPlain('version 2, without its fields', '"version": 1', '"version": 2'),
    version(0),
    version(3),
    no('a number as text', '"r": 8', '"r": "8"'),
    no('a fraction', '"log_n": 14', '"log_n": 14.0'),
    no('an unknown field', '"format"', '"more": 1, "format"'),
    no('an unknown field of kdf', '"name": "scrypt"', '"more": 1, "name": "scrypt"'),
    no('an unknown field of cipher', '"name": "chacha', '"more": 1, "name": "chacha'),
    noPlain('an unknown field of a plain file', '"format"', '"more": 1, "format"'),
    no('a field twice', '"version": 2', '"version": 2, "version": 2'),
    no('a field of kdf twice', '"p": 1', '"p": 1, "p": 1'),
    noPlain('the seed twice', '"seed": ', `"seed": "${second.seed}", "seed": `),
    no('a field missing', '"p": 1,', ''),
    no('kdf as an array', kdf, array(locked.kdf)),
    no('cipher as an array', cipher, array(locked.cipher)),
    no('another kdf', 'scrypt', 'argon2id'),
    no('another cipher', 'chacha20-poly1305', 'aes-256-gcm'),
    no('a salt of 31 bytes', '0x0001', '0x01'),
    no('a nonce of 13 bytes', '0x6465', '0x006465'),
    no('a ciphertext of 47 bytes', last(locked.cipher.ciphertext, 2), '"'),
    no('no 0x', '0x6465', '6465'),
    noPlain('a seed of 31 bytes', '0xff', '0x'),
    no('no address', last(first.development), '"'),
    no('no kind of network', '"development"', '"private"'),
    bad(LOCKED, 'damaged', 'the other kind of network', '"development"', '"public"'),
    bad(PLAIN, 'damaged', 'the other kind of network in a plain file', '"public"', '"development"'),
    bad(PLAIN, 'damaged', 'the address of another in a plain file', third.public, second.public),
    bad(LOCKED, 'damaged', 'the seed of another', locked.cipher.ciphertext, wrong.cipher.ciphertext),
    ...[0, 13, 21, 32, 255].map((log_n) => cost('log_n', 14, log_n)),
    ...[1, 16].map((r) => cost('r', 8, r)),
    ...[0, 2].map((p) => cost('p', 1, p)),
    unfit('the address of another', first.development, second.development),
    unfit('another cost', '"log_n": 14', '"log_n": 15'),
    unfit('another salt', '0x0001', '0x0101'),
    unfit('another nonce', '0x6465', '0x6565'),
    unfit('another tag', last(locked.cipher.ciphertext), '0"'),
    unlike('another password', 'pässword two'),
    unlike('the password in other code points', cheap.password.normalize('NFD')),
  ];
  return { key_files, invalid_key_files };
}
