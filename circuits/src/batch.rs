//! A batch: its operations in the order in which they are executed, and the witness that the
//! circuit needs of them.

pub mod r1cs;
mod replay;

use std::fmt;

use ark_bn254::Fr;
use ark_ff::Zero;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    access::Access,
    account::Account,
    address::L1Address,
    ledger::Ledger,
    operation::Operation,
    order::{Domain, Order},
    quantity::{AccountIndex, BatchNumber, StateRoot, Timestamp},
    shape::Shape,
    slot::SlotWitness,
    statement::Statement,
    transition::{self, Change, FeePot, FeeSlot, Rejection},
    tree::{StateTree, TOP_NODES},
    word,
};

/// What a batch is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchInput {
    /// How much it may hold.
    pub shape: Shape,
    /// The network it is for.
    pub domain: Domain,
    /// Its number.
    pub number: BatchNumber,
    /// The time against which expiry is checked.
    pub timestamp: Timestamp,
    /// Who is paid for settling it.
    pub settler: L1Address,
    /// Where fees go; at most as many as the shape has.
    pub fee_slots: Vec<FeeSlot>,
    /// Full records: those of the layer 1's queue first, in its order.
    pub full: Vec<Operation>,
    /// Transfer records: executed after the full ones.
    pub transfers: Vec<Operation>,
}

/// A part of a batch, executed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The full records.
    Full,
    /// The transfer records, after them.
    Transfer,
    /// The fee slots, last.
    Fee,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Transfer => "transfer",
            Self::Fee => "fee",
        })
    }
}

/// Why a batch cannot be executed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecutionError {
    /// More of something than the shape holds.
    #[error("{found} {what} do not fit: shape {shape} holds {most}")]
    TooMany {
        /// The shape.
        shape: Shape,
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many fit.
        most: usize,
    },
    /// Fee slots whose tokens do not ascend.
    #[error("fee slot {0} does not have a higher token than the one before it")]
    FeeSlotsNotAscending(usize),
    /// An operation of the layer 1 after one that is not.
    #[error("full record {0} is of the layer 1's queue and comes after one that is not")]
    L1OperationsNotFirst(usize),
    /// Something in the transfer section that has no transfer record.
    #[error("transfer {0} of the batch has no transfer record")]
    NotATransferRecord(usize),
    /// An operation that breaks a rule.
    #[error("{section} operation {position} of the batch: {rejection}")]
    Rejected {
        /// Where it stands.
        section: Section,
        /// Its position in the section, from 0.
        position: usize,
        /// The rule.
        #[source]
        rejection: Rejection,
    },
}

/// Everything a prover needs to prove a batch; it is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchWitness {
    /// The shape.
    pub shape: Shape,
    /// The network.
    pub domain: Domain,
    /// The number.
    pub number: BatchNumber,
    /// Unix seconds.
    pub timestamp: Timestamp,
    /// Who is paid for settling it.
    pub settler: L1Address,
    /// [`Ledger::leaves_given_out`] before it.
    pub accounts_before: u32,
    /// The same after it.
    pub accounts_after: u32,
    /// Root before it.
    pub old_root: StateRoot,
    /// Root after it.
    pub new_root: StateRoot,
    /// The fee slots in use.
    pub fee_slots: Vec<FeeSlot>,
    /// The nodes at depth 3 before the batch, left to right (64).
    #[serde(with = "word::list")]
    pub top: Vec<Fr>,
    /// X slots.
    pub full: Vec<SlotWitness>,
    /// N slots.
    pub transfers: Vec<SlotWitness>,
    /// F accesses, one per fee slot.
    pub fees: Vec<Access>,
}

impl BatchWitness {
    /// The vector of the batch.
    #[must_use]
    pub fn statement(&self) -> Statement {
        let l1_operations = self
            .operations(&self.full)
            .filter(|op| op.is_from_l1())
            .count();
        let header = [
            self.old_root.0,
            self.new_root.0,
            self.domain.0,
            Fr::from(self.shape.id()),
            Fr::from(self.number.0),
            Fr::from(self.timestamp),
            Fr::from(l1_operations as u64),
            self.settler.word(),
            Fr::from(self.accounts_before),
            Fr::from(self.accounts_after),
        ];
        let fee_slots: Vec<_> = self
            .fee_slots
            .iter()
            .map(|slot| [Fr::from(slot.token.0), Fr::from(slot.account.get())])
            .collect();
        let full: Vec<_> = self
            .operations(&self.full)
            .map(Operation::full_record)
            .collect();
        let transfers: Vec<_> = self
            .operations(&self.transfers)
            .filter_map(Operation::transfer_record)
            .collect();
        Statement::lay_out(self.shape, header, &fee_slots, &full, &transfers)
    }

