/** Which rollup signatures are for. */
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { formatL1Address, networkOfChain, parseL1Address, type Network } from './address.js';
import type { StatusView } from './api-types.js';
import { toWord, unsigned, type Hex } from './bytes.js';
import { CheckError } from './errors.js';
import { hashToField } from './field.js';

/** A deployment: a contract on a layer 1. */
export interface Rollup {
  readonly chainId: bigint;
  /** With its checksum. */
  readonly contract: Hex;
  readonly network: Network;
  /** Separates deployments in signatures: a signature for one is none for another. */
  readonly domain: bigint;
}

/** The rollup of a contract on the layer 1 with this chain id. */
export function rollupOf(chainId: number | bigint, contract: string): Rollup {
  const chain = unsigned(chainId, 64, 'the chain id');
  const address = parseL1Address(contract);
  return {
    chainId: chain,
    contract: formatL1Address(address),
    network: networkOfChain(chain),
    domain: hashToField(concatBytes(utf8ToBytes('assay/2'), toWord(chain), address)),
  };
}

/** The rollup that a node says it serves, where its domain is that of its chain and contract. */
export function rollupOfStatus(status: Pick<StatusView, 'chain_id' | 'contract' | 'domain'>): Rollup {
  const rollup = rollupOf(status.chain_id, status.contract);
  if (rollup.domain.toString() !== status.domain) {
    throw new CheckError('domain', "the node's domain is not that of its chain and contract");
  }
  return rollup;
}
