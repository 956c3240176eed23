// SPDX-License-Identifier: MIT OR Apache-2.0
// Changes the contracts in one place after the other and asks whether their tests notice; run by
// mutate.sh.
//
// Compiling takes longer than testing, so one compilation carries many changes: each asks the
// block's maker whether it is its turn, and the tests let the chain's maker be the number in
// ASSAY_MUTANT. What is compiled is otherwise what is deployed.
"use strict";
const { spawn } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");
const solc = require("solc");
const { findMutants } = require("./mutants");

// Contracts that tests deploy, and the sources in production.
const TESTED = ["Assay", "EscapeVerifier", "Groth16Verifier", "VerifierFactory"];
const CODE_MAX = 24_576;
// Numbers of mutants as makers, above the addresses of precompiles. The one before is nobody's.
const FIRST = 0x1_0000;
const TIMEOUT_MS = 300_000;
// Where a mutant is most likely noticed; then everything.
const NEAREST = {
  "Assay.sol": ["submits", "encoding", "taking", "rescue"],
  "Config.sol": ["deployment", "governance"],
  "Curve.sol": ["queue"],
  "Encoding.sol": ["encoding", "submits"],
  "EscapeVerifier.sol": ["verifier"],
  "Exits.sol": ["exits", "claims"],
  "Governance.sol": ["governance"],
  "Groth16.sol": ["verifier"],
  "Groth16Verifier.sol": ["verifier"],
  "Payments.sol": ["queue", "claims"],
  "Queue.sol": ["queue"],
  "Records.sol": ["taking", "submits"],
  "Standing.sol": ["deployment", "rescue"],
  "Statement.sol": ["submits"],
  "VerifierFactory.sol": ["verifier"],
  "Verifying.sol": ["submits", "exits"],
};

const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(name);
  return at < 0 ? otherwise : args[at + 1];
};
const all = args.includes("--all");
const seed = Number(option("--seed", Date.now() % 1_000_000));
const sample = Number(option("--sample", 20));
const only = option("--file", "");
const jobs = Number(option("--jobs", Math.max(1, os.cpus().length)));
const binary = option("--tests", "");

const settings = JSON.parse(fs.readFileSync("settings.json", "utf8"));
const names = fs.readdirSync("src").filter((name) => name.endsWith(".sol"));
const original = Object.fromEntries(
  [...names.map((name) => `src/${name}`), "src/test/Hostile.sol"].map((f) => [f, fs.readFileSync(f, "utf8")]),
);

const compile = (sources, outputSelection) => {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([f, content]) => [f, { content }])),
    settings: { ...settings, outputSelection },
  };
  return JSON.parse(solc.compile(JSON.stringify(input)));
};

// A random number in [0, 1) for each call (mulberry32).
const random = (() => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
})();

// Whether two changes can be in one source: a change that repeats its text holds no other, and
// no two are of the same text.
const conflict = (a, b) => {
  if (a.file !== b.file || a.end <= b.start || b.end <= a.start) return false;
  const [outer, inner] = a.end - a.start >= b.end - b.start ? [a, b] : [b, a];
  if (outer.start === inner.start && outer.end === inner.end) return true;
  return outer.repeats || inner.start < outer.start || inner.end > outer.end;
};

const chunksOf = (mutants, size) => {
  const chunks = [];
  for (const mutant of mutants) {
    let chunk = chunks.find((c) => c.length < size && !c.some((other) => conflict(mutant, other)));
    if (!chunk) chunks.push((chunk = []));
    chunk.push(mutant);
  }
  return chunks;
};

// The text of a range with the changes in it applied, outer ones around inner ones.
const apply = (text, start, end, edits) => {
  const outermost = edits.filter(
    (e) => !edits.some((o) => o !== e && o.start <= e.start && o.end >= e.end),
  );
  let out = "";
  let at = start;
  for (const edit of outermost.sort((a, b) => a.start - b.start)) {
    const inner = edits.filter((e) => e !== edit && e.start >= edit.start && e.end <= edit.end);
    out += text.slice(at, edit.start) + edit.change(apply(text, edit.start, edit.end, inner), edit.number);
    at = edit.end;
  }
  return out + text.slice(at, end);
};

// The sources with the changes of a chunk.
const changed = (chunk) => {
  const sources = { ...original };
  for (const file of new Set(chunk.map((m) => m.file))) {
    sources[file] = apply(original[file], 0, original[file].length, chunk.filter((m) => m.file === file));
  }
  // A function that asks for the maker is not pure, nor are those that call it.
  for (const file of Object.keys(sources)) {
    if (file !== "src/test/Hostile.sol") sources[file] = sources[file].replace(/\bpure\b/g, "view");
  }
  sources["src/Standing.sol"] = sources["src/Standing.sol"].replace(
    "    modifier nonReentrant() {",
    `    modifier nonReentrantUnless(bool off) {
        if (!off) {
            if (_entered) revert Reentered();
            _entered = true;
        }
        _;
        if (!off) _entered = false;
    }

    modifier nonReentrant() {`,
  );
  return sources;
};

