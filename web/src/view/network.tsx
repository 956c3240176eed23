/** Which rollup this is: contract, keys, tokens, fees, what may change, who proves. */
import { count, plural } from '../numbers.js';
import { duration } from '../time.js';
import { DevelopmentKey } from './verify.js';
import { useLoad, useWorld } from './context.js';
import { Costs } from './costs.js';
import { Governance } from './governance.js';
import { Amount, Code, Fact, Facts, Link, Table, Time, Waiting } from './parts.js';
import { Workers } from './workers.js';

export function NetworkPage() {
  const { status } = useWorld().known;
  return (
    <>
      <h1 tabIndex={-1}>Network</h1>
      {status ? <Network /> : <Waiting lines={12} />}
    </>
  );
}

function Network() {
  const { known, prover } = useWorld();
  const { status, tokens } = known;
  if (!status) return null;
  const { l1 } = status;
  return (
    <>
      <Facts>
        <Fact name="Network">{status.network}</Fact>
        <Fact name="Chain id of the layer 1">{status.chain_id}</Fact>
        <Fact name="Contract">
          <Code text={status.contract} what="the contract’s address" />
        </Fact>
        <Fact name="Operator">
          {status.operator == null ? (
            <span class="quiet">another node’s: this one follows the layer 1</span>
          ) : (
            <>
              <Link to={{ page: 'owner', address: status.operator }}>accounts</Link>{' '}
              <Code text={status.operator} what="the operator’s address" />
            </>
          )}
        </Fact>
        <Fact name="Layer 1 block">
          {count(l1.block)}{' '}
          <span class="quiet">
            seen <Time at={l1.seen_ms} />
          </span>
        </Fact>
        <Fact name="Final after">{plural(l1.finality_blocks, 'block', 'blocks')}</Fact>
        <Fact name="Queue entries are taken after">{plural(l1.confirmations, 'confirmation', 'confirmations')}</Fact>
        <Fact name="A batch is closed after">{duration(status.batch_time_ms)}</Fact>
        <Fact name="Room for waiting transactions">{count(status.pool.most)}</Fact>
        <Fact name="Domain of signatures">
          <Code text={status.domain} what="the domain" />
        </Fact>
      </Facts>
      <section aria-labelledby="shapes">
        <h2 id="shapes">Shapes of batches</h2>
        <Table
          name="Shapes"
          head={['Shape', 'Transfers|number', 'Full records|number', 'Fee slots|number', 'Verifying key (SHA-256)']}
        >
          {status.shapes.map((shape) => (
            <tr key={shape.name}>
              <td>{shape.name}</td>
              <td class="number">{count(shape.transfers)}</td>
              <td class="number">{count(shape.full_records)}</td>
              <td class="number">{count(shape.fee_slots)}</td>
              <td>
                <Code text={shape.verifying_key_sha256} what="the verifying key’s hash" />
              </td>
            </tr>
          ))}
        </Table>
        {status.shapes.some(({ insecure_development_key: insecure }) => insecure) && <DevelopmentKey />}
      </section>
      <section aria-labelledby="tokens">
        <h2 id="tokens">Tokens and fees</h2>
        <p class="lead">
          Names are the operator’s, and no two are the same. What a token calls itself may be anything.
        </p>
        <Tokens tokens={tokens} />
      </section>
      <Costs />
      <Governance status={status} />
      <Workers token={prover} />
    </>
  );
}

function Tokens({ tokens }: { tokens: ReturnType<typeof useWorld>['known']['tokens'] }) {
  const { node, known } = useWorld();
  // A node that follows the layer 1 asks for no fees.
  const asks = known.status?.operator != null;
  const fees = useLoad('fees', `${asks} ${tokens.length} ${known.status?.l1.block}`, (signal) =>
    asks ? node.fees({ signal }) : Promise.resolve([]),
  );
  const feeOf = (number: number) =>
    fees.is === 'there' ? fees.value.find(({ token }) => token === number) : undefined;
  return (
    <Table
      name="Tokens and fees"
      head={['Token', 'Calls itself', 'Decimals|number', 'Least fee|number', 'With a full record|number', 'Contract']}
    >
      {tokens.map(({ number, name, symbol, decimals, address }) => {
        const fee = feeOf(number);
        return (
          <tr key={number}>
            <td>{name ?? `token ${number}`}</td>
            <td>{symbol ?? <span class="quiet">not known</span>}</td>
            <td class="number">{decimals ?? <span class="quiet">not known</span>}</td>
            <td class="number">{fee ? <Amount base={fee.minimum} token={number} /> : <span class="quiet">–</span>}</td>
            <td class="number">
              {fee ? <Amount base={fee.full_record} token={number} /> : <span class="quiet">–</span>}
            </td>
            <td>
              {address == null ? (
                <span class="quiet">none: ether</span>
              ) : (
                <Code text={address} what="the token’s address" />
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}
