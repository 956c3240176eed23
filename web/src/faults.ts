/** A node's faults in plain words (docs/spec/api.md, "Faults"). */

export interface Fault {
  readonly code: string;
  readonly title: string;
  /** What the node says of it. */
  readonly told: string;
  /** What goes on meanwhile. */
  readonly meanwhile: string;
  /** Nothing that is asked of the node now is refused for it. */
  readonly mild: boolean;
}

interface Words {
  readonly title: string;
  readonly meanwhile: string;
  readonly mild?: true;
}

const ON = 'Payments are taken and executed as ever.';
const BATCHES_WAIT = 'Payments are taken and executed; batches wait for the layer 1.';
const READING = 'Nothing new is taken; what is there can be read.';

const WORDS: ReadonlyMap<string, Words> = new Map(
  Object.entries<Words>({
    l1_unreachable: { title: 'The layer 1 does not answer', meanwhile: BATCHES_WAIT },
    l1_refuses: { title: 'The layer 1 refuses what the node sends', meanwhile: BATCHES_WAIT },
    clock_apart: { title: 'The node’s clock and the layer 1’s differ', meanwhile: ON, mild: true },
    l1_slow: { title: 'The layer 1 is slow', meanwhile: ON, mild: true },
    l1_stuck: { title: 'A batch is stuck on its way to the layer 1', meanwhile: BATCHES_WAIT, mild: true },
    not_operator: { title: 'The node may not submit batches now', meanwhile: BATCHES_WAIT, mild: true },
    l1_funds: { title: 'The node has no ether to submit batches with', meanwhile: BATCHES_WAIT, mild: true },
    no_fee_account: { title: 'The operator has no account for fees in a token', meanwhile: ON, mild: true },
    proving_fails: { title: 'A batch could not be proved yet', meanwhile: ON, mild: true },
    sealing_stalled: {
      title: 'Payments wait long for a batch',
      meanwhile: 'Payments are taken; they are executed when there is room in a batch.',
      mild: true,
    },
    proving_stalled: { title: 'A batch waits long for its proof', meanwhile: ON, mild: true },
    frozen: {
      title: 'The rollup is frozen',
      meanwhile: 'Its users leave on the layer 1, each with a proof of the own leaf.',
    },
    storage_unavailable: { title: 'The node cannot write to its disk', meanwhile: READING },
    catching_up: { title: 'The node is behind the layer 1', meanwhile: READING },
    foreign_batch: { title: 'What the layer 1 tells of a batch does not hold', meanwhile: READING },
    inconsistent_state: { title: 'The node’s states disagree: a bug', meanwhile: READING },
  }),
);

/** Of `code: what the node says of it`. */
export function faultOf(text: string): Fault {
  const [, code = '', told = text] = /^([a-z0-9_]+): (.*)$/s.exec(text) ?? [];
  const words = WORDS.get(code) ?? { title: 'The node reports a fault', meanwhile: '' };
  return { code, told, title: words.title, meanwhile: words.meanwhile, mild: words.mild ?? false };
}
