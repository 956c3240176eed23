/** The compiled contract's interface, and a rollup that calls are made for. */
import { readFileSync } from 'node:fs';
import { rollupOf, type Hex } from '@assay/client';
import type { Abi } from 'viem';

const artifact = new URL('../../../../l1-contracts-sim/contracts/artifacts/Assay.json', import.meta.url);

export const { abi } = JSON.parse(readFileSync(artifact, 'utf8')) as { abi: Abi };
export const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');

/** A word of one byte. */
export const word = (byte: string): Hex => `0x${byte.repeat(32)}`;
