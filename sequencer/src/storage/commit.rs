//! What is written together.

use std::collections::{BTreeMap, BTreeSet};

use assay_circuits::{
    access::Access,
    account::Account,
    batch::{BatchWitness, State},
    order::{Domain, TxHash},
    quantity::{AccountIndex, Amount, BatchNumber},
    statement::PublicInputs,
    transition::Change,
};
use assay_l1::batch::claims_hash;

use super::{
    claims, payments,
    table::{self, RowChanges, encode},
};
use crate::{
    l1::contract,
    record::{
        AccountChange, AdoptedBatch, BatchContents, BatchRecord, ClosedBatch, DropCause, InFlight,
        L1Record, LogRecord, Member, OpenHeader, OpenRow, Outcome, ProofRecord, ProvingTime,
        QueueCursor, SealedBatch, StoredClaim, StoredReference, SubmissionCost, Tip,
        TransactionLogRecord, TransactionRecord, Vouchers, Word,
    },
};

/// What the indexes have, counted up when they have more: fees, then claims.
pub(super) const INDEXES: u32 = 2;

/// Rows, files and log records that are written together: all of it, or (for rows) nothing.
#[derive(Debug, Default)]
pub struct Commit {
    pub(super) rows: RowChanges,
    pub(super) files: Vec<(BatchFile, Vec<u8>)>,
    pub(super) log: Vec<(BatchNumber, Vec<u8>)>,
    /// Records of the log of acknowledged transactions.
    pub(super) transactions: Vec<Vec<u8>>,
    /// Batches whose files are not needed any more.
    pub(super) forgotten: Vec<BatchNumber>,
    /// The batch after which the log is cut.
    pub(super) cut: Option<BatchNumber>,
    /// Transactions whose place in the index of payments may change.
    pub(super) touched: BTreeSet<TxHash>,
    /// The last sealed batch afterwards, where it is another.
    pub(super) sealed: Option<BatchNumber>,
}

