/** What a link asks for, before it is paid. */
import { mistakeInRequest, type PaymentRequest } from '../../wallet/request.js';
import { useNow, useWorld } from '../context.js';
import { Amount, Code, Fact, Facts, Time } from '../parts.js';

/** Why it cannot be paid here and now; nothing where it can, or where the node has not answered yet. */
export function useRequestMistake(request: PaymentRequest | undefined): string | undefined {
  const now = useNow();
  const { status } = useWorld().known;
  if (!request || !status) return undefined;
  return mistakeInRequest(request, { chain: status.chain_id, contract: status.contract }, now);
}

export function Asked({ request }: { request: PaymentRequest | undefined }) {
  const mistake = useRequestMistake(request);
  if (!request) {
    return (
      <p class="empty" role="alert">
        This link is no payment request: a part of it is missing or was changed. Ask whoever sent it for a new one.
      </p>
    );
  }
  const { to, token, amount, reference, expires } = request;
  return (
    <>
      {mistake !== undefined && (
        <section class="banner grave" aria-label="It cannot be paid">
          <h2>It cannot be paid</h2>
          <p>{mistake}</p>
        </section>
      )}
      <p class="lead">Whoever made the link wrote what is in it. Check by another way that the address is theirs.</p>
      <Facts>
        <Fact name="Amount">
          {amount === undefined ? 'you choose' : <Amount base={String(amount)} token={token} />}
        </Fact>
        <Fact name="For">{reference ?? <span class="quiet">nothing is said</span>}</Fact>
        <Fact name="Expires">{expires === undefined ? 'never' : <Time at={expires * 1000} full />}</Fact>
        <Fact name="To">
          <Code text={to} what="the address" />
        </Fact>
      </Facts>
    </>
  );
}
