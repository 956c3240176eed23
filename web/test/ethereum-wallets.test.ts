/** How the page finds and keeps an Ethereum wallet, and what it says of what one refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EthereumFailure, contractWords, failureOf } from '../src/ethereum/failure.js';
import type { FoundWallet, Provider, Surroundings } from '../src/ethereum/provider.js';
import { EthereumWallets } from '../src/ethereum/wallets.js';
import { ACCOUNT, FakeWallet, LOWER, refuse, selectorOf, type Answer } from './fake-wallet.js';

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
