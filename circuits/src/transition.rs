//! The one place where balances change (`docs/spec/operations.md`).
//!
//! What authorises an order ([`check_signed`], [`check_turn`], [`authorise`]) is apart from what an
//! operation then does ([`apply`]): the executor checks a signature once and the turn when it comes,
//! and posted records, which hold no signature, can be applied as they are.

pub mod r1cs;

use crate::{
    account::Account,
    babyjubjub::Point,
    eddsa::SignatureError,
    ledger::Ledger,
    operation::{Deposit, Operation},
    order::{Domain, Order, Payee, Signed},
    quantity::{AccountIndex, Amount, Fee, Nonce, Timestamp, TokenId},
};

/// Why an operation cannot be executed. Each has a stable code (see [`Rejection::code`]).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The paying or receiving account does not exist.
    #[error("there is no account {0}")]
    UnknownAccount(AccountIndex),
    /// The account holds another token.
    #[error("account {account} holds token {found}, not {named}")]
    WrongToken {
        /// The account.
        account: AccountIndex,
        /// The token that the operation names.
        named: TokenId,
        /// The token it holds.
        found: TokenId,
    },
    /// The recipient's account belongs to somebody else than the signer pays.
    #[error("account {0} belongs to another owner than the one who is paid")]
    WrongOwner(AccountIndex),
    /// The nonce is not the account's next.
    #[error("nonce {given} does not fit: the next nonce of the account is {next}")]
    WrongNonce {
        /// The nonce that was signed.
        given: Nonce,
        /// The nonce that is next.
        next: Nonce,
    },
    /// The account has used its last nonce.
    #[error("account {0} has used all its 2^32 - 1 nonces")]
    NonceExhausted(AccountIndex),
    /// Too late.
    #[error("the transaction expired at {expires}, and it is {now}")]
    Expired {
        /// Its last second.
        expires: Timestamp,
        /// The batch's timestamp.
        now: Timestamp,
    },
    /// Amount and fee are more than the account has.
    #[error("the account has {balance}, and amount and fee take {needed}")]
    InsufficientBalance {
        /// What the account has, base units.
        balance: Amount,
        /// Amount and fee, base units; saturated at 2^128 - 1.
        needed: Amount,
    },
    /// The recipient's balance would reach 2^128.
    #[error("the recipient's balance would reach 2^128")]
    BalanceOverflow,
    /// A transfer's amount is not exactly a 40-bit float.
    #[error(
        "a transfer of {amount} cannot be encoded; the nearest amount below is {nearest_below}"
    )]
    AmountNotRepresentable {
        /// What was asked for.
        amount: Amount,
        /// What can be sent.
        nearest_below: Amount,
    },
    /// A new owner is no point of the curve.
    #[error("the recipient's key is not a point of the curve")]
    OwnerOffCurve,
    /// No fee slot for the token of a fee.
    #[error("fees in token {0} are not taken")]
    FeeTokenNotAccepted(TokenId),
    /// The signature does not hold.
    #[error("the signature is not valid: {0}")]
    Signature(#[from] SignatureError),
    /// All 2^24 - 1 accounts are taken.
    #[error("the state tree is full")]
    TreeFull,
}

impl Rejection {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownAccount(_) => "unknown_account",
            Self::WrongToken { .. } => "wrong_token",
            Self::WrongOwner(_) => "wrong_owner",
            Self::WrongNonce { .. } => "wrong_nonce",
            Self::NonceExhausted(_) => "nonce_exhausted",
            Self::Expired { .. } => "expired",
            Self::InsufficientBalance { .. } => "insufficient_balance",
            Self::BalanceOverflow => "balance_overflow",
            Self::AmountNotRepresentable { .. } => "amount_not_representable",
            Self::OwnerOffCurve => "owner_off_curve",
            Self::FeeTokenNotAccepted(_) => "fee_token_not_accepted",
            Self::Signature(_) => "invalid_signature",
            Self::TreeFull => "tree_full",
        }
    }
}

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

/// Executes an operation, wholly or not at all: what it pays and credits. That its order is
/// authorised is for the caller to know.
///
/// # Errors
/// The first rule of `docs/spec/operations.md` that it breaks; then nothing has changed.
pub fn apply<O: AsRef<Order>>(
    ledger: &mut Ledger,
    fees: &mut FeePot,
    operation: &Operation<O>,
) -> Result<Effect, Rejection> {
    let (sender, fee) = match operation.order() {
        None => (None, None),
        Some(order) => {
            let change = pay(ledger, order)?;
            (Some(change), fees.place(order.token, order.fee)?)
        }
    };
    let recipient = match operation {
        Operation::Withdrawal { .. } => None,
        Operation::Deposit { deposit, to } => Some(credit(ledger, sender.as_ref(), *to, deposit)?),
        Operation::Transfer { order, to } => {
            let order = order.as_ref();
            let Payee::Owner(owner) = order.to else {
                return Err(Rejection::WrongOwner(*to));
            };
            let credited = Deposit {
                token: order.token,
                amount: order.amount,
                owner,
            };
            Some(credit(ledger, sender.as_ref(), *to, &credited)?)
        }
    };
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
    } else if !owner.is_on_curve() {
        return Err(Rejection::OwnerOffCurve);
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
