/** Whether anybody may freeze the rollup, and from when. */
import {
  decodeDeployment,
  decodeStanding,
  deploymentCall,
  freezableFrom,
  standingCall,
  type Rollup,
  type StatusView,
} from '@assay/client';
import type { Layer1 } from '../ethereum/layer1.js';

/** What leads to a freeze by anybody. Times are Unix seconds; `undefined` is never, as things stand. */
export interface Freezing {
  /** Whose word it is: an operator that keeps silent may not say that it can be ended. */
  readonly by: 'the contract' | 'the node';
  /** From when, because the first entry of the queue is overdue, unless a batch takes it before. */
  readonly overdue: number | undefined;
  /** From when, because closing was announced. */
  readonly closing: number | undefined;
  /** Of the layer 1's last block. */
  readonly now: number;
}

/** By what the node says of the layer 1. */
export function freezingByNode({
  freezable_at: last,
  closing_at: closing,
  timestamp: now,
}: StatusView['l1']): Freezing {
  // It names the last second in which nobody may.
  return { by: 'the node', overdue: last == null ? undefined : last + 1, closing: closing ?? undefined, now };
}

/** By the contract itself. */
export async function freezingByContract(rollup: Rollup, layer1: Pick<Layer1, 'read' | 'time'>): Promise<Freezing> {
  const { headDue, closingAt: closing } = decodeStanding(await layer1.read(standingCall(rollup)));
  const { freezeAfterS } = decodeDeployment(await layer1.read(deploymentCall(rollup)));
  return { by: 'the contract', overdue: freezableFrom(headDue, freezeAfterS), closing, now: await layer1.time() };
}

/** Whether the contract would take it in the last block's time. */
export function mayFreeze({ overdue, closing, now }: Freezing): boolean {
  return [overdue, closing].some((at) => at !== undefined && now >= at);
}