    /// How many operations it holds, deposits and all.
    #[must_use]
    pub fn operation_count(&self) -> usize {
        self.operations(&self.full)
            .chain(self.operations(&self.transfers))
            .count()
    }

    fn operations<'a>(&self, slots: &'a [SlotWitness]) -> impl Iterator<Item = &'a Operation> {
        slots.iter().filter_map(|slot| slot.operation.as_ref())
    }

    /// The nodes at depth 3, as an array; `None` when a foreign witness has another number.
    #[must_use]
    pub fn top_nodes(&self) -> Option<[Fr; TOP_NODES]> {
        self.top.clone().try_into().ok()
    }
}

/// What a batch that was posted did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Its operations in their order of execution, with what its transfer records leave out. Orders
    /// have no expiry: it is not posted.
    pub operations: Vec<Operation<Order>>,
    /// The changes of accounts, in order.
    pub changes: Vec<Change>,
}

/// Accounts and tree together.
#[derive(Debug, Clone, Default)]
pub struct State {
    ledger: Ledger,
    tree: StateTree,
}

impl State {
    /// The state that holds these accounts.
    pub fn from_accounts(accounts: impl IntoIterator<Item = (AccountIndex, Account)>) -> Self {
        let ledger = Ledger::from_accounts(accounts);
        let accounts: Vec<_> = ledger.iter().collect();
        let leaves: Vec<(u32, Fr)> = accounts
            .par_iter()
            .map(|(index, account)| (index.get(), account.leaf()))
            .collect();
        let mut tree = StateTree::default();
        tree.set_many(leaves);
        Self { ledger, tree }
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> StateRoot {
        StateRoot(self.tree.root())
    }

    /// The accounts.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The tree.
    #[must_use]
    pub fn tree(&self) -> &StateTree {
        &self.tree
    }

    /// Executes a batch, checking every rule and signature, and returns its witness.
    ///
    /// # Errors
    /// The first rule that is broken; then the state is as it was before.
    pub fn execute(&mut self, input: &BatchInput) -> Result<BatchWitness, ExecutionError> {
        check_layout(input)?;
        let mut run = Run {
            state: self,
            fees: FeePot::new(&input.fee_slots),
            done: Vec::new(),
        };
        let result = run.batch(input);
        if result.is_err() {
            run.undo();
        }
        result
    }
}

/// Checks what does not depend on the state.
fn check_layout(input: &BatchInput) -> Result<(), ExecutionError> {
    let shape = input.shape;
    for (what, found, most) in [
        ("fee slots", input.fee_slots.len(), shape.fee_slots()),
        ("full records", input.full.len(), shape.full_records()),
        ("transfers", input.transfers.len(), shape.transfers()),
    ] {
        if found > most {
            return Err(ExecutionError::TooMany {
                shape,
                what,
                found,
                most,
            });
        }
    }
    check_sections(&input.fee_slots, &input.full)?;
    match input
        .transfers
        .iter()
        .position(|op| op.transfer_record().is_none())
    {
        Some(position) => Err(ExecutionError::NotATransferRecord(position)),
        None => Ok(()),
    }
}

/// Checks the order of fee slots and full records.
fn check_sections<O: AsRef<Order>>(
    fee_slots: &[FeeSlot],
    full: &[Operation<O>],
) -> Result<(), ExecutionError> {
    if let Some(at) = first_not_ascending(fee_slots) {
        return Err(ExecutionError::FeeSlotsNotAscending(at));
    }
    let first_other = full.iter().take_while(|op| op.is_from_l1()).count();
    let late = full[first_other..].iter().position(Operation::is_from_l1);
    match late {
        Some(late) => Err(ExecutionError::L1OperationsNotFirst(first_other + late)),
        None => Ok(()),
    }
}

/// The first slot whose token is not above that of the slot before it.
fn first_not_ascending(slots: &[FeeSlot]) -> Option<usize> {
    let before = slots
        .windows(2)
        .position(|pair| pair[0].token >= pair[1].token);
    before.map(|before| before + 1)
}

/// The fee slot whose settling is rejected.
fn fee_rejected(fees: &FeePot, rejection: Rejection) -> ExecutionError {
    let at = |slot: &FeeSlot| match &rejection {
        Rejection::UnknownAccount(account) => slot.account == *account,
        Rejection::WrongToken { account, .. } => slot.account == *account,
        _ => false,
    };
    let position = fees.slots().iter().position(|(slot, _)| at(slot));
    ExecutionError::Rejected {
        section: Section::Fee,
        position: position.unwrap_or(0),
        rejection,
    }
}

/// One execution under way.
struct Run<'a> {
    state: &'a mut State,
    fees: FeePot,
    done: Vec<Change>,
}

