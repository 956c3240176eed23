// Makes circomlibjs.json: what circomlibjs 0.1.7 computes. From an empty directory:
//   npm install circomlibjs@0.1.7 && node <path>/generate.mjs > <path>/circomlibjs.json
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const { buildEddsa, buildPoseidon } = require("circomlibjs");
const eddsa = await buildEddsa();
const poseidon = await buildPoseidon();
const { babyJub } = eddsa;
const { F } = babyJub;

// A fixed sequence of field elements (not random in any strong sense).
let state = 1n;
const next = () => (state = (state * 6364136223846793005n + 1442695040888963407n) ** 5n % F.p);
const text = (element) => F.toObject(element).toString();
const point = (p) => p.map(text);
const hex = (bytes) => Buffer.from(bytes).toString("hex");

const hashes = [];
for (let inputs = 1; inputs <= 16; inputs++) {
  for (let i = 0; i < 3; i++) {
    const values = Array.from({ length: inputs }, () => (i === 0 ? F.p - 1n : next()));
    hashes.push({ inputs: values.map(String), hash: text(poseidon(values)) });
  }
}

const signatures = [];
for (let i = 0; i < 8; i++) {
  const seed = Buffer.from(next().toString(16).padStart(64, "0"), "hex");
  const message = i === 0 ? 0n : next();
  const key = eddsa.prv2pub(seed);
  const signature = eddsa.signPoseidon(seed, F.e(message));
  if (!eddsa.verifyPoseidon(F.e(message), signature, key)) throw new Error("does not verify");
  signatures.push({
    seed: hex(seed),
    public_key: point(key),
    compressed: hex(babyJub.packPoint(key)),
    message: message.toString(),
    signature: { r8: point(signature.R8), s: signature.S.toString() },
  });
}

const sums = [];
for (let i = 0; i < 4; i++) {
  const scalar = next() % babyJub.subOrder;
  const a = babyJub.mulPointEscalar(babyJub.Base8, scalar);
  const b = babyJub.mulPointEscalar(babyJub.Generator, next());
  sums.push({
    scalar: scalar.toString(),
    base8_multiple: point(a),
    other: point(b),
    sum: point(babyJub.addPoint(a, b)),
    double_other: point(babyJub.addPoint(b, b)),
  });
}

console.log(JSON.stringify({ hashes, signatures, sums }, null, 1));
process.exit(0);
