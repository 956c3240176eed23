/** Calls of the contract against viem and the compiled contract's interface. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allowanceCall,
  approveCall,
  claimCall,
  claimsHash,
  creditCall,
  decodeContractError,
  decodeFlag,
  decodeInclusionFee,
  decodeNumber,
  decodeProvedRoot,
  depositCall,
  forceCall,
  forcedWords,
  inclusionFeeCall,
  isClaimedCall,
  packClaims,
  provedRootCall,
  queueDueCall,
  queuedEntries,
  signForcedOrder,
  tokenBalanceCall,
  withdrawCreditCall,
  SecretKey,
  type BatchDetail,
  type Hex,
} from '@assay/client';
import {
  encodeAbiParameters,
  encodeErrorResult,
  encodeEventTopics,
  encodeFunctionData,
  erc20Abi,
  type Abi,
  type AbiParameter,
} from 'viem';
import { abi, rollup, word } from './compiled.js';

const receiver = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';

test('claim', () => {
  // Of one claim to eleven: with and without padding at the end.
  for (let count = 1; count < 12; count += 1) {
    const claims = Array.from({ length: count }, (_, which) => ({
      ...{ which, token: which, amount: `${1n << BigInt(11 * which)}`, to: receiver, from: which * 1000 },
      ...{ hash: which === 1 ? null : word(`a${which.toString(16)}`), queue_index: which === 1 ? 77 : null },
    }));
    const list = claims.map(({ token, amount, to, from }) => ({ token, amount: BigInt(amount), receiver: to, from }));
    const header = {
      ...{ commitment: word('01'), new_root: word('02'), claims_hash: claimsHash(list) },
      ...{ queue_end: 2 ** 40, timestamp: 1_790_000_000, accounts: 4, shape: 3 },
    };
    const batch = { number: 9, header, claims } as unknown as BatchDetail;
    const expected = (which: number, to: Hex) =>
      encodeFunctionData({
        abi,
        functionName: 'claim',
        args: [
          9n,
          {
            ...{ commitment: word('01'), newRoot: word('02'), claimsHash: claimsHash(list), queueEnd: 2n ** 40n },
            ...{ timestamp: 1_790_000_000, accounts: 4, shapeId: 3 },
          },
          `0x${Buffer.from(packClaims(list)).toString('hex')}`,
          which,
          to,
        ],
      });
    assert.deepEqual(claimCall(rollup, batch, { hash: word('A0') }), {
      to: rollup.contract,
      data: expected(0, receiver),
      value: 0n,
    });
    const last = count === 2 ? 0 : count - 1;
    assert.equal(claimCall(rollup, batch, { hash: word(`a${last.toString(16)}`) }).data, expected(last, receiver));
    assert.throws(() => claimCall(rollup, batch, { hash: word('ff') }), { code: 'unknown_claim' });
    const elsewhere = claimCall(rollup, batch, { which: count - 1 }, rollup.contract);
    assert.equal(elsewhere.data, expected(count - 1, rollup.contract));
    if (count > 1) assert.equal(claimCall(rollup, batch, { queueIndex: 77 }).data, expected(1, receiver));
  }
});

test('deposit and approve', () => {
  const key = SecretKey.fromSeed(new Uint8Array(32).fill(9));
  const deposit = { owner: key.address('development'), amount: 5n, refundTo: receiver, feeWei: 70n };
  for (const token of [0, 3]) {
    const { x, y } = key.publicKey;
    assert.deepEqual(depositCall(rollup, { ...deposit, token }), {
      to: rollup.contract,
      data: encodeFunctionData({ abi, functionName: 'deposit', args: [token, 5n, x, y, receiver] }),
      value: token === 0 ? 75n : 70n,
    });
  }
  assert.throws(() => depositCall(rollup, { ...deposit, token: 0, amount: 0n }));
  assert.throws(() => depositCall(rollup, { ...deposit, token: 0, owner: key.address('public') }));
  assert.deepEqual(approveCall(rollup, receiver, 5n), {
    to: receiver.toLowerCase(),
    data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [rollup.contract, 5n] }),
    value: 0n,
  });
});

test('force', () => {
  const key = SecretKey.fromSeed(new Uint8Array(32).fill(9));
  const order = { kind: 'forced_withdrawal', from: 5, nonce: 6, token: 7, to: receiver, amount: 8n, last: 9 } as const;
  const signed = signForcedOrder(order, rollup, key);
  assert.deepEqual(forceCall(rollup, signed, { refundTo: receiver, feeWei: 70n }), {
    to: rollup.contract,
    data: encodeFunctionData({ abi, functionName: 'force', args: [forcedWords(signed, rollup), receiver] }),
    value: 70n,
  });
});

test('what is read of the contract', () => {
  const fee = inclusionFeeCall(rollup, 12n);
  assert.equal(fee.data, encodeFunctionData({ abi, functionName: 'inclusionFee', args: [12n] }));
  const two = encodeAbiParameters([{ type: 'uint256' }, { type: 'uint256' }], [40n, 2n]);
  assert.equal(decodeInclusionFee(two), 42n);
  assert.throws(() => decodeInclusionFee('0x'));
  assert.equal(provedRootCall(rollup).data, encodeFunctionData({ abi, functionName: 'provedRoot' }));
  assert.equal(decodeProvedRoot(word('0c')), word('0c'));
});

test('places in the queue', () => {
  const topics = encodeEventTopics({ abi, eventName: 'Queued', args: { index: 41n } }) as string[];
  const log = { address: rollup.contract.toLowerCase(), topics };
  const others = [
    { ...log, address: receiver },
    { ...log, topics: [word('00')] },
  ];
  assert.deepEqual(queuedEntries(rollup, [...others, log]), [41n]);
});

test('small reads of the contract and of a token', () => {
  const token = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
  const read = (functionName: string, ...args: unknown[]) => encodeFunctionData({ abi, functionName, args });
  const ofToken = (functionName: 'balanceOf' | 'allowance', ...args: Hex[]) =>
    encodeFunctionData({ abi: erc20Abi as Abi, functionName, args });
  assert.equal(isClaimedCall(rollup, 9, 3).data, read('isClaimed', 9n, 3));
  assert.equal(queueDueCall(rollup, 77n).data, read('queueDue', 77n));
  assert.equal(creditCall(rollup, receiver).data, read('credits', receiver));
  assert.equal(withdrawCreditCall(rollup, receiver).data, read('withdrawCredit', receiver));
  assert.equal(withdrawCreditCall(rollup, receiver).to.toLowerCase(), rollup.contract.toLowerCase());
  const { data, to } = allowanceCall(rollup, token, receiver);
  assert.deepEqual([to, data], [token.toLowerCase(), ofToken('allowance', receiver, rollup.contract)]);
  assert.equal(tokenBalanceCall(token, receiver).data, ofToken('balanceOf', receiver));
  assert.equal(decodeNumber(encodeAbiParameters([{ type: 'uint256' }], [12n])), 12n);
  assert.deepEqual(
    [true, false].map((flag) => decodeFlag(encodeAbiParameters([{ type: 'bool' }], [flag]))),
    [true, false],
  );
  assert.throws(() => decodeFlag(encodeAbiParameters([{ type: 'uint256' }], [2n])), { code: 'answer' });
});

test('every refusal of the contract is read by its name, and no other answer is one', () => {
  const errors = abi.filter((entry) => entry.type === 'error');
  assert.ok(errors.length > 50);
  const values: Record<string, unknown> = { string: 'x', address: receiver };
  const valueOf = ({ type }: AbiParameter) => values[type] ?? (type === 'uint256' ? 7n : 7);
  for (const { name, inputs } of errors) {
    const answer = encodeErrorResult({ abi, errorName: name, args: inputs.map(valueOf) });
    assert.equal(decodeContractError(answer)?.name, name);
  }
  const tooLow = encodeErrorResult({ abi, errorName: 'ValueTooLow', args: [10n ** 18n] });
  assert.deepEqual(decodeContractError(tooLow), { name: 'ValueTooLow', words: [10n ** 18n] });
  const require = encodeErrorResult({
    abi: [{ type: 'error', name: 'Error', inputs: [{ type: 'string', name: '' }] }],
    args: ['too little'],
  });
  assert.deepEqual(decodeContractError(require), { name: 'Error', text: 'too little' });
  for (const other of ['0x', '0x12345678', '', `${require.slice(0, -64)}`, 'nonsense']) {
    assert.equal(decodeContractError(other), undefined, other);
  }
});
