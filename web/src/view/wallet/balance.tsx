/** What the wallet has, and what it sent last. */
import type { AccountView } from '@assay/client';
import { plural } from '../../numbers.js';
import { useWorld } from '../context.js';
import { Amount, Code, Link, Show } from '../parts.js';
import { useAccounts, type OpenWallet } from './context.js';
import { Payments } from './sent.js';

export function Balance({ wallet }: { wallet: OpenWallet }) {
  const accounts = useAccounts(wallet.address);
  const latest = wallet.sent.all().slice(0, 5);
  return (
    <>
      <Show loaded={accounts} missing="There is no such owner.">
        {(accounts) => (accounts.length === 0 ? <Nothing wallet={wallet} /> : <Purses accounts={accounts} />)}
      </Show>
      {latest.length > 0 && (
        <section aria-labelledby="latest">
          <h2 id="latest">Sent last</h2>
          <Payments payments={latest} />
        </section>
      )}
    </>
  );
}

function Purses({ accounts }: { accounts: readonly AccountView[] }) {
  return (
    <>
      <ul class="purses">
        {accounts.map(({ index, token, balance, proved_balance: proved, pending }) => (
          <li key={index}>
            <p class="sum">
              <Amount base={balance} token={token} />
            </p>
            <p class="quiet">
              {proved === balance ? (
                <>All of it is proved on the layer 1</>
              ) : (
                <>
                  Proved on the layer 1: {proved == null ? 'nothing yet' : <Amount base={proved} token={token} />}. The
                  rest rests on the operator’s word
                </>
              )}
              {pending > 0 && ` · ${plural(pending, 'payment waits', 'payments wait')}`} ·{' '}
              <Link to={{ page: 'account', index }}>account {index}</Link>
            </p>
          </li>
        ))}
      </ul>
      <p class="actions">
        <a class="button first" href="#/wallet/send">
          Send
        </a>
        <a class="button" href="#/wallet/receive">
          Receive
        </a>
        <a class="button" href="#/wallet/withdraw">
          Withdraw
        </a>
      </p>
    </>
  );
}

function Nothing({ wallet }: { wallet: OpenWallet }) {
  const { status } = useWorld().known;
  const development = wallet.network === 'development';
  return (
    <div class="empty">
      <p>There is nothing here yet. Have somebody pay this address, or deposit from the layer 1 to it:</p>
      <p>
        <Code text={wallet.address} what="the address" whole />
      </p>
      <p>
        {development ? (
          <>
            On a development chain: save the key as a file, then{' '}
            <code>assay wallet deposit 1eth --key FILE --l1-account 1</code>, with the URLs that the chain has printed.
          </>
        ) : (
          <>
            To deposit, save the key as a file and use <code>assay wallet deposit</code>.
          </>
        )}{' '}
        A deposit is here after {plural(status?.l1.confirmations ?? 0, 'confirmation', 'confirmations')} and the next
        batch.
      </p>
    </div>
  );
}
