/** The digests of the contract's verifying keys, read from the layer 1: no node has to be believed for them. */
import {
  decodeEscapeVerifier,
  decodeShapeVerifier,
  decodeVerifierKeyDigest,
  escapeVerifierCall,
  shapeCall,
  verifierKeyCall,
  type ContractCall,
  type Hex,
  type Rollup,
} from '@assay/client';

/** Asks the layer 1 for the answer of a call that changes nothing. */
export type Read = (call: ContractCall) => Promise<Hex>;

/** Of the shape with this number. */
export async function shapeKeyDigest(read: Read, rollup: Rollup, shape: number): Promise<Hex> {
  const verifier = decodeShapeVerifier(await read(shapeCall(rollup, shape)));
  if (verifier === undefined) throw new Error(`The contract has no shape ${shape}.`);
  return decodeVerifierKeyDigest(await read(verifierKeyCall(verifier)));
}

/** Of exits. */
export async function escapeKeyDigest(read: Read, rollup: Rollup): Promise<Hex> {
  const verifier = decodeEscapeVerifier(await read(escapeVerifierCall(rollup)));
  return decodeVerifierKeyDigest(await read(verifierKeyCall(verifier)));
}
