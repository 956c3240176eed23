/** The page's side of an Ethereum wallet, with wallets that behave as such wallets do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContractCall, Hex } from '@assay/client';
import { EthereumFailure, contractWords, failureOf } from '../src/ethereum/failure.js';
import { Layer1, type Sending } from '../src/ethereum/layer1.js';
import type { FoundWallet, Provider, Surroundings } from '../src/ethereum/provider.js';
import { EthereumWallets } from '../src/ethereum/wallets.js';

const ACCOUNT = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const LOWER = ACCOUNT.toLowerCase();
const hash = (digit: string): Hex => `0x${digit.repeat(64)}`;
const CALL: ContractCall = { to: '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F', data: '0x12345678', value: 5n };

type Answer = (...params: never[]) => unknown;

/** A wallet that answers as it is told, and remembers what it was asked. */
class FakeWallet implements Provider {
  readonly asked: string[] = [];
  readonly #listeners = new Map<string, (told: unknown) => void>();

  constructor(readonly answers: Record<string, Answer>) {}

  async request({ method, params = [] }: { method: string; params?: readonly unknown[] }): Promise<unknown> {
    this.asked.push(method);
    const answer = this.answers[method];
    if (!answer) throw { code: 4200, message: `${method} is not supported` };
    return answer(...(params as never[]));
  }

  on(event: string, listener: (told: unknown) => void): void {
    this.#listeners.set(event, listener);
  }

  removeListener(event: string): void {
    this.#listeners.delete(event);
  }

  tell(event: string, told: unknown): void {
    this.#listeners.get(event)?.(told);
  }

  get heard(): number {
    return this.#listeners.size;
  }
}

const refuse =
  (code: number, message = '', data?: unknown) =>
  (): never => {
    throw { code, message, data };
  };

class Announcement extends Event {
  constructor(readonly detail: unknown) {
    super('eip6963:announceProvider');
  }
}

function around(wallets: readonly { uuid: string; name: string; provider: Provider }[]): Surroundings {
  const target = new EventTarget();
  target.addEventListener('eip6963:requestProvider', () => {
    for (const { uuid, name, provider } of wallets) {
      target.dispatchEvent(new Announcement({ info: { uuid, name }, provider }));
    }
  });
  return target;
}

test('wallets that announce themselves are found, and what is none is not', () => {
  const provider = new FakeWallet({});
  const target = around([
    { uuid: 'a', name: 'One\u202e\n', provider },
    { uuid: 'b', name: '', provider },
    { uuid: 'c', name: 'None', provider: {} as Provider },
  ]);
  Object.assign(target, { ethereum: new FakeWallet({}) });
  const wallets = new EthereumWallets(target);
  assert.deepEqual(
    wallets.found.map(({ id, name }) => [id, name]),
    [
      ['a', 'One'],
      ['b', 'A wallet without a name'],
    ],
  );
  target.dispatchEvent(new Announcement(null));
  target.dispatchEvent(new Announcement({ info: { uuid: 'd', name: 'Late' }, provider }));
  assert.equal(wallets.found.at(-1)?.name, 'Late');
});

test('the wallet of `window.ethereum` is found where none announces itself', () => {
  const target: Surroundings = Object.assign(new EventTarget(), { ethereum: new FakeWallet({}) });
  assert.deepEqual(
    new EthereumWallets(target).found.map(({ id }) => id),
    ['window.ethereum'],
  );
  assert.deepEqual(new EthereumWallets(new EventTarget()).found, []);
});

function connectable(answers: Record<string, Answer> = {}): [EthereumWallets, FoundWallet, FakeWallet] {
  const provider = new FakeWallet({ eth_requestAccounts: () => [LOWER], eth_chainId: () => '0x7a69', ...answers });
  const wallets = new EthereumWallets(around([{ uuid: 'a', name: 'One', provider }]));
  return [wallets, wallets.found[0] as FoundWallet, provider];
}

test('a connection follows its wallet to other accounts and chains, and ends with it', async () => {
  const [wallets, wallet, provider] = connectable();
  let told = 0;
  wallets.listen(() => (told += 1));
  await wallets.connect(wallet);
  assert.deepEqual([wallets.connection?.account, wallets.connection?.chain], [ACCOUNT, 31337]);
  provider.tell('chainChanged', '0x1');
  assert.equal(wallets.connection?.chain, 1);
  const other = `0x${'11'.repeat(20)}`;
  provider.tell('accountsChanged', [other]);
  assert.equal(wallets.connection?.account, other);
  const before = told;
  provider.tell('accountsChanged', []);
  assert.equal(wallets.connection, undefined);
  assert.ok(told > before);
  assert.equal(provider.heard, 0);
  // The wallet took it back: what was typed and sent with the account stays. Whoever ends it is done with it.
  assert.equal(wallets.account, other);
  await wallets.connect(wallet);
  wallets.disconnect();
  assert.deepEqual([wallets.connection, wallets.account, provider.heard], [undefined, undefined, 0]);
});

