// SPDX-License-Identifier: MIT OR Apache-2.0
// Compiles src/ with the pinned solc and settings.json into artifacts/; run by build.sh.
"use strict";
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");
const solc = require("solc");

// What Rust binds to.
const CONTRACTS = {
  "src/Announced.sol": ["Announced"],
  "src/Assay.sol": ["Assay"],
  "src/EscapeVerifier.sol": ["EscapeVerifier"],
  "src/Groth16Verifier.sol": ["Groth16Verifier"],
  "src/VerifierFactory.sol": ["VerifierFactory"],
  "src/TestToken.sol": ["TestToken"],
  "src/test/Hostile.sol": [
    "FeeToken", "FalseToken", "ReentrantToken", "SilentToken", "StubbornToken", "Refuser", "ReentrantReceiver", "Glutton",
    "Hungry", "Forwarder", "Newborn", "Mayfly", "Yes",
  ],
};

const sha256 = (text) => crypto.createHash("sha256").update(text).digest("hex");
const write = (name, value) => {
  const text = JSON.stringify(value, null, 1) + "\n";
  fs.writeFileSync(path.join("artifacts", name), text);
  return sha256(text);
};

const files = ["src", "src/test"]
  .flatMap((dir) => fs.readdirSync(dir).map((name) => `${dir}/${name}`))
  .filter((name) => name.endsWith(".sol"))
  .sort();
const sources = Object.fromEntries(files.map((f) => [f, { content: fs.readFileSync(f, "utf8") }]));
const settingsText = fs.readFileSync("settings.json", "utf8");
const output = JSON.parse(solc.compile(JSON.stringify({
  language: "Solidity",
  sources,
  settings: {
    ...JSON.parse(settingsText),
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
  },
})));
// 5159: a token of the tests destroys itself on purpose.
const messages = (output.errors || []).filter((message) => message.errorCode !== "5159");
for (const message of messages) console.error(message.formattedMessage);
if (messages.length > 0) process.exit(1); // warnings too

fs.rmSync("artifacts", { recursive: true, force: true });
fs.mkdirSync("artifacts");
const artifacts = {};
for (const [file, names] of Object.entries(CONTRACTS)) {
  for (const name of names) {
    const contract = output.contracts[file][name];
    const deployed = contract.evm.deployedBytecode.object.length / 2;
    console.log(`${name}: ${deployed} bytes deployed`);
    artifacts[`${name}.json`] = write(`${name}.json`, {
      contractName: name,
      abi: contract.abi,
      bytecode: "0x" + contract.evm.bytecode.object,
    });
  }
}
write("digest.json", {
  note: "written by build.sh; a test compares it with the files",
  solc: solc.version(),
  settings: sha256(settingsText),
  sources: Object.fromEntries(files.map((f) => [f, sha256(sources[f].content)])),
  artifacts,
});