impl Commit {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
            && self.files.is_empty()
            && self.log.is_empty()
            && self.transactions.is_empty()
    }

    /// The version of the rows, whose indexes are complete.
    pub(super) fn format(&mut self, format: u32) {
        self.rows.set(&table::FORMAT, &format);
        self.rows.set(&table::INDEXES, &INDEXES);
    }

    /// What the rows are of, and where they begin.
    pub(super) fn settings(&mut self, format: u32, domain: Domain, base: &Tip) {
        self.format(format);
        self.rows.set(&table::DOMAIN, &domain);
        self.rows.set(&table::BASE, base);
    }

    /// An account of the state with which the directory begins.
    pub(super) fn account(&mut self, index: AccountIndex, account: Account) {
        self.rows.put(&table::ACCOUNTS, &index, &(index, account));
    }

    /// A transaction as it now is.
    pub fn transaction(&mut self, hash: TxHash, record: &TransactionRecord) {
        self.rows.put(&table::TRANSACTIONS, &hash, record);
        self.touched.insert(hash);
    }

    /// A transaction is acknowledged, and waits from now on.
    pub fn wait(&mut self, hash: TxHash, record: &TransactionRecord) {
        let acknowledged = TransactionLogRecord::Acknowledged(record.acknowledged());
        self.transactions.push(encode(&acknowledged));
        self.wait_again(hash, record.clone());
        self.next_sequence(record.sequence + 1);
    }

    /// A transaction that was acknowledged with this number must not be executed, even if the database
    /// is lost and its turn comes. What is stored of it is not changed.
    pub fn withdraw(&mut self, sequence: u64) {
        let withdrawn = TransactionLogRecord::Withdrawn { sequence };
        self.transactions.push(encode(&withdrawn));
    }

    /// The number that the next acknowledged transaction gets.
    pub(super) fn next_sequence(&mut self, sequence: u64) {
        self.rows.set(&table::NEXT_SEQUENCE, &sequence);
    }

    /// A transaction waits no more.
    pub fn end_wait(&mut self, sequence: u64) {
        self.rows.delete(&table::WAITING, &sequence);
    }

    /// A batch is open.
    pub fn open(&mut self, header: &OpenHeader) {
        self.rows.set(&table::OPEN_HEADER, header);
    }

    /// The open batch has executed an operation, its `place`-th from 0.
    pub fn execute(&mut self, place: u32, row: &OpenRow) {
        self.rows.put(&table::OPEN, &place, row);
    }

    /// The open batch, which has `places` operations, is closed.
    pub fn close(&mut self, closed: &ClosedBatch, places: u32) {
        self.rows.put(&table::CLOSED, &closed.number(), closed);
        self.forget_open(places);
    }

    /// A closed batch was executed in its final order; `state` is that after it, `parent` the hash
    /// of the batch before it. Returns the batch's record and what it holds.
    pub fn seal(
        &mut self,
        closed: &ClosedBatch,
        witness: &BatchWitness,
        state: &State,
        (parent, sealed_ms): (Word, u64),
    ) -> (BatchRecord, Vec<Member>) {
        let number = closed.number();
        let mut record = BatchRecord {
            number,
            shape: witness.shape,
            timestamp: witness.timestamp,
            old_root: witness.old_root,
            new_root: witness.new_root,
            inputs: witness.statement().public_inputs(),
            accounts: witness.accounts_after,
            settler: witness.settler,
            claims_hash: Word::default(),
            hash: Word::default(),
            queue_end: closed.queue_end,
            tails: closed.tails.clone(),
            operations: u32::try_from(witness.operation_count()).expect("a batch is small"),
            closed_ms: closed.closed_ms,
            sealed_ms,
            adopted: false,
        };
        let changes = changed_accounts(witness, state);
        let contents = BatchContents::of(&closed.input, witness.accounts_before);
        let chained = (parent, witness.domain);
        let members = self.batch(&mut record, &contents, &changes, chained);
        self.rows.delete(&table::CLOSED, &number);
        self.files
            .push((BatchFile::Witness(number), encode(witness)));
        let log_record = LogRecord::Sealed(SealedBatch {
            closed: closed.clone(),
            old_root: witness.old_root,
            new_root: witness.new_root,
            sealed_ms,
        });
        self.log.push((number, encode(&log_record)));
        (record, members)
    }

    /// A batch's witness, in postcard, in the place of one that was damaged.
    pub(super) fn witness(&mut self, number: BatchNumber, witness: &[u8]) {
        self.files
            .push((BatchFile::Witness(number), witness.to_vec()));
    }

    /// A batch of the layer 1 comes after the last one, whose hash is `parent`. It makes these changes
    /// of accounts, and its proof is of these inputs. Returns its record, the accounts that it changed
    /// and what it holds.
    pub fn adopt(
        &mut self,
        adopted: &AdoptedBatch,
        inputs: PublicInputs,
        changes: &[Change],
        (parent, domain): (Word, Domain),
    ) -> (BatchRecord, Vec<AccountChange>, Vec<Member>) {
        let (number, at_ms) = (adopted.number, adopted.adopted_ms);
        let operations = adopted.contents.operations().count();
        let mut record = BatchRecord {
            number,
            shape: adopted.shape,
            timestamp: adopted.timestamp,
            old_root: adopted.old_root,
            new_root: adopted.new_root,
            inputs,
            accounts: adopted.accounts,
            settler: adopted.settler,
            claims_hash: Word::default(),
            hash: Word::default(),
            queue_end: adopted.queue_end,
            tails: adopted.tails.clone(),
            operations: u32::try_from(operations).expect("a batch is small"),
            closed_ms: at_ms,
            sealed_ms: at_ms,
            adopted: true,
        };
        let changes = first_and_last(changes);
        let chained = (parent, domain);
        let members = self.batch(&mut record, &adopted.contents, &changes, chained);
        let l1 = L1Record {
            transaction: Some(adopted.transaction),
            ..L1Record::default()
        };
        self.l1_record(number, &l1);
        let bytes = encode(adopted);
        self.files.push((BatchFile::Adopted(number), bytes));
        self.log
            .push((number, encode(&LogRecord::Adopted(adopted.clone()))));
        (record, changes, members)
    }

    /// What all batches leave; completes the record, and returns what the batch holds.
    fn batch(
        &mut self,
        record: &mut BatchRecord,
        contents: &BatchContents,
        changes: &Vec<AccountChange>,
        (parent, domain): (Word, Domain),
    ) -> Vec<Member> {
        let number = record.number;
        record.claims_hash = claims_hash(&contract::batch_data(record, contents).claims());
        record.hash = contract::header(record).hash(parent);
        for change in changes {
            let row = (change.index, change.after);
            self.rows.put(&table::ACCOUNTS, &change.index, &row);
        }
        self.rows.put(&table::CHANGES, &number, changes);
        self.rows.put(&table::BATCHES, &number, record);
        self.rows.clear(&table::LOG_CUT);
        self.sealed = Some(number);
        self.index(record, contents, domain)
    }

    /// What a batch did to accounts, by account, and what can be claimed of it; its transactions are in a
    /// sealed batch now. Returns what it holds.
    pub(super) fn index(
        &mut self,
        batch: &BatchRecord,
        contents: &BatchContents,
        domain: Domain,
    ) -> Vec<Member> {
        let hashes = payments::hashes(contents, domain);
        for (account, rows) in payments::of_batch(batch, contents, &hashes) {
            let key = (account, batch.number);
            self.rows.put(&table::PAYMENTS, &key, &(batch.number, rows));
        }
        for slot in &contents.fee_slots {
            let (key, fees) = ((slot.account, batch.number), contents.fees_in(slot.token));
            if fees > Amount::ZERO {
                self.rows.put(&table::FEES, &key, &(batch.number, fees));
            }
        }
        let members = Member::of_batch(payments::queue_begin(batch), contents, &hashes);
        let claims = claims::of_batch(batch, contents, &members);
        for claimant in claims::claimants(&claims) {
            let key = (claimant, batch.number);
            self.rows.put(&table::CLAIMANTS, &key, &batch.number);
        }
        if !claims.is_empty() {
            self.rows.put(&table::CLAIMS, &batch.number, &claims);
        }
        self.touched.extend(hashes.into_values());
        members
    }

    /// The indexes have nothing any more of a batch that changed these accounts and of which this could be
    /// claimed.
    fn forget_index(
        &mut self,
        number: BatchNumber,
        (changes, claims): (&[AccountChange], &[StoredClaim]),
    ) {
        for change in changes {
            self.rows.delete(&table::PAYMENTS, &(change.index, number));
            self.rows.delete(&table::FEES, &(change.index, number));
        }
        for claimant in claims::claimants(claims) {
            self.rows.delete(&table::CLAIMANTS, &(claimant, number));
        }
        self.rows.delete(&table::CLAIMS, &number);
    }

    /// When the node's parts are made again, batches after `to` are to be dropped, for this reason.
    pub fn want_roll_back(&mut self, to: BatchNumber, cause: DropCause) {
        self.rows.set(&table::ROLL_BACK, &(to, cause));
    }

    /// A sealed batch is no batch any more; it had made these changes, and this could be claimed of it.
    pub(super) fn unseal(&mut self, number: BatchNumber, left: (&[AccountChange], &[StoredClaim])) {
        for AccountChange { index, before, .. } in left.0 {
            match before {
                Some(before) => self.account(*index, *before),
                None => self.rows.delete(&table::ACCOUNTS, index),
            }
        }
        self.forget_rows(number, left);
    }

    /// Nothing is kept of a batch, which left these changes and claims, and which all others come after.
    pub(super) fn forget_batch(&mut self, tip: &Tip, left: (&[AccountChange], &[StoredClaim])) {
        self.forget_rows(tip.number, left);
        self.rows.set(&table::BASE, tip);
    }

    /// The rows of a batch, which left these changes and claims.
    fn forget_rows(&mut self, number: BatchNumber, left: (&[AccountChange], &[StoredClaim])) {
        self.forget_index(number, left);
        self.rows.delete(&table::CHANGES, &number);
        self.rows.delete(&table::BATCHES, &number);
        self.rows.delete(&table::PROOFS, &number);
        self.rows.delete(&table::L1_RECORDS, &number);
        self.rows.delete(&table::COSTS, &number);
        self.rows.delete(&table::PROVING_TIMES, &number);
    }

    /// The sender puts a text beside a transaction.
    pub fn refer(&mut self, hash: TxHash, reference: &StoredReference) {
        self.rows.put(&table::REFERENCES, &hash, reference);
    }

    /// Nothing is kept of a transaction.
    pub(super) fn forget_transaction(&mut self, hash: TxHash) {
        self.rows.delete(&table::REFERENCES, &hash);
        self.rows.delete(&table::TRANSACTIONS, &hash);
        self.touched.insert(hash);
    }

    /// A closed batch is no batch any more.
    pub(super) fn forget_closed(&mut self, number: BatchNumber) {
        self.rows.delete(&table::CLOSED, &number);
    }

    /// The open batch, which has `places` operations, is no batch any more.
    pub(super) fn forget_open(&mut self, places: u32) {
        self.rows.clear(&table::OPEN_HEADER);
        for place in 0..places {
            self.rows.delete(&table::OPEN, &place);
        }
    }

    /// A transaction that had its turn waits again, in its old place.
    pub(super) fn wait_again(&mut self, hash: TxHash, record: TransactionRecord) {
        let record = TransactionRecord {
            outcome: Outcome::Waiting,
            ..record
        };
        self.transaction(hash, &record);
        self.rows.put(&table::WAITING, &record.sequence, &hash);
    }

    /// The last batch is `to`, and the log is cut there.
    pub(super) fn rolled_back(&mut self, to: BatchNumber) {
        self.rows.clear(&table::ROLL_BACK);
        self.rows.set(&table::LOG_CUT, &to);
        self.cut = Some(to);
        self.sealed = Some(to);
    }

    /// A verified proof.
    pub fn proof(&mut self, number: BatchNumber, record: &ProofRecord) {
        self.rows.put(&table::PROOFS, &number, record);
    }

    /// How long a batch's proof took.
    pub fn proving_time(&mut self, number: BatchNumber, time: ProvingTime) {
        self.rows.put(&table::PROVING_TIMES, &number, &time);
    }

    /// What the transaction took that brought a batch.
    pub fn submission_cost(&mut self, number: BatchNumber, cost: &SubmissionCost) {
        self.rows.put(&table::COSTS, &number, cost);
    }

    /// What a batch did on the layer 1. The witness of one that is final there is not kept.
    pub fn l1_record(&mut self, number: BatchNumber, record: &L1Record) {
        if record.final_ms.is_some() {
            self.forgotten.push(number);
        }
        self.rows.put(&table::L1_RECORDS, &number, record);
    }

    /// A transaction of the node goes to the layer 1.
    pub fn fly(&mut self, in_flight: &InFlight) {
        self.rows
            .put(&table::IN_FLIGHT, &in_flight.nonce, in_flight);
    }

    /// The transaction with this nonce is final.
    pub fn land(&mut self, nonce: u64) {
        self.rows.delete(&table::IN_FLIGHT, &nonce);
    }

    /// These blocks vouch for how far batches have come.
    pub fn vouchers(&mut self, vouchers: &Vouchers) {
        self.rows.set(&table::VOUCHERS, vouchers);
    }

    /// Where the next entries of the queue are looked for.
    pub fn queue_cursor(&mut self, cursor: &QueueCursor) {
        self.rows.set(&table::QUEUE_CURSOR, cursor);
    }

    /// Events of the layer 1 have been read up to this block.
    pub fn l1_cursor(&mut self, block: u64) {
        self.rows.set(&table::L1_CURSOR, &block);
    }
}

