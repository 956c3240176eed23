/** All that moved this wallet's money: sent, received, deposited, withdrawn. */
import type { AccountView } from '@assay/client';
import { useState } from 'preact/hooks';
import { tokenName } from '../../numbers.js';
import { latestFirst } from '../../wallet/latest.js';
import { useLoad, useWorld } from '../context.js';
import { Link, Show } from '../parts.js';
import { latestPayments, PaymentTable, Payments } from '../payments.js';
import { useAccounts, type OpenWallet } from './context.js';
import { Choice } from './fields.js';

export function History({ wallet }: { wallet: OpenWallet }) {
  const accounts = useAccounts(wallet.address);
  return (
    <>
      <p class="lead">
        As the node lists it, from any device. What a payment was for is shown where its sender has put that beside it
        at the node, signed, which anybody can read there, or where this browser keeps it, which nobody else can.
      </p>
      <Show loaded={accounts} missing="There is no such owner.">
        {(accounts) =>
          accounts.length === 0 ? (
            <p class="empty">Nothing has moved yet.</p>
          ) : (
            <OfAccounts wallet={wallet} accounts={accounts} />
          )
        }
      </Show>
    </>
  );
}

/** An account holds one token, and has a history of its own. */
function OfAccounts({ wallet, accounts }: { wallet: OpenWallet; accounts: readonly AccountView[] }) {
  const { tokens } = useWorld().known;
  const [chosen, setChosen] = useState(accounts[0]?.index ?? 0);
  const account = accounts.find(({ index }) => index === chosen) ?? accounts[0];
  if (!account) return null;
  const { index } = account;
  return (
    <>
      {accounts.length > 1 && (
        <div class="form">
          <Choice
            name="Token"
            value={String(index)}
            set={(value) => setChosen(Number(value))}
            choices={accounts.map(({ index, token }) => [String(index), tokenName(token, tokens)] as const)}
          />
        </div>
      )}
      <Payments key={index} index={index} {...linksOf(wallet)} />
    </>
  );
}

function linksOf(wallet: OpenWallet) {
  return {
    link: (hash: string) => ({ page: 'payment', hash }) as const,
    kept: (hash: string) => wallet.references.find(hash)?.reference,
    owner: wallet.address,
  };
}

const LATEST = 5;

/** The last that moved, of all accounts. */
export function Latest({ wallet, accounts }: { wallet: OpenWallet; accounts: readonly AccountView[] }) {
  const { node, known } = useWorld();
  const indexes = accounts.map(({ index }) => index);
  const loaded = useLoad(`latest ${indexes.join(' ')}`, `${known.revision} ${known.executed}`, async (signal) => {
    const lists = await Promise.all(indexes.map((index) => latestPayments(node, index, LATEST, signal)));
    return latestFirst(lists.flatMap(({ payments }) => payments)).slice(0, LATEST);
  });
  if (loaded.is !== 'there' || loaded.value.length === 0) return null;
  return (
    <section aria-labelledby="latest">
      <div class="title">
        <h2 id="latest">Latest payments</h2>
        <Link to={{ page: 'wallet', part: 'history' }}>all of them</Link>
      </div>
      <PaymentTable payments={loaded.value} {...linksOf(wallet)} />
    </section>
  );
}
