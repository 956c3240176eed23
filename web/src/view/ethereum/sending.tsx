/** What is sent to the layer 1, and where it stands. */
import type { ContractCall } from '@assay/client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { failureOf, type EthereumFailure } from '../../ethereum/failure.js';
import type { L1Receipt, Layer1, Sending } from '../../ethereum/layer1.js';
import type { Loaded } from '../context.js';
import { Code } from '../parts.js';
import { Failure } from '../wallet/fields.js';

export interface Sender {
  /** Of the last call. */
  readonly state: Sending | undefined;
  readonly failure: EthereumFailure | undefined;
  /** Whether something is being sent: nothing else is, meanwhile. */
  readonly busy: boolean;
  /** Does several things one after the other; where one fails the others are left, and it says why. */
  readonly run: (work: (send: Send) => Promise<void>) => void;
}

export type Send = (call: ContractCall, sent?: (hash: string) => void) => Promise<L1Receipt>;

export function useSender(layer1: Layer1): Sender {
  const [state, setState] = useState<Sending | undefined>(undefined);
  const [failure, setFailure] = useState<EthereumFailure | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const controller = useRef(new AbortController());
  useEffect(() => () => controller.current.abort(), []);
  const run = (work: (send: Send) => Promise<void>) => {
    const { signal } = controller.current;
    setBusy(true);
    setFailure(undefined);
    setState(undefined);
    const send: Send = (call, sent) =>
      layer1.send(
        call,
        (next) => {
          if (next.is === 'sent') sent?.(next.hash);
          if (!signal.aborted) setState(next);
        },
        signal,
      );
    work(send)
      .catch((error: unknown) => signal.aborted || setFailure(failureOf(error)))
      .finally(() => signal.aborted || setBusy(false));
  };
  return { state, failure, busy, run };
}

/** Why what was asked of the layer 1 is not there; nothing where it is, or is waited for. */
export function Unread({ loaded }: { loaded: Loaded<unknown> }) {
  if (loaded.is !== 'failed') return null;
  return <Failure>{failureOf(loaded.error).message} It is asked again with the next block.</Failure>;
}

/** In words; a screen reader hears each. */
export function SendingState({ sender, doing }: { sender: Sender; doing?: string | undefined }) {
  const { state, failure, busy } = sender;
  return (
    <>
      <p class="sending" role="status">
        {busy && state && (
          <>
            {doing !== undefined && <b>{doing}: </b>}
            {words(state)} {state.is === 'sent' && <Code text={state.hash} what="the layer 1 transaction" />}
          </>
        )}
      </p>
      {failure && (
        <Failure>
          {failure.message} {failure.hash && <Code text={failure.hash} what="the layer 1 transaction" />}
        </Failure>
      )}
    </>
  );
}

function words(state: Sending): string {
  switch (state.is) {
    case 'checking':
      return 'asking the contract whether it takes it …';
    case 'asking':
      return 'confirm it in your wallet.';
    case 'sent':
      if (state.away) return 'sent. The layer 1 does not answer now; it is asked again …';
      return state.seen
        ? 'sent. It waits for a block of the layer 1 …'
        : 'the layer 1 does not know it any more: it may have been dropped. Look in your wallet.';
    case 'included':
      return 'it is in a block.';
  }
}