impl Run<'_> {
    fn batch(&mut self, input: &BatchInput) -> Result<BatchWitness, ExecutionError> {
        let old_root = self.state.root();
        let accounts_before = self.state.ledger.leaves_given_out();
        let top = self.state.tree.top_nodes().to_vec();
        let shape = input.shape;
        let full = self.section(Section::Full, input, &input.full, shape.full_records())?;
        let transfers = self.section(
            Section::Transfer,
            input,
            &input.transfers,
            shape.transfers(),
        )?;
        let fees = self.fee_section(shape)?;
        Ok(BatchWitness {
            shape,
            domain: input.domain,
            number: input.number,
            timestamp: input.timestamp,
            settler: input.settler,
            accounts_before,
            accounts_after: self.state.ledger.leaves_given_out(),
            old_root,
            new_root: self.state.root(),
            fee_slots: input.fee_slots.clone(),
            top,
            full,
            transfers,
            fees,
        })
    }

    fn section(
        &mut self,
        section: Section,
        input: &BatchInput,
        operations: &[Operation],
        slots: usize,
    ) -> Result<Vec<SlotWitness>, ExecutionError> {
        let mut witnesses = Vec::with_capacity(slots);
        for (position, operation) in operations.iter().enumerate() {
            let rejected = |rejection| ExecutionError::Rejected {
                section,
                position,
                rejection,
            };
            let witness = self.operation(section, input, operation);
            witnesses.push(witness.map_err(rejected)?);
        }
        while witnesses.len() < slots {
            let (sender, recipient) = (self.no_access(), self.no_access());
            witnesses.push(SlotWitness {
                operation: None,
                sender,
                recipient,
            });
        }
        Ok(witnesses)
    }

    fn operation(
        &mut self,
        section: Section,
        input: &BatchInput,
        operation: &Operation,
    ) -> Result<SlotWitness, Rejection> {
        let ledger = &mut self.state.ledger;
        match operation {
            Operation::Transfer { order, .. } | Operation::Withdrawal { order } => {
                transition::authorise(ledger, input.domain, input.timestamp, order)?;
            }
            Operation::Forced { order, paid } => {
                transition::check_outcome(ledger, input.domain, order, *paid)?;
            }
            Operation::Deposit { .. } => {}
        }
        // A transfer record does not hold what a new account is made of.
        let existing = operation
            .recipient()
            .filter(|_| section == Section::Transfer);
        if let Some(missing) = existing.filter(|to| ledger.account(*to).is_none()) {
            return Err(Rejection::UnknownAccount(missing));
        }
        let effect = transition::apply(ledger, &mut self.fees, operation)?;
        let (sender, recipient) = match operation {
            // What is there shows that the order is not valid.
            Operation::Forced { order, paid: None } => {
                (self.look_at(order.from), self.look_at(order.to()))
            }
            _ => (
                self.access(effect.sender.as_ref()),
                self.access(effect.recipient.as_ref()),
            ),
        };
        Ok(SlotWitness {
            operation: Some(*operation),
            sender,
            recipient,
        })
    }

    fn fee_section(&mut self, shape: Shape) -> Result<Vec<Access>, ExecutionError> {
        let settled = transition::settle_fees(&mut self.state.ledger, &self.fees);
        let changes = settled.map_err(|rejection| fee_rejected(&self.fees, rejection))?;
        let mut accesses: Vec<_> = changes
            .iter()
            .map(|change| self.access(Some(change)))
            .collect();
        while accesses.len() < shape.fee_slots() {
            accesses.push(self.no_access());
        }
        Ok(accesses)
    }

    /// Records the path of a change, and then makes the change in the tree.
    fn access(&mut self, change: Option<&Change>) -> Access {
        let Some(change) = change else {
            return self.no_access();
        };
        let index = change.index.get();
        let siblings = self.state.tree.siblings(index);
        self.state.tree.set(index, change.after.leaf());
        self.done.push(*change);
        Access {
            index,
            before: change.before,
            siblings,
        }
    }

    /// A slot that touches no account proves that leaf 0 is empty, so that the same constraints
    /// hold in every slot.
    fn no_access(&self) -> Access {
        self.look_at(None)
    }

    /// An access that changes nothing.
    fn look_at(&self, index: Option<AccountIndex>) -> Access {
        let leaf = index.map_or(0, AccountIndex::get);
        Access {
            index: leaf,
            before: index.and_then(|index| self.state.ledger.account(index).copied()),
            siblings: self.state.tree.siblings(leaf),
        }
    }

    fn undo(&mut self) {
        for change in self.done.iter().rev() {
            let leaf = change.before.map_or(Fr::zero(), |account| account.leaf());
            self.state.ledger.restore(change.index, change.before);
            self.state.tree.set(change.index.get(), leaf);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
