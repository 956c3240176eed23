// SPDX-License-Identifier: MIT OR Apache-2.0
// Changes the contracts in one place after the other and asks whether their tests notice; run by
// mutate.sh.
//
// Compiling takes longer than testing, so one compilation carries many changes: each asks the
// block's maker whether it is its turn, and the tests let the chain's maker be the number in
// ASSAY_MUTANT. What is compiled is otherwise what is deployed. Of the tests, those are run that come
// across the change, until one fails.
"use strict";
const { spawn, spawnSync } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");
const solc = require("solc");
const { findMutants } = require("./mutants");

// Contracts that tests deploy, and the sources in production.
const TESTED = ["Announced", "Assay", "EscapeVerifier", "Groth16Verifier", "VerifierFactory"];
// So many changes in one compilation leave room below the gas that a deployment may use.
const CHUNK = 400;
// Numbers of mutants as makers of blocks: three bytes, as few other numbers in code are.
const FIRST = 0xa5_0000;
const NOBODY = FIRST - 2;
const TIMEOUT_MS = 900_000;
// Without a terminal, a line of progress so often.
const PROGRESS_MS = 60_000;
// Not asked: what is about gas and size, which the questions add to; files; and random tests.
const SKIPPED = /::(gas|artifacts|fuzz\w*)::|::a_deployment_fits_into_transactions$/;
// These run the EVM by themselves, where the survey does not see what they come across.
const BY_THEMSELVES = /::coefficients::/;

const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(name);
  return at < 0 ? otherwise : args[at + 1];
};
const all = args.includes("--all");
const seed = Number(option("--seed", Date.now() % 1_000_000));
const sample = Number(option("--sample", 20));
const only = option("--only", "");
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

// Whether a change is written around another one: its place holds the other's, or is the same.
const around = (outer, inner) => {
  if (outer === inner || outer.start > inner.start || outer.end < inner.end) return false;
  const same = outer.start === inner.start && outer.end === inner.end;
  return !same || outer.number < inner.number;
};