// Compiles a chunk into a folder of artifacts; several where it does not fit.
const build = (chunk, folder) => {
  const sources = changed(chunk);
  const output = compile(sources, {
    ...Object.fromEntries(
      TESTED.map((name) => [`src/${name}.sol`, { [name]: ["evm.bytecode.object", "evm.deployedBytecode.object"] }]),
    ),
  });
  const errors = (output.errors || []).filter((e) => e.severity === "error");
  const contract = (name) => output.contracts[`src/${name}.sol`][name].evm;
  const fits = errors.length === 0 && TESTED.every((n) => contract(n).deployedBytecode.object.length / 2 <= CODE_MAX);
  if (fits) {
    fs.cpSync("artifacts", folder, { recursive: true });
    for (const name of TESTED) {
      const artifact = { contractName: name, bytecode: "0x" + contract(name).bytecode.object };
      fs.writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(artifact));
    }
    return [{ chunk, folder }];
  }
  if (chunk.length === 1) {
    chunk[0].invalid = errors.length ? errors[0].formattedMessage : "too large";
    return [];
  }
  const half = chunk.length >> 1;
  return [...build(chunk.slice(0, half), folder + "a"), ...build(chunk.slice(half), folder + "b")];
};

// Runs tests until one fails; true where none does.
const passes = (folder, maker, filters) => new Promise((resolve) => {
  const skip = ["--skip", "gas::", "--skip", "artifacts::"];
  const child = spawn(binary, [...filters.map((f) => `contracts::tests::${f}`), ...skip, "--test-threads=1"], {
    cwd: "..",
    env: { ...process.env, ASSAY_ARTIFACTS: folder, ASSAY_MUTANT: maker, RUST_BACKTRACE: "0" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let text = "";
  let failed = false;
  const stop = () => {
    failed = true;
    child.kill("SIGKILL");
  };
  const timer = setTimeout(stop, TIMEOUT_MS);
  child.stdout.on("data", (data) => {
    text = (text + data).slice(-4096);
    if (/\.\.\. FAILED/.test(text)) stop();
  });
  child.on("close", (code) => {
    clearTimeout(timer);
    resolve(!failed && code === 0);
  });
});

const survives = async (mutant, folder) => {
  const maker = String(FIRST + mutant.number);
  const near = NEAREST[path.basename(mutant.file)];
  return (await passes(folder, maker, near.map((module) => `${module}::`))) && passes(folder, maker, [""]);
};

const found = findMutants(compile(original, { "*": { "": ["ast"] } }), original, FIRST);

const main = async () => {
  if (!binary) throw new Error("run mutate.sh");
  let mutants = found.filter((m) => m.file.includes(only));
  if (!all && !only) {
    console.log(`a sample of ${sample} with --seed ${seed}; --all takes all`);
    mutants = mutants.map((m) => [random(), m]).sort((a, b) => a[0] - b[0]).slice(0, sample).map(([, m]) => m);
  }
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "assay-mutants-"));
  const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);
  const survivors = [];
  let done = 0;
  const queue = chunksOf(mutants, 48);
  for (let i = 0; i < queue.length; ++i) {
    progress(`${done} of ${mutants.length} mutants, compiling`);
    for (const { chunk, folder } of build(queue[i], path.join(work, String(i)))) {
      if (!(await passes(folder, String(FIRST - 1), [""]))) throw new Error(`the tests fail without a change: ${folder}`);
      const waiting = [...chunk];
      const worker = async () => {
        for (let mutant; (mutant = waiting.shift()); ) {
          if (await survives(mutant, folder)) survivors.push(mutant);
          progress(`${++done} of ${mutants.length} mutants, ${survivors.length} survived`);
        }
      };
      await Promise.all(Array.from({ length: jobs }, worker));
      fs.rmSync(folder, { recursive: true });
    }
  }
  progress("");
  fs.rmSync(work, { recursive: true });

  const invalid = mutants.filter((m) => m.invalid);
  invalid.forEach((m) => console.log(`does not compile: ${m.name}\n${m.invalid}`));
  const known = fs.readFileSync("survivors.txt", "utf8").split("\n").filter((l) => l && !l.startsWith("#") && !l.startsWith(" "));
  const fresh = survivors.filter((m) => !known.includes(m.name));
  survivors.sort((a, b) => a.number - b.number).forEach((m) => {
    console.log(`${known.includes(m.name) ? "known" : "NEW"}: ${m.name}   (${m.file}:${m.line})`);
  });
  if (all) {
    const gone = known.filter((name) => !survivors.some((m) => m.name === name));
    gone.forEach((name) => console.log(`killed, but in survivors.txt: ${name}`));
    if (gone.length) process.exitCode = 1;
  }
  console.log(`${mutants.length - invalid.length} mutants, ${survivors.length} survived`);
  if (fresh.length || invalid.length) process.exitCode = 1;
};

main().catch((error) => {
  console.error(error);
  process.exit(2);
});
