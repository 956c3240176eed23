/** The layer 1 through an Ethereum wallet: what is sent, signed and believed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContractCall, Hex } from '@assay/client';
import { EthereumFailure } from '../src/ethereum/failure.js';
import { Layer1, type Sending } from '../src/ethereum/layer1.js';
import { ACCOUNT, FakeWallet, LOWER, refuse, selectorOf, type Answer } from './fake-wallet.js';

const hash = (digit: string): Hex => `0x${digit.repeat(64)}`;
const CALL: ContractCall = { to: '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F', data: '0x12345678', value: 5n };

/** A layer 1 of one account, in which `found` says what is there after each pause. */
function chain(answers: Record<string, Answer>): { layer1: Layer1; provider: FakeWallet; states: Sending[] } {
  const provider = new FakeWallet({
    eth_chainId: () => '0x7a69',
    eth_accounts: () => [LOWER],
    eth_getBalance: () => '0x64',
    eth_estimateGas: () => '0x64',
    eth_blockNumber: () => '0x5',
    eth_sendTransaction: () => hash('a'),
    eth_getTransactionCount: () => '0x0',
    eth_getTransactionByHash: () => ({ from: LOWER, nonce: '0x0' }),
    ...answers,
  });
  const layer1 = new Layer1({ provider, account: ACCOUNT, chain: 31337, pause: async () => undefined });
  return { layer1, provider, states: [] };
}

const receipt = (status = '0x1') => ({ status, blockNumber: '0x7', logs: [] });

test('what is sent is followed into its block', async () => {
  let looks = 0;
  let sent: Record<string, string> = {};
  const { layer1, states } = chain({
    eth_sendTransaction: ((given: Record<string, string>) => {
      sent = given;
      return hash('a');
    }) as Answer,
    eth_getTransactionReceipt: () => ((looks += 1) > 2 ? receipt() : null),
  });
  const found = await layer1.send(CALL, (state) => states.push(state));
  assert.deepEqual([found.hash, found.block], [hash('a'), 7]);
  assert.deepEqual(
    states.map(({ is }) => is),
    ['checking', 'asking', 'sent', 'included'],
  );
  assert.deepEqual([sent['value'], sent['gas'], sent['from']], ['0x5', '0x7d', ACCOUNT]);
});

test('nothing is sent on another chain, from another account, without funds, or that the contract refuses', async () => {
  const cases: [Record<string, Answer>, string][] = [
    [{ eth_chainId: () => '0x1' }, 'wrong_chain'],
    [{ eth_accounts: () => [`0x${'11'.repeat(20)}`] }, 'other_account'],
    [{ eth_getBalance: () => '0x4' }, 'funds'],
    [{ eth_estimateGas: refuse(3, 'execution reverted', selectorOf.alreadyPaid) }, 'reverted'],
    [{ eth_sendTransaction: refuse(4001) }, 'rejected'],
  ];
  for (const [answers, code] of cases) {
    const { layer1, provider } = chain(answers);
    await assert.rejects(
      layer1.send(CALL, () => undefined),
      { code },
    );
    assert.equal(provider.asked.includes('eth_sendTransaction'), code === 'rejected', code);
  }
});

test('a transaction that was reverted says why, as the state before its block tells', async () => {
  const blocks: unknown[] = [];
  const { layer1 } = chain({
    eth_getTransactionReceipt: () => receipt('0x0'),
    eth_call: ((_: unknown, block: unknown) => {
      blocks.push(block);
      return refuse(3, 'execution reverted', selectorOf.alreadyPaid)();
    }) as Answer,
  });
  await assert.rejects(
    layer1.send(CALL, () => undefined),
    (failure: EthereumFailure) => {
      assert.deepEqual([failure.code, failure.hash], ['reverted', hash('a')]);
      assert.match(failure.message, /paid already.*gas is spent/);
      return true;
    },
  );
  assert.deepEqual(blocks, ['0x6']);
});

interface Other {
  readonly to: string | null;
  readonly input: string;
  readonly value: string;
  readonly from?: string;
  readonly nonce?: string;
}

/** A chain on which another transaction took the nonce. */
function replacedBy(...others: readonly Other[]) {
  const transactions = others.map((other) => ({ hash: hash('b'), from: LOWER, nonce: '0x0', ...other }));
  return chain({
    eth_getTransactionCount: () => '0x1',
    eth_blockNumber: () => '0x7',
    eth_getTransactionReceipt: ((asked: string) => (asked === hash('b') ? receipt() : null)) as Answer,
    eth_getBlockByNumber: () => ({ transactions }),
  });
}