// The text of a range with the changes in it applied, outer ones around inner ones.
const apply = (text, start, end, edits) => {
  const outermost = edits.filter((edit) => !edits.some((other) => around(other, edit)));
  let out = "";
  let at = start;
  for (const edit of outermost.sort((a, b) => a.start - b.start)) {
    const inner = edits.filter((other) => around(edit, other));
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

// Compiles a chunk into a folder of artifacts, or parts of it where not all of it compiles.
const build = (chunk, folder) => {
  const output = compile(changed(chunk), {
    ...Object.fromEntries(TESTED.map((name) => [`src/${name}.sol`, { [name]: ["evm.bytecode.object"] }])),
  });
  const errors = (output.errors || []).filter((e) => e.severity === "error");
  if (errors.length === 0) {
    fs.cpSync("artifacts", folder, { recursive: true });
    for (const name of TESTED) {
      const { object } = output.contracts[`src/${name}.sol`][name].evm.bytecode;
      fs.writeFileSync(path.join(folder, `${name}.json`), JSON.stringify({ contractName: name, bytecode: "0x" + object }));
    }
    return [{ chunk, folder }];
  }
  if (chunk.length === 1) {
    chunk[0].invalid = errors[0].formattedMessage;
    return [];
  }
  const half = chunk.length >> 1;
  return [...build(chunk.slice(0, half), folder + "a"), ...build(chunk.slice(half), folder + "b")];
};

// Whether a test passes with the contracts in a folder while one mutant has its turn.
const passes = (test, folder, number, reached) => new Promise((resolve) => {
  const env = { ...process.env, ASSAY_ARTIFACTS: folder, ASSAY_MUTANT: String(number), RUST_BACKTRACE: "0" };
  if (reached) env.ASSAY_REACHED = reached;
  const child = spawn(binary, ["--exact", test, "--test-threads=1"], { cwd: "..", env, stdio: "ignore" });
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
  child.on("close", (code) => {
    clearTimeout(timer);
    resolve(code === 0);
  });
});

// Calls `work` for every item, so many at a time as there are jobs.
const inParallel = (items, work) => {
  const waiting = [...items];
  const worker = async () => {
    while (waiting.length) await work(waiting.shift());
  };
  return Promise.all(Array.from({ length: jobs }, worker));
};

// Runs every test without a change: how long each takes, and which mutants' places it comes across.
// A test that comes across none of a mutant's cannot notice it.
const survey = async (tests, folder) => {
  const surveyed = [];
  await inParallel(tests, async (name) => {
    const file = path.join(folder, `${name}.reached`);
    const begin = Date.now();
    if (!(await passes(name, folder, NOBODY, file))) throw new Error(`${name} fails without a change`);
    const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    const reached = new Set(text.split("\n").filter(Boolean).map((line) => parseInt(line, 16)));
    surveyed.push({ name, ms: Date.now() - begin, reached });
  });
  return surveyed;
};

// How often a test noticed a mutant of a function: it is asked first for the next one.
const noticed = new Map();

const survives = async (mutant, folder, surveyed) => {
  const key = (test) => `${mutant.place} ${test.name}`;
  const reaching = surveyed.filter(
    ({ name, reached }) => reached.has(mutant.number) || reached.has(mutant.number - 1) || BY_THEMSELVES.test(name),
  );
  reaching.sort((a, b) => (noticed.get(key(b)) || 0) - (noticed.get(key(a)) || 0) || a.ms - b.ms);
  for (const test of reaching) {
    if (await passes(test.name, folder, mutant.number)) continue;
    noticed.set(key(test), (noticed.get(key(test)) || 0) + 1);
    mutant.killer = test.name;
    return false;
  }
  mutant.asked = reaching.length;
  return true;
};

const found = findMutants(compile(original, { "*": { "": ["ast"] } }), original, FIRST);

const choose = () => {
  const mutants = found.filter((m) => new RegExp(only).test(m.name));
  if (all || only) return mutants;
  console.log(`a sample of ${sample} with --seed ${seed}; --all takes all`);
  return mutants.map((m) => [random(), m]).sort((a, b) => a[0] - b[0]).slice(0, sample).map(([, m]) => m);
};

// Compares the survivors with those in survivors.txt and sets the exit code.
const report = (mutants, survivors) => {
  const invalid = mutants.filter((m) => m.invalid);
  invalid.forEach((m) => console.log(`does not compile: ${m.name}\n${m.invalid}`));
  const known = fs.readFileSync("survivors.txt", "utf8").split("\n").filter((l) => /^[^# ]/.test(l));
  const fresh = survivors.filter((m) => !known.includes(m.name));
  fresh.forEach((m) => console.log(`not in survivors.txt: ${m.name}`));
  const gone = known.filter((name) => (all || mutants.some((m) => m.name === name)) && !survivors.some((m) => m.name === name));
  gone.forEach((name) => console.log(`killed, but in survivors.txt: ${name}`));
  console.log(`${mutants.length - invalid.length} mutants, ${survivors.length} survived`);
  if (fresh.length || gone.length || invalid.length) process.exitCode = 1;
};

const main = async () => {
  if (!binary) throw new Error("run mutate.sh");
  const mutants = choose();
  const list = spawnSync(binary, ["contracts::tests::", "--list"], { encoding: "utf8" }).stdout;
  const tests = list.split("\n").filter((l) => l.endsWith(": test")).map((l) => l.slice(0, -6)).filter((t) => !SKIPPED.test(t));
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "assay-mutants-"));
  process.on("exit", () => fs.rmSync(work, { recursive: true, force: true }));
  const survivors = [];
  const begin = Date.now();
  let [done, last] = [0, 0];
  const progress = (what) => {
    const now = Date.now();
    const minutes = (ms) => `${Math.ceil(ms / 60_000)} min`;
    const rest = done ? `, ${minutes(((now - begin) / done) * (mutants.length - done))} left` : "";
    const text = `${done} of ${mutants.length} mutants, ${survivors.length} survived, ${minutes(now - begin)}${rest}${what}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
    else if (now - last > PROGRESS_MS) process.stderr.write(`${text}\n`), (last = now);
  };
  for (let first = 0; first < mutants.length; first += CHUNK) {
    progress("; compiling");
    for (const { chunk, folder } of build(mutants.slice(first, first + CHUNK), path.join(work, String(first)))) {
      progress("; running the tests without a change");
      const surveyed = await survey(tests, folder);
      await inParallel(chunk, async (mutant) => {
        if (await survives(mutant, folder, surveyed)) {
          survivors.push(mutant);
          if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
          console.log(`survived ${mutant.asked} tests: ${mutant.name}   (${mutant.file}:${mutant.line})`);
        }
        ++done;
        progress("");
      });
      fs.rmSync(folder, { recursive: true });
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  report(mutants, survivors);
};

main().catch((error) => {
  console.error(error);
  process.exit(2);
});
