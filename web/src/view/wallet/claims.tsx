/** Withdrawals that wait on the layer 1 until somebody claims them. */
import { claimCall, decodeFlag, isClaimedCall, type AccountView, type WhichClaim } from '@assay/client';
import { useMemo, useState } from 'preact/hooks';
import type { Layer1 } from '../../ethereum/layer1.js';
import { plural, short } from '../../numbers.js';
import { ClaimFinder, nameOf, type Claimable } from '../../wallet/claims.js';
import { useLoad, useWorld } from '../context.js';
import { ThroughEthereum, useHeldLayer1, useLayer1 } from '../ethereum/connect.js';
import { SendingState, useSender } from '../ethereum/sending.js';
import { Amount, Button, Link, Show } from '../parts.js';
import { useRollup, type OpenWallet } from './context.js';

const NONE: readonly Claimable[] = [];

/** All of a wallet's, found by themselves. Nothing is shown where there are none. */
export function Claims({ wallet, accounts }: { wallet: OpenWallet; accounts: readonly AccountView[] }) {
  const { node, known } = useWorld();
  const finder = useMemo(() => new ClaimFinder(node, wallet.rollup), [node, wallet.rollup]);
  const heights = known.status?.heights;
  const version = `${heights?.proved} ${heights?.final} ${accounts.length}`;
  const loaded = useLoad(`claims ${wallet.address}`, version, (signal) => finder.find(accounts, signal));
  const layer1 = useHeldLayer1();
  const claims = loaded.is === 'there' ? loaded.value : NONE;
  // Also where none is left: it says what became of those that were claimed here.
  if (layer1) return <Unpaid key={layer1.account} wallet={wallet} finder={finder} claims={claims} layer1={layer1} />;
  if (claims.length > 0) {
    return (
      <section aria-labelledby="claims">
        <h2 id="claims">Withdrawals on the layer 1</h2>
        <p class="lead">
          {plural(claims.length, 'withdrawal has', 'withdrawals have')} come so far that the contract pays{' '}
          {claims.length === 1 ? 'it' : 'them'} to whom it is for as soon as somebody claims it.
        </p>
        <ThroughEthereum to="To claim them">{() => null}</ThroughEthereum>
      </section>
    );
  }
  return null;
}

interface UnpaidProps {
  readonly wallet: OpenWallet;
  readonly finder: ClaimFinder;
  readonly claims: readonly Claimable[];
  readonly layer1: Layer1;
}

function Unpaid({ wallet, finder, claims, layer1 }: UnpaidProps) {
  const [done, setDone] = useState(0);
  const connected = useLayer1() !== undefined;
  const sender = useSender(layer1);
  const version = `${claims.map(nameOf).join()} ${done}`;
  const loaded = useLoad(`unpaid ${wallet.address} ${layer1.account}`, version, () => finder.unpaid(claims, layer1));
  const pay = (wanted: readonly Claimable[]) =>
    sender.run(async (send) => {
      for (const { batch, claim } of wanted) {
        // Also where it is refused it may be paid: somebody else was faster.
        await send(claimCall(wallet.rollup, batch, { which: claim.which })).finally(() => setDone((n) => n + 1));
      }
    });
  const quiet = loaded.is === 'there' && loaded.value.length === 0 && !sender.busy && !sender.failure;
  if (loaded.is === 'loading' || (quiet && done === 0)) return null;
  return (
    <section aria-labelledby="claims">
      <h2 id="claims">To claim on the layer 1</h2>
      {!connected && <ThroughEthereum to="To claim them">{() => null}</ThroughEthereum>}
      <Show loaded={loaded} missing="The contract does not say which are paid.">
        {(unpaid) => (
          <>
            {unpaid.length === 0 ? (
              <p class="lead">All of them are paid.</p>
            ) : (
              <p class="lead">
                The contract pays each to its receiver, once. Anybody may claim it: whoever does pays the gas alone.
              </p>
            )}
            {unpaid.length > 0 && (
              <ul class="underway">
                {unpaid.map((claimable) => (
                  <ClaimLine key={nameOf(claimable)} claimable={claimable}>
                    <Button off={sender.busy} press={() => pay([claimable])}>
                      Claim it
                    </Button>
                  </ClaimLine>
                ))}
              </ul>
            )}
            <SendingState sender={sender} doing="Claim" />
            {unpaid.length > 1 && (
              <p class="actions">
                <Button as="first" off={sender.busy} press={() => pay(unpaid)}>
                  Claim all {unpaid.length}, one after the other
                </Button>
              </p>
            )}
          </>
        )}
      </Show>
    </section>
  );
}

function ClaimLine({ claimable, children }: { claimable: Claimable; children: preact.ComponentChildren }) {
  const { batch, claim } = claimable;
  return (
    <li class="beside">
      <p>
        <b>
          <Amount base={claim.amount} token={claim.token} />
        </b>{' '}
        to <code title={claim.to}>{short(claim.to, 8, 6)}</code>{' '}
        <span class="quiet">
          from <Link to={{ page: 'batch', number: batch.number }}>batch {batch.number}</Link>
        </span>
      </p>
      {children}
    </li>
  );
}

interface ClaimOneProps {
  readonly batch: number;
  readonly wanted: WhichClaim;
}

/** One claim of a batch that is proved, whoever's it is. */
export function ClaimOne(props: ClaimOneProps) {
  return <ThroughEthereum to="To claim it">{(layer1) => <ClaimButton {...props} layer1={layer1} />}</ThroughEthereum>;
}

function ClaimButton({ batch: number, wanted, layer1 }: ClaimOneProps & { layer1: Layer1 }) {
  const { node, known } = useWorld();
  const rollup = useRollup();
  const sender = useSender(layer1);
  const version = `${known.status?.heights.proved} ${sender.busy}`;
  const loaded = useLoad(`claim ${number} ${JSON.stringify(wanted)} ${layer1.account}`, version, async (signal) => {
    const batch = await node.batch(number, { signal });
    const isIt = ({ hash, queue_index, which }: (typeof batch.claims)[number]) =>
      ('hash' in wanted && hash === wanted.hash) ||
      ('queueIndex' in wanted && queue_index === wanted.queueIndex) ||
      ('which' in wanted && which === wanted.which);
    const claim = batch.claims.find(isIt);
    if (!claim || !rollup) return undefined;
    const paid = decodeFlag(await layer1.read(isClaimedCall(rollup, number, claim.which)));
    return { batch, paid };
  });
  if (!rollup) return null;
  return (
    <>
      <Show loaded={loaded} missing="The node keeps this batch no more.">
        {(found) => {
          if (!found) return <p class="empty">The batch makes no such claim.</p>;
          if (found.paid) return <p class="lead">The contract has paid it.</p>;
          const pay = () => sender.run(async (send) => void (await send(claimCall(rollup, found.batch, wanted))));
          return (
            <p class="actions">
              <Button as="first" off={sender.busy} press={pay}>
                {sender.busy ? 'Claiming …' : 'Claim it'}
              </Button>
            </p>
          );
        }}
      </Show>
      {/* Also of one that somebody else has claimed meanwhile. */}
      <SendingState sender={sender} />
    </>
  );
}
