//! The open batch, and the order rule that keeps soft confirmations true.
//!
//! A batch executes its entries of the layer 1's queue first, then the other full records, then the
//! transfer records, and last the fees. Operations come in another order, each is executed on the
//! soft state when it comes, and what was said of it must hold after the batch is put in its
//! order. So an operation joins only where moving it forward changes nothing:
//!
//! - An entry of the queue may debit (a forced order), and may give out an index that a transfer to
//!   a new owner got already. So entries join only a batch that holds nothing else. Where users want
//!   full records too, they leave half of them to these, unless they are due.
//! - A full record of a user debits its sender. Moved before the batch's transfers, the debit is
//!   the same if no transfer of the batch has touched its sender. Crediting the recipient earlier
//!   makes nothing fail that did not fail (balances are capped below 2^128 by the contract) and
//!   ends in the same balances; full records keep their order among each other, and only they
//!   give out indexes. If a transfer has touched the sender, the operation waits for the next
//!   batch, and so does all that its sender signed after it.
//! - A transfer comes after all that came before it, and stays there.
//!
//! Fees are sums, and are credited at the end in either order.

use std::collections::{BTreeSet, HashMap, HashSet};

use assay_circuits::{
    account::Account,
    address::L1Address,
    batch::BatchInput,
    ledger::Ledger,
    operation::{Entry, Operation},
    order::{Domain, Order, Payee, Signed, TxHash},
    quantity::{AccountIndex, Amount, BatchNumber},
    shape::Shape,
    transition::{self, Effect, FeePot, Rejection},
};

use crate::{
    clock::Moment,
    record::{ClosedBatch, OpenHeader, OpenRow, Outcome, TransactionRecord, Word},
};

/// A closed batch on its way to the sealer.
#[derive(Debug)]
pub(crate) struct ClosedWork {
    pub(crate) closed: ClosedBatch,
    /// The accounts that it touched as the soft state has them after it; empty where that is not
    /// known, after a restart.
    pub(crate) expected: Vec<(AccountIndex, Account)>,
}

/// A batch that takes operations.
#[derive(Debug)]
pub(super) struct OpenBatch {
    header: OpenHeader,
    /// From here on its age counts: a restart is not held against it.
    opened: Moment,
    capacity: Shape,
    pot: FeePot,
    entries: Vec<Operation>,
    /// One for each of `entries`.
    tails: Vec<Word>,
    full: Vec<Operation>,
    transfers: Vec<Operation>,
    transfer_accounts: HashSet<AccountIndex>,
    touched: BTreeSet<AccountIndex>,
    /// Its signed transactions, for their places when it is closed.
    transactions: HashMap<TxHash, TransactionRecord>,
}

/// Why an operation does not join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Its section is full.
    Full,
    /// Not in this batch, but perhaps in the next.
    NextBatch,
    /// It breaks a rule.
    Rule(Rejection),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rule(rejection)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Entries,
    Full,
    Transfers,
}

impl OpenBatch {
    /// An empty batch with room for `capacity`.
    pub(super) fn new(header: OpenHeader, opened: Moment, capacity: Shape) -> Self {
        Self {
            pot: FeePot::new(&header.fee_slots),
            header,
            opened,
            capacity,
            entries: Vec::new(),
            tails: Vec::new(),
            full: Vec::new(),
            transfers: Vec::new(),
            transfer_accounts: HashSet::new(),
            touched: BTreeSet::new(),
            transactions: HashMap::new(),
        }
    }

    pub(super) fn header(&self) -> &OpenHeader {
        &self.header
    }

    pub(super) fn number(&self) -> BatchNumber {
        self.header.number
    }

    pub(super) fn opened(&self) -> Moment {
        self.opened
    }

    /// How many operations it holds.
    pub(super) fn len(&self) -> usize {
        self.entries.len() + self.full.len() + self.transfers.len()
    }

    /// How many entries of the layer 1's queue it holds.
    pub(super) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds nothing but entries of the layer 1's queue: then another may join.
    pub(super) fn takes_entries(&self) -> bool {
        self.full.is_empty() && self.transfers.is_empty()
    }

    /// Whether an order that runs now takes a full record.
    pub(super) fn wants_full_record(ledger: &Ledger, order: &Order) -> bool {
        match order.to {
            Payee::L1(_) => true,
            Payee::Owner(owner) => ledger.find(&owner, order.token).is_none(),
        }
    }

    /// Executes a user's operation, or says why not; then nothing has changed.
    pub(super) fn execute(
        &mut self,
        ledger: &mut Ledger,
        signed: &Signed<Order>,
    ) -> Result<Operation, Refusal> {
        let order = &signed.order;
        let (operation, section) = match order.to {
            Payee::L1(_) => (Operation::Withdrawal { order: *signed }, Section::Full),
            Payee::Owner(owner) => match ledger.find(&owner, order.token) {
                Some(to) => (
                    Operation::Transfer { order: *signed, to },
                    Section::Transfers,
                ),
                None => {
                    let to = ledger.next_free().ok_or(Rejection::TreeFull)?;
                    (Operation::Transfer { order: *signed, to }, Section::Full)
                }
            },
        };
        if section == Section::Full && self.transfer_accounts.contains(&order.from) {
            return Err(Refusal::NextBatch);
        }
        if !self.has_room(section) {
            return Err(Refusal::Full);
        }
        self.apply(ledger, operation, section)?;
        Ok(operation)
    }

