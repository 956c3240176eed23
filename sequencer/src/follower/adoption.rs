//! Taking a checked batch up: what it leaves in the store, and what becomes of the node's own
//! transactions that wait.
//!
//! A batch that another operator made may hold what was signed for this node: then it is executed
//! there, and never again. Where it holds something else with the same nonce, or a forced order has
//! used that nonce, what waits with it is given up.

use std::collections::BTreeMap;

use assay_api::stage::Stage;
use assay_circuits::{
    account::Account,
    operation::Operation,
    order::{Order, Signed, TxHash},
    quantity::{AccountIndex, Nonce},
    transition::Rejection,
};
use assay_l1::batch::{BatchData, ProofWords, Word};
use assay_restore::batches::Checked;

use super::inputs::FollowerInputs;
use crate::{
    accounts::PublishedAccount,
    admission::error::AdmissionError,
    event::Event,
    record::{AccountChange, AdoptedBatch, BatchContents, Member, Outcome, Tip, TransactionRecord},
    storage::{Commit, StorageError},
};

/// Names a transaction by the turn that it waits for.
type Turn = (AccountIndex, Nonce, TxHash);

/// Batches that are taken up one after the other.
pub(super) struct Adoption {
    waiting: BTreeMap<Turn, TransactionRecord>,
    /// Of the last batch.
    hash: Word,
    queue_end: u64,
}

/// What one batch does to transactions of this node.
#[derive(Default)]
struct Meaning {
    /// Those that it holds, by place.
    included: BTreeMap<u32, (TxHash, TransactionRecord)>,
    /// Those whose turn is over.
    overtaken: Vec<(TxHash, TransactionRecord)>,
}

impl Adoption {
    /// What follows comes after the batch with this tip.
    pub(super) fn begin(inputs: &FollowerInputs, tip: &Tip) -> Result<Self, StorageError> {
        let waiting = inputs.storage.waiting()?.into_iter();
        let waiting = waiting.map(|(hash, record)| (turn(hash, &record), record));
        Ok(Self {
            waiting: waiting.collect(),
            hash: tip.hash,
            queue_end: tip.queue_end,
        })
    }

    /// Takes the next batch up. Nothing of it is told before it is on disk.
    pub(super) async fn adopt(
        &mut self,
        inputs: &FollowerInputs,
        checked: &Checked,
        (data, proof, transaction): (&BatchData, &ProofWords, Word),
    ) -> Result<AdoptedBatch, StorageError> {
        let at_ms = inputs.clock.now_ms();
        let meaning = self.meaning(inputs, checked, at_ms);
        let adopted = AdoptedBatch {
            number: checked.posted.number,
            shape: checked.posted.shape,
            timestamp: checked.posted.timestamp,
            settler: checked.posted.settler,
            old_root: checked.old_root,
            new_root: checked.posted.new_root,
            accounts: checked.posted.accounts,
            queue_end: self.queue_end + u64::from(data.l1_operations),
            tails: data.tails.clone(),
            contents: contents(checked, &meaning),
            proof: proof.0.as_flattened().to_vec(),
            transaction,
            adopted_ms: at_ms,
            overtaken: meaning.overtaken.iter().map(|(hash, _)| *hash).collect(),
        };
        let mut commit = Commit::default();
        let changes = &checked.replayed.changes;
        let (record, changes, members) = commit.adopt(
            &adopted,
            checked.inputs,
            changes,
            (self.hash, inputs.domain),
        );
        for (hash, record) in meaning.included.values().chain(&meaning.overtaken) {
            commit.transaction(*hash, record);
            commit.end_wait(record.sequence);
        }
        inputs.storage.commit(commit).await?;
        (self.hash, self.queue_end) = (record.hash, record.queue_end);
        tell(inputs, &adopted, &changes, (&meaning, &members));
        Ok(adopted)
    }

