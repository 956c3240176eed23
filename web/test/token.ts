/** Tokens that behave badly, from the tests of the contracts. */
import { readFileSync } from 'node:fs';
import type { Hex, Rollup } from '@assay/client';
import { selector } from '../../clients/typescript/src/contract.js';
import { toHex } from '../../clients/typescript/src/bytes.js';
import type { Devnet } from '../../clients/typescript/test/devnet.js';
import { until } from './until.js';

/** What `account` has of it. */
const MINTED = 10n ** 24n;

/** Puts a token on the chain, with some for an account, and waits until the node knows it by a number. */
export async function newToken(
  devnet: Devnet,
  rollup: Rollup,
  account: Hex,
  contract: string,
): Promise<{ number: number; address: Hex }> {
  const path = new URL(`../../l1-contracts-sim/contracts/artifacts/${contract}.json`, import.meta.url);
  const { bytecode } = JSON.parse(readFileSync(path, 'utf8')) as { bytecode: string };
  const data = `0x${bytecode.replace(/^0x/, '')}`;
  const hash = await devnet.rpc<Hex>('eth_sendTransaction', { from: account, data });
  let address: Hex = '0x';
  await until(async () => {
    const receipt = await devnet.rpc<{ contractAddress: Hex } | null>('eth_getTransactionReceipt', hash);
    address = receipt?.contractAddress ?? '0x';
    return receipt !== null;
  });
  const word = (value: string | bigint) => BigInt(value).toString(16).padStart(64, '0');
  const call = (signature: string, ...words: (string | bigint)[]): Hex =>
    `${toHex(selector(signature))}${words.map(word).join('')}`;
  await devnet.execute({ to: address, data: call('mint(address,uint256)', account, MINTED), value: 0n }, account);
  const fee = await devnet.read({ to: rollup.contract, data: call('registrationFee()'), value: 0n });
  const register = { to: rollup.contract, data: call('registerToken(address)', address), value: BigInt(fee) };
  await devnet.execute(register, account);
  let number = 0;
  await until(async () => {
    const tokens = await devnet.node.tokens();
    number = tokens.find((one) => one.address?.toLowerCase() === address.toLowerCase())?.number ?? 0;
    return number > 0;
  });
  return { number, address };
}