test('a wallet that gives no account, or no chain, is not taken for one that does', async () => {
  const [wallets, wallet] = connectable({ eth_requestAccounts: () => ['nonsense'] });
  await assert.rejects(wallets.connect(wallet), { code: 'locked' });
  assert.equal(wallets.connection, undefined);
  await assert.rejects(wallets.switchTo(1), { code: 'disconnected' });
  for (const chain of ['nonsense', '0x0', null, '0xffffffffffffffffff']) {
    const [others, other] = connectable({ eth_chainId: () => chain });
    await others.connect(other);
    assert.equal(others.connection?.chain, undefined, String(chain));
  }
});

test('a chain that the wallet does not know is told apart, and is added', async () => {
  let chain = '0x1';
  const added: unknown[] = [];
  const [wallets, wallet] = connectable({
    eth_chainId: () => chain,
    wallet_switchEthereumChain: refuse(-32603, 'wrapped', { originalError: { code: 4902 } }),
    wallet_addEthereumChain: ((asked: unknown) => {
      added.push(asked);
      chain = '0x7a69';
      return null;
    }) as Answer,
  });
  await wallets.connect(wallet);
  await assert.rejects(wallets.switchTo(31337), { code: 'unknown_chain' });
  await wallets.add({ chain: 31337, name: 'Devnet', url: 'http://127.0.0.1:8545' });
  assert.equal(wallets.connection?.chain, 31337);
  const [asked] = added as { chainId: string; rpcUrls: string[] }[];
  assert.deepEqual([asked?.chainId, asked?.rpcUrls], ['0x7a69', ['http://127.0.0.1:8545']]);
});

test('what wallets throw is said in words', () => {
  const cases: [unknown, string, RegExp][] = [
    [{ code: 4001, message: 'x' }, 'rejected', /refused it in your wallet/],
    [{ code: -32002 }, 'busy', /open already/],
    [{ code: 4100 }, 'locked', /unlock it/],
    [{ code: 4901 }, 'disconnected', /no layer 1/],
    [{ code: 3, message: 'execution reverted', data: '0x1f2a2005' }, 'reverted', /does not say why/],
    [
      { code: -32603, data: { message: 'execution reverted', data: selectorOf.alreadyPaid } },
      'reverted',
      /paid already/,
    ],
    [{ code: -32000, message: 'insufficient funds for gas * price + value' }, 'funds', /not enough ether/],
    [new Error('boom'), 'failed', /It says: boom\./],
    [undefined, 'failed', /said nothing of why/],
  ];
  for (const [thrown, code, words] of cases) {
    const failure = failureOf(thrown);
    assert.equal(failure.code, code);
    assert.match(failure.message, words);
  }
  const failure = new EthereumFailure('replaced', 'x');
  assert.equal(failureOf(failure), failure);
});

test('what the contract says is said in words of its own, and with its numbers', () => {
  const words: [name: string, said: RegExp][] = [
    ['AlreadyPaid', /paid already/],
    ['NotProved', /not proved on the layer 1 yet/],
    ['HeaderMismatch', /was reorganised/],
    ['WrongClaims', /was reorganised/],
    ['EtherRefused', /0x0{38}1[0-9a-fA-F] takes no ether/],
    ['TokenCallFailed', /token refuses to move/],
    ['GasTooLow', /needs more gas/],
    ['ValueTooLow', /with it 0\.000000000000000016 ETH are needed/],
    ['UnknownToken', /does not know this token/],
    ['NothingOverdue', /freezes only when/],
    ['NotFrozen', /is not frozen/],
    ['WrongEntry', /A batch took this entry/],
    ['IsFrozen', /nothing goes in any more/],
    ['IsClosing', /takes no more deposits/],
    ['DepositCap', /cannot hold so much/],
    ['Expired', /Sign it again/],
    ['InvalidReceiver', /pays nothing to this receiver/],
    ['NoCredit', /no credit any more/],
    ['SomethingNew', /^The contract refuses it: SomethingNew\.$/],
  ];
  for (const [name, said] of words) {
    assert.match(contractWords({ name, words: [16n] } as Parameters<typeof contractWords>[0]), said);
  }
  const own = { name: 'Error', text: 'no' } as Parameters<typeof contractWords>[0];
  assert.equal(contractWords(own), 'The contract refuses it: no.');
});

test('what is wrapped is found, and what is wrapped without end is not looked for without end', () => {
  for (const around of ['originalError', 'cause', 'error', 'data']) {
    assert.equal(failureOf({ code: -32603, message: 'Internal error', [around]: { code: 4001 } }).code, 'rejected');
  }
  for (const code of [4900, 4901]) assert.equal(failureOf({ code }).code, 'disconnected');
  for (const told of [{ code: 3 }, { message: 'VM Exception: revert' }]) assert.equal(failureOf(told).code, 'reverted');
  const endless: { error?: unknown } = {};
  endless.error = endless;
  assert.equal(failureOf(endless).code, 'failed');
  assert.equal(failureOf(null).code, 'failed');
});

/** The first four bytes of the Keccak hash of `AlreadyPaid()`, of the compiled contract. */
const selectorOf = { alreadyPaid: '0xd70a0e30' };

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