    /// Executes an entry of the layer 1's queue, whatever comes of it, or says why it does not join
    /// this batch; then nothing has changed.
    pub(super) fn take(
        &mut self,
        ledger: &mut Ledger,
        domain: Domain,
        entry: &Entry,
        tail: Word,
    ) -> Result<Operation, Refusal> {
        if !self.takes_entries() {
            return Err(Refusal::NextBatch);
        }
        if !self.has_room(Section::Entries) {
            return Err(Refusal::Full);
        }
        let operation = transition::resolve(ledger, domain, *entry);
        self.apply(ledger, operation, Section::Entries)?;
        self.tails.push(tail);
        Ok(operation)
    }

    /// Executes what was executed before a restart.
    pub(super) fn execute_again(
        &mut self,
        ledger: &mut Ledger,
        row: &OpenRow,
    ) -> Result<(), Rejection> {
        let section = match &row.operation {
            Operation::Deposit { .. } | Operation::Forced { .. } => Section::Entries,
            Operation::Withdrawal { .. } => Section::Full,
            Operation::Transfer { to, .. } if ledger.account(*to).is_some() => Section::Transfers,
            Operation::Transfer { .. } => Section::Full,
        };
        self.apply(ledger, row.operation, section)?;
        self.tails.extend(row.tail);
        Ok(())
    }

    /// Keeps what is stored of a transaction of this batch.
    pub(super) fn remember(&mut self, hash: TxHash, record: TransactionRecord) {
        self.transactions.insert(hash, record);
    }

    fn apply(
        &mut self,
        ledger: &mut Ledger,
        operation: Operation,
        section: Section,
    ) -> Result<(), Rejection> {
        if let Some(order) = operation.order() {
            transition::check_turn(ledger, self.header.timestamp, order)?;
        }
        let effect = transition::apply(ledger, &mut self.pot, &operation)?;
        let Effect { sender, recipient } = effect;
        let accounts = [sender, recipient]
            .into_iter()
            .flatten()
            .map(|change| change.index);
        self.touched.extend(accounts.clone());
        match section {
            Section::Entries => self.entries.push(operation),
            Section::Full => self.full.push(operation),
            Section::Transfers => {
                self.transfer_accounts.extend(accounts);
                self.transfers.push(operation);
            }
        }
        Ok(())
    }

    fn has_room(&self, section: Section) -> bool {
        match section {
            Section::Entries | Section::Full => {
                self.entries.len() + self.full.len() < self.capacity.full_records()
            }
            Section::Transfers => self.transfers.len() < self.capacity.transfers(),
        }
    }

    /// Whether nothing can join any more.
    pub(super) fn is_full(&self) -> bool {
        !self.has_room(Section::Full) && !self.has_room(Section::Transfers)
    }

    /// Credits the fees and fixes the batch. Returns it with the records of its transactions,
    /// each with its place.
    pub(super) fn close(
        mut self,
        ledger: &mut Ledger,
        terms: &ClosingTerms<'_>,
    ) -> Result<(ClosedWork, Vec<(TxHash, TransactionRecord)>), Rejection> {
        let settled = transition::settle_fees(ledger, &self.pot)?;
        self.touched
            .extend(settled.iter().map(|change| change.index));
        let earned = self
            .pot
            .slots()
            .iter()
            .filter(|(_, sum)| *sum > Amount::ZERO);
        let mut fee_slots: Vec<_> = earned.map(|(slot, _)| *slot).collect();
        // As the contract wants them.
        fee_slots.sort_unstable_by_key(|slot| slot.token);
        let mut full = std::mem::take(&mut self.entries);
        full.append(&mut self.full);
        let shape = smallest(
            terms.shapes,
            full.len(),
            self.transfers.len(),
            fee_slots.len(),
        );
        let input = BatchInput {
            shape: shape.unwrap_or(self.capacity),
            domain: terms.domain,
            settler: terms.settler,
            number: self.header.number,
            timestamp: self.header.timestamp,
            fee_slots,
            full,
            transfers: std::mem::take(&mut self.transfers),
        };
        let closed = ClosedBatch {
            input,
            tails: std::mem::take(&mut self.tails),
            closed_ms: terms.closed_ms,
            queue_end: terms.queue_end,
        };
        let records = self.placed(&closed, terms.domain);
        let account = |index: &AccountIndex| Some((*index, *ledger.account(*index)?));
        let expected: Vec<(AccountIndex, Account)> =
            self.touched.iter().filter_map(account).collect();
        Ok((ClosedWork { closed, expected }, records))
    }

    fn placed(&mut self, closed: &ClosedBatch, domain: Domain) -> Vec<(TxHash, TransactionRecord)> {
        let mut records = Vec::with_capacity(self.transactions.len());
        for (place, operation) in closed.operations().enumerate() {
            let Some(signed) = operation.signed() else {
                continue;
            };
            let hash = signed.hash(domain);
            let Some(mut record) = self.transactions.remove(&hash) else {
                continue;
            };
            if let Outcome::Executed { position, .. } = &mut record.outcome {
                *position = u32::try_from(place).ok();
            }
            records.push((hash, record));
        }
        records
    }
}

/// What closing a batch needs to know.
#[derive(Debug)]
pub(super) struct ClosingTerms<'a> {
    /// Shapes to choose from.
    pub(super) shapes: &'a [Shape],
    /// The network.
    pub(super) domain: Domain,
    /// Who is paid on the layer 1 for the batch's entries of the queue.
    pub(super) settler: L1Address,
    /// Unix ms.
    pub(super) closed_ms: u64,
    /// Entries of the layer 1's queue consumed after the batch.
    pub(super) queue_end: u64,
}

fn smallest(shapes: &[Shape], full: usize, transfers: usize, fee_slots: usize) -> Option<Shape> {
    let fits = |shape: &&Shape| {
        shape.full_records() >= full
            && shape.transfers() >= transfers
            && shape.fee_slots() >= fee_slots
    };
    shapes.iter().filter(fits).min().copied()
}
