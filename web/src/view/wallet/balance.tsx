/** What the wallet has, what is on its way, and what moved last. */
import type { AccountView } from '@assay/client';
import { useState } from 'preact/hooks';
import { plural } from '../../numbers.js';
import { askFaucet } from '../../wallet/faucet.js';
import { useLast, useWorld } from '../context.js';
import { Amount, Button, Code, Link, Show } from '../parts.js';
import { Claims } from './claims.js';
import { useAccounts, type OpenWallet } from './context.js';
import { Failure } from './fields.js';
import { Latest } from './history.js';
import { Underway } from './underway.js';

export function Balance({ wallet }: { wallet: OpenWallet }) {
  const accounts = useAccounts(wallet.address);
  const found = accounts.is === 'there' ? accounts.value : [];
  const had = useLast(found[0]);
  return (
    <>
      <Show loaded={accounts} missing="There is no such owner.">
        {(accounts) => (accounts.length === 0 ? <Nothing wallet={wallet} /> : <Purses accounts={accounts} />)}
      </Show>
      <Underway wallet={wallet} />
      {had && (
        <>
          <Claims wallet={wallet} accounts={found} />
          <Latest wallet={wallet} accounts={found} />
        </>
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
        <a class="button" href="#/wallet/deposit">
          Deposit
        </a>
        <a class="button" href="#/wallet/withdraw">
          Withdraw
        </a>
      </p>
    </>
  );
}

function Nothing({ wallet }: { wallet: OpenWallet }) {
  return (
    <div class="empty">
      <p>There is nothing here yet. Have somebody pay this address, or deposit from the layer 1 to it:</p>
      <p>
        <Code text={wallet.address} what="the address" whole />
      </p>
      <TestMoney wallet={wallet} />
      <p class="actions">
        <a class="button first" href="#/wallet/deposit">
          Deposit
        </a>
      </p>
      <p>
        From the command line it is <code>assay wallet deposit</code>, with this key saved as a file.
      </p>
    </div>
  );
}

/** Where the node gives some away: on a network for development. */
function TestMoney({ wallet }: { wallet: OpenWallet }) {
  const { node, known } = useWorld();
  const [asked, setAsked] = useState<'no' | 'yes' | { readonly failure: string }>('no');
  const faucet = known.status?.faucet;
  if (!faucet) return null;
  const ask = () => {
    setAsked('yes');
    askFaucet(node.url, faucet, wallet.address).catch((error: unknown) => {
      setAsked({ failure: error instanceof Error ? error.message : String(error) });
    });
  };
  return (
    <>
      <p>
        <Button off={asked === 'yes'} press={ask}>
          Get test money
        </Button>{' '}
        {asked === 'yes' && <span role="status">An ether is on its way through the layer 1.</span>}
      </p>
      {typeof asked === 'object' && <Failure>{asked.failure}</Failure>}
    </>
  );
}
