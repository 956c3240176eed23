/** What was paid too much to the contract's queue, and is the account's. */
import { creditCall, decodeNumber, withdrawCreditCall } from '@assay/client';
import type { Layer1 } from '../../ethereum/layer1.js';
import { amount } from '../../numbers.js';
import { useLoad, useWorld } from '../context.js';
import { SendingState, useSender } from '../ethereum/sending.js';
import { Button } from '../parts.js';
import type { OpenWallet } from './context.js';

export function Credit({ wallet, layer1 }: { wallet: OpenWallet; layer1: Layer1 }) {
  const { known } = useWorld();
  const { rollup } = wallet;
  const sender = useSender(layer1);
  const version = `${known.status?.l1.block} ${sender.busy}`;
  const loaded = useLoad(`credit ${layer1.account}`, version, async () =>
    decodeNumber(await layer1.read(creditCall(rollup, layer1.account))),
  );
  const wei = loaded.is === 'there' ? loaded.value : 0n;
  if (wei === 0n && !sender.busy && !sender.failure) return null;
  const pay = () => sender.run(async (send) => void (await send(withdrawCreditCall(rollup, layer1.account))));
  return (
    <section aria-labelledby="credit">
      <h2 id="credit">Credit of this account</h2>
      <p class="lead">
        The contract has {amount(String(wei), 0, known.tokens)} of yours: it was paid too much to the queue. Taking it
        out costs gas, so let it grow.
      </p>
      <SendingState sender={sender} />
      <p class="actions">
        <Button off={sender.busy} press={pay}>
          {sender.busy ? 'Taking it out …' : 'Take it out'}
        </Button>
      </p>
    </section>
  );
}