/// A file beside the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BatchFile {
    /// The witness of a batch that the node sealed.
    Witness(BatchNumber),
    /// A batch that the node adopted.
    Adopted(BatchNumber),
}

/// The accounts that changed, each as it was before the first change and is after the last, by index.
fn first_and_last(changes: &[Change]) -> Vec<AccountChange> {
    let mut found = BTreeMap::new();
    for Change {
        index,
        before,
        after,
    } in changes
    {
        let change = AccountChange {
            index: *index,
            before: *before,
            after: *after,
        };
        found.entry(*index).or_insert(change).after = *after;
    }
    found.into_values().collect()
}

/// The accounts that a batch touched, each as it was before and is after, by index.
fn changed_accounts(witness: &BatchWitness, state: &State) -> Vec<AccountChange> {
    let slots = witness.full.iter().chain(&witness.transfers);
    let accesses = slots.flat_map(|slot| [slot.sender, slot.recipient]);
    let mut touched: Vec<Access> = accesses.chain(witness.fees.iter().copied()).collect();
    // Stable: of the accesses to one account the first stays, which saw it before the batch.
    touched.sort_by_key(|access| access.index);
    touched.dedup_by_key(|access| access.index);
    let change = |access: Access| {
        let index = AccountIndex::new(access.index).ok()?;
        let after = *state.ledger().account(index)?;
        Some(AccountChange {
            index,
            before: access.before,
            after,
        })
    };
    touched.into_iter().filter_map(change).collect()
}
