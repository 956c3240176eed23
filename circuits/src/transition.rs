//! The one place where balances change (`docs/spec/operations.md`).
//!
//! What authorises an order ([`check_signed`], [`check_turn`], [`authorise`]) is apart from what an
//! operation then does ([`apply`]): the executor checks a signature once and the turn when it comes,
//! and posted records, which hold no signature, can be applied as they are.

pub mod r1cs;
mod rejection;

pub use rejection::{ForcedOutcome, Rejection};

use crate::{
    account::Account,
    babyjubjub::Point,
    forced::{ForcedOrder, ForcedPayee},
    ledger::Ledger,
    operation::{Deposit, Entry, Operation},
    order::{Domain, Order, Payee, Signed},
    quantity::{AccountIndex, Amount, Fee, Timestamp, TokenId},
};

/// An account of the operator that collects the fees of one token in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FeeSlot {
    /// The token.
    pub token: TokenId,
    /// The account, which holds that token.
    pub account: AccountIndex,
}

/// The fee slots of an open batch and what they have collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeePot {
    slots: Vec<(FeeSlot, Amount)>,
}

impl FeePot {
    /// Empty slots.
    #[must_use]
    pub fn new(slots: &[FeeSlot]) -> Self {
        Self {
            slots: slots.iter().map(|slot| (*slot, Amount::ZERO)).collect(),
        }
    }

    /// The slots with their sums.
    #[must_use]
    pub fn slots(&self) -> &[(FeeSlot, Amount)] {
        &self.slots
    }

    /// Where a fee goes, and what the slot then holds.
    fn place(&self, token: TokenId, fee: Fee) -> Result<Option<(usize, Amount)>, Rejection> {
        if fee == Fee::ZERO {
            return Ok(None);
        }
        let at = self.slots.iter().position(|(slot, _)| slot.token == token);
        let at = at.ok_or(Rejection::FeeTokenNotAccepted(token))?;
        let sum = self.slots[at].1.checked_add(fee.value());
        Ok(Some((at, sum.ok_or(Rejection::BalanceOverflow)?)))
    }
}

/// An account before and after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Which account.
    pub index: AccountIndex,
    /// What it was; `None` where it did not exist.
    pub before: Option<Account>,
    /// What it is.
    pub after: Account,
}

/// What an operation changed, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// The paying account.
    pub sender: Option<Change>,
    /// The receiving account; where it is the same, its `before` is the sender's `after`.
    pub recipient: Option<Change>,
}

/// Checks what holds of a signed order for good: everything in the list of
/// `docs/spec/operations.md` but its turn ([`check_turn`]) and the balance, which change as others
/// come before it.
///
/// # Errors
/// The first rule it breaks.
pub fn check_signed(
    ledger: &Ledger,
    domain: Domain,
    signed: &Signed<Order>,
) -> Result<(), Rejection> {
    let order = &signed.order;
    let account = sender_of(ledger, order)?;
    if let Payee::Owner(owner) = order.to {
        if !owner.is_on_curve() {
            return Err(Rejection::OwnerOffCurve);
        }
        if !order.amount_is_float() {
            let nearest_below = Amount(crate::float::AMOUNT.round_down(order.amount.0));
            return Err(Rejection::AmountNotRepresentable {
                amount: order.amount,
                nearest_below,
            });
        }
    }
    signed.verify(domain, &account.owner)?;
    Ok(())
}

/// Checks that an order is its account's next, and in time.
///
/// # Errors
/// The first rule it breaks.
pub fn check_turn(ledger: &Ledger, now: Timestamp, order: &Order) -> Result<(), Rejection> {
    let account = sender_of(ledger, order)?;
    if account.nonce != order.nonce {
        return Err(Rejection::WrongNonce {
            given: order.nonce,
            next: account.nonce,
        });
    }
    if now > order.expires {
        return Err(Rejection::Expired {
            expires: order.expires,
            now,
        });
    }
    Ok(())
}

/// Checks all that makes an order its account's: the signature, the nonce, the expiry.
///
/// # Errors
/// The first rule it breaks.
pub fn authorise(
    ledger: &Ledger,
    domain: Domain,
    now: Timestamp,
    signed: &Signed<Order>,
) -> Result<(), Rejection> {
    signed.verify(domain, &sender_of(ledger, &signed.order)?.owner)?;
    check_turn(ledger, now, &signed.order)
}

