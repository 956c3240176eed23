/** The codes of `docs/spec/api.md` with the data that comes with each; a test compares the two. */

type Nothing = Record<string, never>;
type Place = { line: number; column: number };

/** What `details` holds, by code. Amounts are base units as decimal strings. */
export interface ErrorDetails {
  malformed_request: Nothing;
  malformed_json: Place;
  invalid_body: Place;
  body_unreadable: Nothing;
  invalid_parameter: { parameter: string };
  invalid_account_index: { field: string; given: number };
  invalid_amount: { field: string };
  invalid_fee: { field: string };
  invalid_address: { field: string };
  fee_not_representable: { field: string; given: string; nearest_below: string };
  wrong_network: { field: string; expected: string; found: string };
  invalid_signature: Nothing;
  unknown_account: { account: number };
  wrong_token: { account: number; named: number; found: number };
  wrong_owner: { account: number };
  nonce_exhausted: { account: number };
  wrong_nonce: { given: number; next: number };
  nonce_too_far: { given: number; next: number; window: number };
  expired: { expires: number; now: number };
  expires_too_soon: { expires: number; least: number };
  expires_too_late: { expires: number; most: number };
  zero_amount: Nothing;
  refused_receiver: { receiver: string };
  insufficient_balance: { balance: string; needed: string; reserved?: string };
  amount_not_representable: { amount: string; nearest_below: string };
  balance_overflow: Nothing;
  owner_off_curve: Nothing;
  tree_full: Nothing;
  fee_too_low: { token: number; given: string; minimum: string };
  fee_token_not_accepted: { token: number };
  unauthorized: Nothing;
  forbidden: Nothing;
  no_jobs: Nothing;
  read_only: { submit_to: string | null };
  unknown_transaction: Nothing;
  unknown_key: Nothing;
  unknown_path: Nothing;
  unknown_batch: { batch: number };
  not_proved_yet: { batch: number };
  root_not_kept: { asked: number; proved: number; sealed: number };
  unknown_entry: { entry: number };
  unknown_job: { job: number };
  wrong_method: Nothing;
  timed_out: Nothing;
  duplicate: { hash: string; stage: string };
  nonce_taken: { given: number; by: string; replace_fee: string };
  reference_taken: Nothing;
  job_taken: Nothing;
  job_gone: Nothing;
  body_too_large: { most_bytes: number };
  wrong_proof: Nothing;
  too_many_requests: { wait_s: number };
  internal: Nothing;
  busy: Nothing;
  starting_anew: Nothing;
  storage_unavailable: Nothing;
  halted: Nothing;
  /** Of a rejected transaction alone: its sender signed another with its nonce and a higher fee. */
  replaced: { by: string };
  /** Of a rejected transaction alone: it waited for an earlier nonce, and its room was needed. */
  displaced: Nothing;
}

/** A documented code. */
export type ErrorCode = keyof ErrorDetails;

/** The data of a code; anything where the code is not known. */
export type DetailsOf<C extends string> = C extends ErrorCode ? ErrorDetails[C] : Record<string, unknown>;