    /// What a batch does to transactions of this node, which wait no more.
    fn meaning(&mut self, inputs: &FollowerInputs, checked: &Checked, at_ms: u64) -> Meaning {
        let accounts = checked.replayed.changes.iter();
        let accounts: BTreeMap<AccountIndex, Account> = accounts
            .map(|change| (change.index, change.after))
            .collect();
        let mut meaning = Meaning::default();
        for (place, operation) in (0..).zip(&checked.replayed.operations) {
            let owner = operation.sender().and_then(|from| accounts.get(&from));
            let (Some(order), Some(account)) = (operation.order(), owner) else {
                continue;
            };
            let is_it = |signed: &Signed<Order>| {
                // The index may have been another's when it was signed.
                signed.order.posted() == *order
                    && signed.verify(inputs.domain, &account.owner).is_ok()
            };
            let mut turns = self.waiting.range(turns(order.from, order.nonce));
            let Some((turn, _)) = turns.find(|(_, record)| is_it(&record.signed)) else {
                continue;
            };
            let turn = *turn;
            let record = self.waiting.remove(&turn).expect("it was found");
            let outcome = Outcome::Executed {
                batch: checked.posted.number,
                at_ms,
                to: operation.recipient(),
                position: Some(place),
            };
            let record = TransactionRecord {
                outcome,
                dropped: None,
                ..record
            };
            meaning.included.insert(place, (turn.2, record));
        }
        for (index, account) in accounts {
            self.give_up_overtaken(&mut meaning, index, account.nonce, at_ms);
        }
        meaning
    }

    /// Gives up what waits with a nonce that is used.
    fn give_up_overtaken(
        &mut self,
        meaning: &mut Meaning,
        from: AccountIndex,
        next: Nonce,
        at_ms: u64,
    ) {
        let (first, last) = ((from, 0, TxHash([0; 32])), (from, next, TxHash([0; 32])));
        let overtaken: Vec<_> = self
            .waiting
            .range(first..last)
            .map(|(turn, _)| *turn)
            .collect();
        for turn in overtaken {
            let (_, given, hash) = turn;
            let record = self.waiting.remove(&turn).expect("it was found");
            let rejection = Rejection::WrongNonce { given, next };
            let reason = AdmissionError::Rule(rejection).stored();
            let record = TransactionRecord {
                outcome: Outcome::Rejected { at_ms, reason },
                ..record
            };
            meaning.overtaken.push((hash, record));
        }
    }
}

fn turn(hash: TxHash, record: &TransactionRecord) -> Turn {
    let order = &record.signed.order;
    (order.from, order.nonce, hash)
}

/// Whatever waits for this turn.
fn turns(from: AccountIndex, nonce: Nonce) -> std::ops::RangeInclusive<Turn> {
    (from, nonce, TxHash([0; 32]))..=(from, nonce, TxHash([0xff; 32]))
}

fn contents(checked: &Checked, meaning: &Meaning) -> BatchContents {
    let (full, transfers): (Vec<Operation<Order>>, _) = {
        let count = checked.posted.full.len();
        let (full, transfers) = checked.replayed.operations.split_at(count);
        (full.to_vec(), transfers.to_vec())
    };
    let included = meaning.included.iter();
    BatchContents {
        fee_slots: checked.posted.fee_slots.clone(),
        accounts_before: checked.accounts_before,
        full,
        transfers,
        signed: included
            .map(|(place, (_, record))| (*place, record.signed))
            .collect(),
    }
}

/// Tells of a batch that is on disk.
fn tell(
    inputs: &FollowerInputs,
    adopted: &AdoptedBatch,
    changes: &[AccountChange],
    (meaning, members): (&Meaning, &[Member]),
) {
    let accounts = changes.iter();
    let accounts = accounts.map(|change| (change.index, PublishedAccount::still(change.after)));
    inputs.accounts.publish(accounts.collect());
    let (included, overtaken) = (meaning.included.values(), meaning.overtaken.iter());
    let events = &inputs.events;
    events.tell(included.chain(overtaken).map(event));
    events.tell_batch(adopted.number, Stage::Sealed, members);
}

/// What a batch did to a transaction that had waited.
fn event((hash, record): &(TxHash, TransactionRecord)) -> Event {
    let (stage, batch, to, at_ms) = match record.outcome {
        Outcome::Waiting => (Stage::Received, None, None, record.received_ms),
        Outcome::Executed {
            batch, to, at_ms, ..
        } => (Stage::Executed, Some(batch), to, at_ms),
        Outcome::Rejected { at_ms, .. } => (Stage::Rejected, None, None, at_ms),
    };
    Event::Transaction {
        hash: *hash,
        stage,
        batch,
        from: record.signed.order.from,
        to,
        dropped: record.dropped,
        at_ms,
    }
}
