/** What is announced at the contract, as an Ethereum wallet reads it: the node does not tell of it. */
import {
  announcedShape,
  decodeAddress,
  decodeDeployment,
  decodeProposal,
  decodeStanding,
  decodeVerifierKeyDigest,
  deploymentCall,
  proposalCall,
  proposedOperatorCall,
  shapeProposedTopics,
  standingCall,
  verifierKeyCall,
  type Deployment,
  type Hex,
  type Proposal,
  type Rollup,
} from '@assay/client';
import type { Layer1 } from './ethereum/layer1.js';

/** How far a proposal is. Times are Unix seconds. */
export type ProposalState =
  /** Users have until then to leave, if they do not want to rely on it. */
  | { readonly is: 'announced'; readonly until: number }
  /** Anybody may have the queue's length recorded. */
  | { readonly is: 'ready'; readonly until: number }
  /** So many entries of the queue come before it. */
  | { readonly is: 'waits'; readonly entries: number; readonly until: number }
  /** Anybody may put it into service. */
  | { readonly is: 'usable'; readonly until: number }
  | { readonly is: 'void' };

export interface Announced extends Proposal {
  readonly state: ProposalState;
  /** The SHA-256 of the verifier's key, as nodes name it. */
  readonly digest: Hex | undefined;
}

export interface Governance {
  readonly deployment: Deployment;
  readonly nextOperator: Hex | undefined;
  /** `undefined` where the wallet's layer 1 does not tell of events that are long ago. */
  readonly proposals: readonly Announced[] | undefined;
}

export function stateOf(proposal: Proposal, now: number, queueConsumed: number): ProposalState {
  const { readyAt, voidAt, afterEntries } = proposal;
  if (now < readyAt) return { is: 'announced', until: readyAt };
  if (now > voidAt) return { is: 'void' };
  if (afterEntries === undefined) return { is: 'ready', until: voidAt };
  const entries = afterEntries - queueConsumed;
  return entries > 0 ? { is: 'waits', entries, until: voidAt } : { is: 'usable', until: voidAt };
}

export async function readGovernance(
  rollup: Rollup,
  layer1: Pick<Layer1, 'read' | 'logs' | 'time'>,
): Promise<Governance> {
  const { queueConsumed } = decodeStanding(await layer1.read(standingCall(rollup)));
  const deployment = decodeDeployment(await layer1.read(deploymentCall(rollup)));
  const nextOperator = decodeAddress(await layer1.read(proposedOperatorCall(rollup)));
  const now = await layer1.time();
  const logs = await layer1.logs(rollup.contract, shapeProposedTopics()).catch(() => undefined);
  if (!logs) return { deployment, nextOperator, proposals: undefined };
  const proposals: Announced[] = [];
  for (const shape of new Set(logs.map(announcedShape))) {
    const proposal = decodeProposal(await layer1.read(proposalCall(rollup, shape)));
    if (!proposal) continue;
    const { verifier } = proposal;
    const digest = verifier && decodeVerifierKeyDigest(await layer1.read(verifierKeyCall(verifier)));
    proposals.push({ ...proposal, digest, state: stateOf(proposal, now, queueConsumed) });
  }
  return { deployment, nextOperator, proposals };
}