test('the same for more gas is followed, anything else in its place is told', async () => {
  const faster = replacedBy({ to: CALL.to.toLowerCase(), input: CALL.data, value: '0x5' });
  const given = { call: CALL, fromBlock: 5, tell: (state: Sending) => faster.states.push(state) };
  assert.equal((await faster.layer1.wait(hash('a'), given)).hash, hash('b'));
  const hashes = faster.states.flatMap((state) => (state.is === 'sent' ? [state.hash] : []));
  assert.deepEqual(hashes, [hash('a'), hash('b')]);

  const cancelled = replacedBy({ to: LOWER, input: '0x', value: '0x0' });
  await assert.rejects(cancelled.layer1.wait(hash('a'), { ...given, tell: () => undefined }), {
    code: 'replaced',
    message: /Nothing of this one happened/,
  });
});

test('only the very same takes its place: another receiver, call or value is another', async () => {
  const same = { to: CALL.to, input: CALL.data, value: '0x5' };
  const others = [{ to: LOWER }, { to: null }, { input: '0x12345679' }, { value: '0x6' }];
  for (const other of others) {
    const { layer1 } = replacedBy({ ...same, ...other });
    await assert.rejects(layer1.wait(hash('a'), { call: CALL, fromBlock: 5, tell: () => undefined }), {
      code: 'replaced',
      message: /Nothing of this one happened/,
      hash: hash('b'),
    });
  }
  // Neither what others send with that nonce, nor what the account sends with another one, is in its place.
  const { layer1 } = replacedBy({ ...same, from: `0x${'11'.repeat(20)}` }, { ...same, nonce: '0x1' });
  await assert.rejects(layer1.wait(hash('a'), { call: CALL, fromBlock: 5, tell: () => undefined }), {
    code: 'replaced',
    message: /look in your wallet/,
    hash: hash('a'),
  });
  // Without the call nobody can say whether it is the same.
  const unknown = replacedBy({ to: LOWER, input: '0x', value: '0x0' });
  await assert.rejects(unknown.layer1.wait(hash('a'), { tell: () => undefined }), { message: /look in your wallet/ });
});

test('what came into its block between two questions is not said to be replaced', async () => {
  let looks = 0;
  const { layer1 } = chain({
    eth_getTransactionCount: () => '0x1',
    eth_getTransactionReceipt: () => ((looks += 1) > 1 ? receipt() : null),
  });
  assert.equal((await layer1.wait(hash('a'), { call: CALL, tell: () => undefined })).block, 7);
});

test('what another account has sent is followed by that account’s nonces', async () => {
  let looks = 0;
  const sender = `0x${'11'.repeat(20)}`;
  const { layer1 } = chain({
    eth_getTransactionByHash: () => ({ from: sender, nonce: '0x2' }),
    eth_getTransactionCount: ((asked: string) => (asked === sender ? '0x2' : '0x9')) as Answer,
    eth_getTransactionReceipt: () => ((looks += 1) > 3 ? receipt() : null),
  });
  assert.equal((await layer1.wait(hash('a'), { tell: () => undefined })).block, 7);
});

test('a wallet that is on another chain for a while loses nothing that was sent', async () => {
  let questions = 0;
  const states: Sending[] = [];
  const elsewhere = () => questions > 4 && questions < 12;
  const { layer1 } = chain({
    eth_chainId: () => ((questions += 1), elsewhere() ? '0x1' : '0x7a69'),
    eth_getTransactionReceipt: () => (questions > 12 ? receipt() : null),
    // Of the other chain, where the account has sent more.
    eth_getTransactionCount: () => (elsewhere() ? '0x9' : '0x0'),
  });
  const found = await layer1.wait(hash('a'), { call: CALL, tell: (state) => states.push(state) });
  assert.equal(found.block, 7);
  assert.ok(states.some((state) => state.is === 'sent' && state.away));
});

test('nobody waits for it any more where the waiting was ended', async () => {
  const controller = new AbortController();
  const { layer1 } = chain({ eth_getTransactionReceipt: () => (controller.abort(), null) });
  await assert.rejects(layer1.wait(hash('a'), { signal: controller.signal, tell: () => undefined }), {
    code: 'failed',
    hash: hash('a'),
  });
});

test('what is wrong here is no layer 1 that is away', async () => {
  const { layer1 } = chain({ eth_getTransactionReceipt: () => ({ status: 'nonsense', blockNumber: '0x7', logs: [] }) });
  await assert.rejects(layer1.wait(hash('a'), { tell: () => undefined }), SyntaxError);
});