/// Checks that a forced order has the outcome that the state gives it.
///
/// # Errors
/// [`Rejection::WrongOutcome`].
pub fn check_outcome(
    ledger: &Ledger,
    domain: Domain,
    order: &ForcedOrder,
    paid: Option<Amount>,
) -> Result<(), Rejection> {
    let expected = ForcedOutcome(order.outcome(ledger, domain));
    let given = ForcedOutcome(paid);
    if expected != given {
        return Err(Rejection::WrongOutcome { expected, given });
    }
    Ok(())
}

/// The operation that an entry of the layer 1's queue is, executed on these accounts. A deposit
/// goes to the first of its owner's accounts for the token, else to a new one; it bounces when the
/// tree is full.
#[must_use]
pub fn resolve<O>(ledger: &Ledger, domain: Domain, entry: Entry) -> Operation<O> {
    match entry {
        Entry::Deposit(deposit) => {
            let found = ledger.find(&deposit.owner, deposit.token);
            let to = found.or_else(|| ledger.next_free());
            Operation::Deposit { deposit, to }
        }
        Entry::Forced(order) => {
            let paid = order.outcome(ledger, domain);
            Operation::Forced { order, paid }
        }
    }
}

/// Executes an operation, wholly or not at all: what it pays and credits. That its order is
/// authorised, and that a forced one has the outcome given, is for the caller to know.
///
/// # Errors
/// The first rule of `docs/spec/operations.md` that it breaks; then nothing has changed.
pub fn apply<O: AsRef<Order>>(
    ledger: &mut Ledger,
    fees: &mut FeePot,
    operation: &Operation<O>,
) -> Result<Effect, Rejection> {
    let (sender, fee) = match operation {
        Operation::Transfer { order, .. } | Operation::Withdrawal { order } => {
            let order = order.as_ref();
            let change = pay(ledger, order)?;
            (Some(change), fees.place(order.token, order.fee)?)
        }
        Operation::Forced {
            order,
            paid: Some(paid),
        } => (Some(pay_forced(ledger, order, *paid)?), None),
        Operation::Deposit { .. } | Operation::Forced { paid: None, .. } => (None, None),
    };
    let recipient = credited(ledger, operation)?;
    let recipient = recipient.map(|(to, credited)| credit(ledger, sender.as_ref(), to, &credited));
    let recipient = recipient.transpose()?;
    for change in [sender, recipient].into_iter().flatten() {
        ledger.put(change.index, change.after);
    }
    if let Some((at, sum)) = fee {
        fees.slots[at].1 = sum;
    }
    Ok(Effect { sender, recipient })
}

/// Credits the fee slots at the end of a batch, in their order.
///
/// # Errors
/// When a slot's account does not exist or holds another token; then nothing has changed.
pub fn settle_fees(ledger: &mut Ledger, fees: &FeePot) -> Result<Vec<Change>, Rejection> {
    let mut changes: Vec<Change> = Vec::with_capacity(fees.slots.len());
    for (slot, sum) in &fees.slots {
        let earlier = changes
            .iter()
            .rev()
            .find(|change| change.index == slot.account);
        let before = earlier
            .map(|change| change.after)
            .or(ledger.account(slot.account).copied());
        let before = before.ok_or(Rejection::UnknownAccount(slot.account))?;
        if before.token != slot.token {
            let (account, named, found) = (slot.account, slot.token, before.token);
            return Err(Rejection::WrongToken {
                account,
                named,
                found,
            });
        }
        let balance = before
            .balance
            .checked_add(*sum)
            .ok_or(Rejection::BalanceOverflow)?;
        let after = Account { balance, ..before };
        changes.push(Change {
            index: slot.account,
            before: Some(before),
            after,
        });
    }
    for change in &changes {
        ledger.put(change.index, change.after);
    }
    Ok(changes)
}

/// Whom an operation credits, and with what.
fn credited<O: AsRef<Order>>(
    ledger: &Ledger,
    operation: &Operation<O>,
) -> Result<Option<(AccountIndex, Deposit)>, Rejection> {
    let (to, owner, token, amount) = match operation {
        Operation::Withdrawal { .. } => return Ok(None),
        Operation::Deposit { to: None, .. } if ledger.next_free().is_some() => {
            return Err(Rejection::BouncedWithRoom);
        }
        Operation::Deposit { deposit, to } => return Ok(to.map(|to| (to, *deposit))),
        Operation::Forced { order, .. } => match (operation.recipient(), order.payee) {
            (Some(to), ForcedPayee::Account { owner, .. }) => {
                // It never makes an account: then it would not have been valid.
                ledger.account(to).ok_or(Rejection::UnknownAccount(to))?;
                (to, owner, order.token, order.amount)
            }
            _ => return Ok(None),
        },
        Operation::Transfer { order, to } => {
            let order = order.as_ref();
            let Payee::Owner(owner) = order.to else {
                return Err(Rejection::WrongOwner(*to));
            };
            (*to, owner, order.token, order.amount)
        }
    };
    let deposit = Deposit {
        token,
        amount,
        owner,
    };
    Ok(Some((to, deposit)))
}

