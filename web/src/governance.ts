/** What is announced at the contract: by the node's word, or as an Ethereum wallet reads it there. */
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
  type Proposal,
  type ProposalView,
  type Rollup,
  type StatusView,
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

export interface Announced extends Omit<Proposal, 'verifier'> {
  readonly state: ProposalState;
  readonly verifier: string | undefined;
  /** The SHA-256 of the verifier's key, as nodes name it. */
  readonly digest: string | undefined;
}

export interface Governance {
  /** Whose word it is. */
  readonly by: 'the contract' | 'the node';
  /** The block of the layer 1 after which the node read it; `undefined` where the contract itself says it. */
  readonly block: number | undefined;
  readonly governor: string | undefined;
  readonly guardian: string | undefined;
  /** From announcing a shape, or closing, to its effect, seconds. */
  readonly noticeS: number;
  readonly nextOperator: string | undefined;
  readonly proposals: readonly Announced[];
  /**
   * Whether there are no others. The wallet's layer 1 may not tell of events that are long ago: then the contract
   * was asked for those alone that the node names.
   */
  readonly isWhole: boolean;
}

export function stateOf(
  proposal: Pick<Proposal, 'readyAt' | 'voidAt' | 'afterEntries'>,
  now: number,
  queueConsumed: number,
): ProposalState {
  const { readyAt, voidAt, afterEntries } = proposal;
  if (now < readyAt) return { is: 'announced', until: readyAt };
  if (now > voidAt) return { is: 'void' };
  if (afterEntries === undefined) return { is: 'ready', until: voidAt };
  const entries = afterEntries - queueConsumed;
  return entries > 0 ? { is: 'waits', entries, until: voidAt } : { is: 'usable', until: voidAt };
}

/** By the node's word; `undefined` where it has not read the contract yet. */
export function governanceByNode({
  governance: found,
  l1,
}: Pick<StatusView, 'governance' | 'l1'>): Governance | undefined {
  if (found == null) return undefined;
  const proposal = (view: ProposalView): Announced => {
    const times = { readyAt: view.ready_at, voidAt: view.void_at, afterEntries: view.after_entries ?? undefined };
    return {
      ...{ shapeId: view.number, transfers: view.transfers, fullRecords: view.full_records, feeSlots: view.fee_slots },
      ...times,
      state: stateOf(times, l1.timestamp, l1.queue_consumed),
      verifier: view.verifier,
      digest: view.verifying_key_sha256 ?? undefined,
    };
  };
  return {
    by: 'the node',
    block: found.block,
    governor: found.governor ?? undefined,
    guardian: found.guardian ?? undefined,
    noticeS: found.notice_s,
    nextOperator: found.next_operator ?? undefined,
    proposals: found.shapes.map(proposal),
    isWhole: true,
  };
}

/** Shapes that may still come into service, the earliest first: none does once the rollup is frozen. */
export function comingShapes(governance: Governance | undefined, frozen: boolean): readonly Announced[] {
  const coming = frozen ? [] : (governance?.proposals.filter(({ state }) => state.is !== 'void') ?? []);
  return [...coming].sort((one, other) => one.readyAt - other.readyAt);
}

/** By the contract itself; `named` are shapes of which the node tells. */
export async function readGovernance(
  rollup: Rollup,
  layer1: Pick<Layer1, 'read' | 'logs' | 'time'>,
  named: readonly number[] = [],
): Promise<Governance> {
  const { queueConsumed } = decodeStanding(await layer1.read(standingCall(rollup)));
  const { governor, guardian, upgradeDelayS: noticeS } = decodeDeployment(await layer1.read(deploymentCall(rollup)));
  const nextOperator = decodeAddress(await layer1.read(proposedOperatorCall(rollup)));
  const now = await layer1.time();
  const logs = await layer1.logs(rollup.contract, shapeProposedTopics()).catch(() => undefined);
  const proposals: Announced[] = [];
  for (const shape of new Set([...(logs?.map(announcedShape) ?? []), ...named])) {
    const proposal = decodeProposal(await layer1.read(proposalCall(rollup, shape)));
    if (!proposal) continue;
    const { verifier } = proposal;
    const digest = verifier && decodeVerifierKeyDigest(await layer1.read(verifierKeyCall(verifier)));
    proposals.push({ ...proposal, digest, state: stateOf(proposal, now, queueConsumed) });
  }
  const isWhole = logs !== undefined;
  return { by: 'the contract', block: undefined, governor, guardian, noticeS, nextOperator, proposals, isWhole };
}