test('where nobody knows why it was reverted, that it was is said', async () => {
  const cases: Answer[] = [() => '0x', refuse(-32000, 'missing trie node')];
  for (const eth_call of cases) {
    const { layer1 } = chain({ eth_getTransactionReceipt: () => receipt('0x0'), eth_call });
    await assert.rejects(layer1.wait(hash('a'), { call: CALL, tell: () => undefined }), {
      code: 'reverted',
      message: 'The contract refused it. Nothing of it happened; its gas is spent.',
    });
  }
});

test('a transaction that nobody knows any more is told of', async () => {
  let looks = 0;
  const { layer1, states } = chain({
    eth_getTransactionByHash: () => null,
    eth_getTransactionReceipt: () => ((looks += 1) > 30 ? receipt() : null),
  });
  await layer1.send(CALL, (state) => states.push(state));
  const seen = states.flatMap((state) => (state.is === 'sent' ? [state.seen] : []));
  assert.deepEqual(seen, [true, false]);
});

test('what was sent is waited for while the layer 1 is away, and is not said to have failed', async () => {
  for (const method of ['eth_getTransactionReceipt', 'eth_getTransactionByHash', 'eth_getTransactionCount']) {
    for (const refusal of [refuse(4900), refuse(-32603, 'fetch failed'), refuse(4100)]) {
      let looks = 0;
      const states: Sending[] = [];
      const answers: Record<string, Answer> = {
        eth_getTransactionReceipt: () => (looks > 2 ? receipt() : null),
        eth_getTransactionByHash: () => ({ from: LOWER, nonce: '0x0' }),
        eth_getTransactionCount: () => '0x0',
      };
      const honest = answers[method] as Answer;
      answers[method] = () => ((looks += 1) <= 2 ? refusal() : honest());
      const found = await chain(answers).layer1.send(CALL, (state) => states.push(state));
      assert.equal(found.block, 7);
      const away = states.flatMap((state) => (state.is === 'sent' ? [state.away] : []));
      assert.deepEqual(away.slice(0, 2), [false, true], method);
    }
  }
});

test('a text is signed as its bytes', async () => {
  const asked: unknown[] = [];
  const { layer1 } = chain({
    personal_sign: ((...params: unknown[]) => {
      asked.push(...params);
      return '0x00';
    }) as Answer,
  });
  await layer1.sign('Assay\n');
  assert.deepEqual(asked, ['0x41737361790a', ACCOUNT]);
});

test('a wallet that is locked, or on another chain, is told of before it signs', async () => {
  const cases: [Record<string, Answer>, string][] = [
    [{ eth_accounts: () => [] }, 'locked'],
    [{ eth_chainId: () => '0x1' }, 'wrong_chain'],
    [{ eth_accounts: () => [`0x${'11'.repeat(20)}`] }, 'other_account'],
  ];
  for (const [answers, code] of cases) {
    const { layer1, provider } = chain(answers);
    await assert.rejects(layer1.sign('x'), { code });
    assert.ok(!provider.asked.includes('personal_sign'));
  }
});

test('nothing is believed of another chain', async () => {
  const { layer1, provider } = chain({ eth_chainId: () => '0x1' });
  const questions = [
    () => layer1.read(CALL),
    () => layer1.balance(),
    () => layer1.baseFee(),
    () => layer1.time(),
    () => layer1.gasCost(CALL),
  ];
  for (const ask of questions) await assert.rejects(ask(), { code: 'wrong_chain' });
  assert.ok(provider.asked.every((method) => method === 'eth_chainId'));
});

test('an answer that names no transaction is not followed', async () => {
  const { layer1 } = chain({ eth_sendTransaction: () => null });
  await assert.rejects(
    layer1.send(CALL, () => undefined),
    { code: 'failed', message: /look in it whether one was sent/ },
  );
});

test('events are asked for in all blocks, on the rollup’s chain alone', async () => {
  const told = { address: CALL.to, topics: [hash('a')], data: '0x' };
  let asked: unknown;
  const eth_getLogs = ((filter: unknown) => {
    asked = filter;
    return [told];
  }) as Answer;
  const { layer1 } = chain({ eth_getLogs });
  assert.deepEqual(await layer1.logs(CALL.to, [hash('a'), [hash('b')]]), [told]);
  const topics = [hash('a'), [hash('b')]];
  assert.deepEqual(asked, { address: CALL.to, topics, fromBlock: '0x0', toBlock: 'latest' });
  const elsewhere = chain({ eth_getLogs, eth_chainId: () => '0x1' }).layer1;
  await assert.rejects(elsewhere.logs(CALL.to, []), { code: 'wrong_chain' });
});