fn sender_of<'a>(ledger: &'a Ledger, order: &Order) -> Result<&'a Account, Rejection> {
    let account = ledger
        .account(order.from)
        .ok_or(Rejection::UnknownAccount(order.from))?;
    if account.token != order.token {
        let (named, found) = (order.token, account.token);
        return Err(Rejection::WrongToken {
            account: order.from,
            named,
            found,
        });
    }
    Ok(account)
}

/// Takes amount, fee and a nonce from the account.
fn pay(ledger: &Ledger, order: &Order) -> Result<Change, Rejection> {
    let before = *sender_of(ledger, order)?;
    let nonce = before.nonce.checked_add(1);
    let nonce = nonce.ok_or(Rejection::NonceExhausted(order.from))?;
    let needed = order.amount.checked_add(order.fee.value());
    let balance = needed.and_then(|needed| before.balance.checked_sub(needed));
    let balance = balance.ok_or(Rejection::InsufficientBalance {
        balance: before.balance,
        needed: needed.unwrap_or(Amount(u128::MAX)),
    })?;
    let after = Account {
        balance,
        nonce,
        ..before
    };
    Ok(Change {
        index: order.from,
        before: Some(before),
        after,
    })
}

/// Takes from the account what a forced order pays.
fn pay_forced(ledger: &Ledger, order: &ForcedOrder, paid: Amount) -> Result<Change, Rejection> {
    let account = order
        .from
        .and_then(|from| Some((from, ledger.account(from)?)));
    let (index, before) = account.ok_or(Rejection::WrongOutcome {
        expected: ForcedOutcome(None),
        given: ForcedOutcome(Some(paid)),
    })?;
    let nonce = order.nonce.checked_add(1);
    let nonce = nonce.ok_or(Rejection::NonceExhausted(index))?;
    let balance = before.balance.checked_sub(paid);
    let balance = balance.ok_or(Rejection::InsufficientBalance {
        balance: before.balance,
        needed: paid,
    })?;
    let after = Account {
        balance,
        nonce,
        ..*before
    };
    Ok(Change {
        index,
        before: Some(*before),
        after,
    })
}

/// Credits what the fields of a deposit say; `earlier` is a change of the same operation that is
/// not in the ledger yet.
fn credit(
    ledger: &Ledger,
    earlier: Option<&Change>,
    to: AccountIndex,
    credited: &Deposit,
) -> Result<Change, Rejection> {
    let Deposit {
        token,
        amount,
        owner,
    } = *credited;
    let stored = ledger.account(to).copied();
    let before = earlier
        .filter(|change| change.index == to)
        .map(|c| c.after)
        .or(stored);
    if let Some(account) = before {
        check_same_account(to, &account, &owner, token)?;
    } else {
        check_new_account(ledger, to, &owner)?;
    }
    let account = before.unwrap_or_else(|| Account::new(owner, token));
    let balance = account
        .balance
        .checked_add(amount)
        .ok_or(Rejection::BalanceOverflow)?;
    Ok(Change {
        index: to,
        before,
        after: Account { balance, ..account },
    })
}

fn check_new_account(ledger: &Ledger, given: AccountIndex, owner: &Point) -> Result<(), Rejection> {
    let next = ledger.next_free().ok_or(Rejection::TreeFull)?;
    if given != next {
        return Err(Rejection::NotNextIndex { given, next });
    }
    if !owner.is_on_curve() {
        return Err(Rejection::OwnerOffCurve);
    }
    Ok(())
}

fn check_same_account(
    index: AccountIndex,
    account: &Account,
    owner: &Point,
    token: TokenId,
) -> Result<(), Rejection> {
    if account.owner != *owner {
        return Err(Rejection::WrongOwner(index));
    }
    if account.token != token {
        return Err(Rejection::WrongToken {
            account: index,
            named: token,
            found: account.token,
        });
    }
    Ok(())
}
