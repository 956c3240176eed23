/** Accounts: by their index, and all of an owner. */
import type { AccountView } from '@assay/client';
import { count, plural, tokenName } from '../numbers.js';
import { useLoad, useWorld } from './context.js';
import { Amount, Code, Fact, Facts, Link, Show, Table } from './parts.js';
import { Payments } from './payments.js';

export function AccountPage({ index }: { index: number }) {
  const { node, known } = useWorld();
  const version = `${known.revision} ${known.executed}`;
  const loaded = useLoad(`account ${index}`, version, async (signal) => {
    const account = await node.account(index, { signal });
    return { account, all: await node.accounts(account.owner, { signal }) };
  });
  return (
    <>
      <h1 tabIndex={-1}>Account {count(index)}</h1>
      <Show
        loaded={loaded}
        missing={`There is no account ${count(index)}. Accounts are made by a first deposit or payment.`}
      >
        {({ account, all }) => (
          <>
            <p class="subject">
              <Code text={account.owner} what="the owner’s address" whole />
            </p>
            <Balances accounts={all} current={index} />
            <Standing account={account} />
            <Proof index={index} />
            <History key={index} index={index} owner={account.owner} />
          </>
        )}
      </Show>
    </>
  );
}

export function OwnerPage({ address }: { address: string }) {
  const { node, known } = useWorld();
  const version = `${known.revision} ${known.executed}`;
  const loaded = useLoad(`owner ${address}`, version, (signal) => node.accounts(address, { signal }));
  return (
    <>
      <h1 tabIndex={-1}>Owner</h1>
      <p class="subject">
        <Code text={address} what="the address" whole />
      </p>
      <Show loaded={loaded} missing="There is no such owner.">
        {(accounts) =>
          accounts.length === 0 ? (
            <p class="empty">
              This address has no account yet. The first deposit to it or payment to it makes one; it can be paid now.
            </p>
          ) : (
            <Balances accounts={accounts} />
          )
        }
      </Show>
    </>
  );
}

function Balances({ accounts, current }: { accounts: readonly AccountView[]; current?: number }) {
  const { tokens } = useWorld().known;
  return (
    <section aria-labelledby="balances">
      <h2 id="balances">Balance by token</h2>
      <p class="lead">An account holds one token. What is executed rests on the operator’s word until it is proved.</p>
      <Table
        name="Balance by token"
        head={['Token', 'Executed|number', 'Proved on the layer 1|number', 'Account|number', 'Nonce|number']}
      >
        {accounts.map(({ index, token, balance, proved_balance: proved, nonce }) => (
          <tr key={index}>
            <td>{tokenName(token, tokens)}</td>
            <td class="number strong">
              <Amount base={balance} token={token} />
            </td>
            <td class="number">
              {proved == null ? <span class="quiet">not there yet</span> : <Amount base={proved} token={token} />}
            </td>
            <td class="number">
              {index === current ? (
                <span aria-current="true">{index}, this one</span>
              ) : (
                <Link to={{ page: 'account', index }} label={`Account ${index}`}>
                  {index}
                </Link>
              )}
            </td>
            <td class="number">{count(nonce)}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Standing({ account }: { account: AccountView }) {
  return (
    <Facts>
      <Fact name="Waiting for execution">{plural(account.pending, 'transaction', 'transactions')}</Fact>
      <Fact name="Nonce to sign next">{count(account.next_nonce)}</Fact>
      <Fact name="Nonce after the last proved batch">
        {account.proved_nonce == null ? <span class="quiet">not there yet</span> : count(account.proved_nonce)}
      </Fact>
    </Facts>
  );
}

/** What its owner leaves with where the operator is gone. */
function Proof({ index }: { index: number }) {
  const { node, known } = useWorld();
  const proved = known.status?.heights.proved ?? 0;
  const loaded = useLoad(`proof ${index}`, proved, (signal) => node.accountProof(index, { signal }));
  return (
    <section aria-labelledby="proof">
      <h2 id="proof">Merkle proof</h2>
      <Show loaded={loaded} missing="The node has no tree of the last proved batch yet.">
        {(proof) => (
          <>
            <p class="lead">
              {proof.owner == null
                ? 'The leaf is empty in the last proved batch: the account is newer.'
                : 'With this path its owner shows what the account holds, and takes it out on the layer 1 if the operator is gone. Compare the root with the contract’s.'}
            </p>
            <Facts>
              <Fact name="After batch">
                <Link to={{ page: 'batch', number: proof.batch }}>{count(proof.batch)}</Link>
              </Fact>
              <Fact name="Root">
                <Code text={proof.root} what="the root" />
              </Fact>
              <Fact name="Leaf">
                <Code text={proof.leaf} what="the leaf" />
              </Fact>
              <Fact name="Path">
                {proof.siblings.length} levels of three nodes · <a href={`v1/accounts/${index}/proof`}>as JSON</a>
              </Fact>
            </Facts>
          </>
        )}
      </Show>
    </section>
  );
}

function History({ index, owner }: { index: number; owner: string }) {
  return (
    <section aria-labelledby="history">
      <h2 id="history">Payments</h2>
      <p class="lead">
        What moved its money, and what of its own waits or was rejected. Fees that an operator’s account earns are one
        sum for each batch. What a payment was for is its sender’s word, by signature, and public.
      </p>
      <Payments index={index} owner={owner} />
    </section>
  );
}
