// How long keys, signatures and checks take here: the median of a hundred, and the
// first, which makes what the others use again. Key files last.
import { SecretKey, parseAddress, randomSeed, rollupOf, signOrder, transactionHash, verifyOrder } from '@assay/client';
import { encryptKeyFile, parseKeyFile, unlockKeyFile } from '@assay/client/key-file';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const key = SecretKey.fromSeed(randomSeed());
const to = SecretKey.fromSeed(randomSeed()).address('development');
const order = (nonce) => ({ kind: 'transfer', from: 1, nonce, token: 0, to, amount: 5n, fee: 0n, expires: 9 });
let signed;

function measure(what, work) {
  const times = [];
  for (let run = 0; run < 101; run += 1) {
    const start = performance.now();
    work(run);
    times.push(performance.now() - start);
  }
  const [first, ...rest] = times;
  const median = rest.sort((one, other) => one - other)[50];
  console.log(`${what.padEnd(24)} ${median.toFixed(2).padStart(8)} ms  (first ${first.toFixed(1)} ms)`);
}

console.log(`Node ${process.versions.node}`);
measure('seed to key', () => SecretKey.fromSeed(randomSeed()));
measure('sign an order', (nonce) => (signed = signOrder(order(nonce), rollup, key)));
measure('hash of a transaction', () => transactionHash(signed, rollup));
measure('verify an order', () => verifyOrder(signed, rollup, key.publicKey));
measure('parse an address', () => parseAddress(to));

/** The median of a few, since each takes as long as it is meant to. */
async function measureFew(what, work) {
  const times = [];
  for (let run = 0; run < 5; run += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  console.log(
    `${what.padEnd(24)} ${times
      .sort((one, other) => one - other)[2]
      .toFixed(0)
      .padStart(8)} ms`,
  );
}
let text;
await measureFew('encrypt a key file', async () => (text = await encryptKeyFile(randomSeed(), 'public', 'password')));
await measureFew('open a key file', () => unlockKeyFile(parseKeyFile(text), 'password'));
