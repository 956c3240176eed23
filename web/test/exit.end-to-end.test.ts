/** Leaving a frozen rollup with a packet that was made here and a proof of the WebAssembly, on the contract itself. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  SecretKey,
  decodeFlag,
  isEscapedCall,
  parseUnits,
  randomSeed,
  rollupOf,
  verifierKeyCall,
  type ContractCall,
  type ExitPacket,
  type Hex,
  type Rollup,
} from '@assay/client';
import { Devnet } from '../../clients/typescript/test/devnet.js';
import { LeaveError, leaveCall, type Leaving } from '../src/exit/leave.js';
import { Packets, makePacket, packetFile } from '../src/exit/packets.js';
import type { AskProofs } from '../src/proofs/ask.js';
import { escapeKeyDigest, shapeKeyDigest } from '../src/proofs/contract-key.js';
import { Proofs } from '../src/proofs/module.js';
import { formatKeyFile } from '@assay/client/key-file';
import { LONG_MS, program } from './browser.js';

const skip = program === '' && 'ASSAY_BIN names no program `assay`, so there is no rollup to leave';
/** `governor()` and `retireShape(uint8)`: with its last shape retired the rollup is frozen. */
const [GOVERNOR, RETIRE_SHAPE] = ['0x0c340a24', '0x3f41059c'] as const;

/** With one bit changed in the middle, where the points are. */
function changedInside(bytes: Uint8Array): Uint8Array {
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes;
}

describe('leaving', { skip, timeout: LONG_MS }, () => {
  const seed = randomSeed();
  const key = SecretKey.fromSeed(seed);
  let devnet: Devnet;
  let rollup: Rollup;
  let address: string;
  let packet: ExitPacket;
  let proofs: Proofs;
  let directory: string;

  before(async () => {
    devnet = await Devnet.start(program);
    const { chain_id, contract } = devnet.announcement;
    rollup = rollupOf(chain_id, contract);
    address = key.address(rollup.network);
    proofs = await Proofs.of(readFileSync(new URL('../dist/proofs.wasm', import.meta.url)));
    directory = mkdtempSync(join(tmpdir(), 'assay-exit-'));
  });
  after(async () => {
    await devnet?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const read = (call: ContractCall): Promise<Hex> => devnet.read(call);
  const ask: AskProofs = (call, inputs) => Promise.resolve({ answer: proofs.call(call, inputs), tookMs: 0 });
  async function provingKey(): Promise<Uint8Array> {
    const answer = await fetch(`${devnet.announcement.node_url}/v1/keys/escape.proving.key`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  test('the packet is the one that `assay wallet packet` writes', async () => {
    assert.equal(await makePacket(devnet.node, rollup, address, undefined), undefined);
    const [entry] = await devnet.deposit(rollup, address, parseUnits('2', 18));
    await devnet.node.waitForEntry(entry ?? 0n, 'final');
    const made = await makePacket(devnet.node, rollup, address, undefined);
    assert.ok(made);
    packet = made;
    assert.equal(packet.accounts[0]?.balance, parseUnits('2', 18).toString());
    const [keyFile, out] = ['key.json', 'packet.json'].map((name) => join(directory, name)) as [string, string];
    writeFileSync(keyFile, formatKeyFile(seed, rollup.network), { mode: 0o600 });
    const command = ['wallet', '--key', keyFile, '--node', devnet.announcement.node_url, 'packet', '--out', out];
    const { status, stderr } = spawnSync(program, command, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(readFileSync(out, 'utf8')), JSON.parse(packetFile(packet)));
  });

  test('the browser keeps it by rollup and address', () => {
    const held = new Map<string, string>();
    const store = {
      getItem: (name: string) => held.get(name) ?? null,
      setItem: (name: string, text: string) => void held.set(name, text),
      removeItem: (name: string) => void held.delete(name),
    };
    const packets = new Packets(store, rollup.domain.toString(), address);
    assert.equal(packets.read(), undefined);
    packets.write(packet);
    assert.deepEqual(packets.read(), packet);
    assert.equal(new Packets(store, rollup.domain.toString(), 'another').read(), undefined);
    for (const name of held.keys()) held.set(name, '{"format":"something else"}');
    assert.equal(packets.read(), undefined);
  });

  test('the digests of the contract’s keys are those that the node names', async () => {
    const { shapes } = await devnet.node.status();
    const batch = await devnet.node.batch(1);
    const [shape] = shapes.filter(({ name }) => name === batch.shape);
    assert.equal(await shapeKeyDigest(read, rollup, batch.header.shape), shape?.verifying_key_sha256);
    await assert.rejects(shapeKeyDigest(read, rollup, 99), /no shape 99/);
    assert.match(await escapeKeyDigest(read, rollup), /^0x[0-9a-f]{64}$/);
  });

  test('a frozen rollup pays what was proved, once, and nothing that is not so', async () => {
    const governor = await read({ to: rollup.contract, data: GOVERNOR, value: 0n });
    const { header } = await devnet.node.batch(packet.batch);
    const shape = header.shape.toString(16).padStart(64, '0');
    const retire = { to: rollup.contract, data: `${RETIRE_SHAPE}${shape}`, value: 0n } as const;
    await devnet.execute(retire, `0x${governor.slice(-40)}`);

    const [account] = packet.accounts;
    assert.ok(account);
    const payer = devnet.l1Account(4);
    const to = '0x00000000000000000000000000000000000000b0' as const;
    const told: Leaving[] = [];
    const options = {
      ...{ rollup, packet, account, to, key, read, ask, provingKey },
      tell: (waiting: Leaving) => void told.push(waiting),
    };
    const otherKey = async (call: ContractCall): Promise<Hex> => {
      const answer = await read(call);
      return call.data === verifierKeyCall(to).data
        ? `${answer.slice(0, -1) as Hex}${answer.endsWith('0') ? 1 : 0}`
        : answer;
    };
    const wrong: [string, object, RegExp][] = [
      ['a balance that is not there', { account: { ...account, balance: `${account.balance}0` } }, /not in the state/],
      ['another account', { account: { ...account, index: account.index + 1 } }, /not in the state/],
      ['a stranger’s signature', { key: SecretKey.fromSeed(randomSeed()) }, /not signed by the account's owner/],
      ['another key', { provingKey: async () => (await provingKey()).fill(0, 0, 8) }, /no key file/],
      ['a contract with another key', { read: otherKey }, /the contract's is 0x/],
      ['a damaged key', { provingKey: async () => changedInside(await provingKey()) }, /damaged/],
    ];
    for (const [what, other, refusal] of wrong) {
      await assert.rejects(leaveCall({ ...options, ...other }), refusal, what);
    }
    const stale = { ...packet, root: `0x${'00'.repeat(32)}` as const };
    await assert.rejects(leaveCall({ ...options, packet: stale }), LeaveError);

    const call = await leaveCall(options);
    assert.deepEqual(told.slice(-3), ['contract', 'key', 'proof']);
    await devnet.execute(call, payer);
    assert.equal(BigInt(await devnet.rpc<Hex>('eth_getBalance', to, 'latest')), parseUnits('2', 18));
    assert.equal(decodeFlag(await read(isEscapedCall(rollup, account.index))), true);
    await assert.rejects(leaveCall(options), /has left already/);
  });
});
