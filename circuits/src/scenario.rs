//! Small worlds made from a seed, for benchmarks and tests: users with keys and accounts, and the
//! batches that they make.

use ark_bn254::Fr;
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::batch::{BatchInput, State};
use crate::{
    account::Account,
    address::L1Address,
    babyjubjub::Point,
    eddsa::SecretKey,
    float,
    forced::{ForcedOrder, ForcedPayee},
    operation::{Deposit, Entry, Operation},
    order::{Domain, Order, Payee},
    quantity::{AccountIndex, Amount, BatchNumber, Fee, TokenId},
    shape::Shape,
    transition::{self, FeeSlot},
};

/// Users, their accounts, and a state.
pub struct World {
    /// The state that the next batch finds.
    pub state: State,
    /// The network.
    pub domain: Domain,
    /// Source of all choices.
    rng: StdRng,
    keys: Vec<SecretKey>,
}

/// Time of the batches, Unix seconds.
pub const NOW: u32 = 1_800_000_000;
/// Who is paid for settling the batches.
pub const SETTLER: L1Address = L1Address([0x5e; 20]);
/// The operator's fee account, holding ether.
pub const FEE_ACCOUNT: u32 = 1;

impl World {
    /// The fee account and `users` users with ether, accounts 2, 3, ..., scattered further on
    /// over the tree by the seed.
    #[must_use]
    pub fn new(users: usize, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let keys: Vec<_> = (0..=users)
            .map(|_| SecretKey::from_seed(rng.random()))
            .collect();
        let mut index = FEE_ACCOUNT;
        let mut accounts = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            let mut account = Account::new(key.public_key().0, TokenId::ETHER);
            account.balance = Amount(if at == 0 { 5 } else { 10u128.pow(24) });
            accounts.push((AccountIndex::new(index).expect("in range"), account));
            index += if at < 3 {
                1
            } else {
                rng.random_range(1..10_000)
            };
        }
        let domain = Domain::new(31337, L1Address([7; 20]));
        Self {
            state: State::from_accounts(accounts),
            domain,
            rng,
            keys,
        }
    }

    /// The key of user `user` (0 is the operator).
    #[must_use]
    pub fn key(&self, user: usize) -> &SecretKey {
        &self.keys[user]
    }

    /// The ether account of a user.
    #[must_use]
    pub fn index(&self, user: usize) -> AccountIndex {
        let owner = self.owner(user);
        self.state
            .ledger()
            .find(&owner, TokenId::ETHER)
            .expect("every user has ether")
    }

    /// The public key of a user.
    #[must_use]
    pub fn owner(&self, user: usize) -> Point {
        self.keys[user].public_key().0
    }

    /// An unsigned transfer of `amount` from user to user, with the nonce that is next.
    #[must_use]
    pub fn order(&self, from: usize, to: Payee, amount: u128) -> Order {
        let index = self.index(from);
        let account = self.state.ledger().account(index).expect("it was found");
        Order {
            from: index,
            nonce: account.nonce,
            token: account.token,
            to,
            amount: Amount(amount),
            fee: Fee::from_value(2_000).expect("a float"),
            expires: NOW,
        }
    }

    /// A signed transfer to a user's account.
    #[must_use]
    pub fn transfer(&self, from: usize, to: usize, amount: u128) -> Operation {
        let order = self.order(from, Payee::Owner(self.owner(to)), amount);
        Operation::Transfer {
            order: order.sign(self.domain, self.key(from)),
            to: self.index(to),
        }
    }

    /// A signed withdrawal.
    #[must_use]
    pub fn withdrawal(&self, from: usize, amount: u128) -> Operation {
        let order = self.order(from, Payee::L1(L1Address([0xab; 20])), amount);
        Operation::Withdrawal {
            order: order.sign(self.domain, self.key(from)),
        }
    }

    /// A deposit to a user's account.
    #[must_use]
    pub fn deposit(&self, to: usize, amount: u128) -> Operation {
        let deposit = Deposit {
            token: TokenId::ETHER,
            amount: Amount(amount),
            owner: self.owner(to),
        };
        Operation::Deposit {
            deposit,
            to: Some(self.index(to)),
        }
    }

    /// A deposit of a token that the user does not hold yet.
    #[must_use]
    pub fn deposit_to_new(&self, to: usize, token: u16, amount: u128) -> Operation {
        let owner = self.owner(to);
        let deposit = Deposit {
            token: TokenId(token),
            amount: Amount(amount),
            owner,
        };
        let to = self.state.ledger().next_free();
        Operation::Deposit { deposit, to }
    }

    /// A signed transfer to somebody who has no account, which gets index `to`.
    #[must_use]
    pub fn transfer_to_new_at(&mut self, from: usize, amount: u128, to: AccountIndex) -> Operation {
        let newcomer = SecretKey::from_seed(self.rng.random()).public_key().0;
        let order = self.order(from, Payee::Owner(newcomer), amount);
        Operation::Transfer {
            order: order.sign(self.domain, self.key(from)),
            to,
        }
    }

    /// A signed forced order of a user's ether with the nonce that is next; it never expires.
    #[must_use]
    pub fn forced(&self, from: usize, payee: ForcedPayee, amount: u128) -> ForcedOrder {
        let index = self.index(from);
        let account = self.state.ledger().account(index).expect("it was found");
        let unsigned = ForcedOrder {
            from: Some(index),
            nonce: account.nonce,
            token: account.token,
            payee,
            amount: Amount(amount),
            last: u16::MAX,
            r8: Point::IDENTITY,
            s: Fr::from(0u8),
        };
        unsigned.sign(self.domain, self.key(from))
    }

    /// A signed forced transfer to a user's account.
    #[must_use]
    pub fn forced_transfer(&self, from: usize, to: usize, amount: u128) -> ForcedOrder {
        let payee = ForcedPayee::Account {
            to: Some(self.index(to)),
            owner: self.owner(to),
        };
        self.forced(from, payee, amount)
    }

    /// A signed forced withdrawal.
    #[must_use]
    pub fn forced_withdrawal(&self, from: usize, amount: u128) -> ForcedOrder {
        self.forced(from, ForcedPayee::L1(L1Address([0xcd; 20])), amount)
    }

    /// The operation that a forced order is in the state as it is.
    #[must_use]
    pub fn resolve(&self, order: ForcedOrder) -> Operation {
        transition::resolve(self.state.ledger(), self.domain, Entry::Forced(order))
    }

    /// A batch of these operations, fees going to the fee account.
    #[must_use]
    pub fn batch(
        &self,
        shape: Shape,
        full: Vec<Operation>,
        transfers: Vec<Operation>,
    ) -> BatchInput {
        let account = AccountIndex::new(FEE_ACCOUNT).expect("in range");
        BatchInput {
            shape,
            domain: self.domain,
            number: BatchNumber(7),
            timestamp: NOW,
            settler: SETTLER,
            fee_slots: vec![FeeSlot {
                token: TokenId::ETHER,
                account,
            }],
            full,
            transfers,
        }
    }

    /// A batch that fills the shape with valid operations, each account paying at most once.
    #[must_use]
    pub fn random_batch(&mut self, shape: Shape) -> BatchInput {
        let (transfers, mut payers) = self.random_transfers(shape.transfers());
        let deposited = self.rng.random::<u64>().into();
        let mut full = vec![self.deposit_to_new(1, 9, deposited)];
        while full.len() < shape.full_records() {
            let Some(from) = take(&mut payers, &mut self.rng) else {
                break;
            };
            let amount = self.rng.random_range(0..10u128.pow(22));
            full.push(self.withdrawal(from, amount));
        }
        self.batch(shape, full, transfers)
    }

    /// The same with as many kinds of full records as there is room for.
    #[must_use]
    pub fn varied_batch(&mut self, shape: Shape) -> BatchInput {
        let (transfers, payers) = self.random_transfers(shape.transfers());
        let full = self.varied_full(shape.full_records(), payers);
        self.batch(shape, full, transfers)
    }

    /// Transfers, and the users who do not pay in them.
    fn random_transfers(&mut self, count: usize) -> (Vec<Operation>, Vec<usize>) {
        let users = self.keys.len() - 1;
        let mut payers: Vec<usize> = (1..=users).collect();
        let mut transfers = Vec::new();
        for _ in 0..count {
            let Some(from) = take(&mut payers, &mut self.rng) else {
                break;
            };
            let to = self.rng.random_range(0..=users);
            let amount = float::AMOUNT.round_down(self.rng.random_range(0..10u128.pow(22)));
            transfers.push(self.transfer(from, to, amount));
        }
        (transfers, payers)
    }

    /// Full records of users who do not pay otherwise: of the layer 1 first, about half of all.
    fn varied_full(&mut self, records: usize, mut payers: Vec<usize>) -> Vec<Operation> {
        let mut full = Vec::new();
        let mut next = self.state.ledger().next_free();
        let first = self.rng.random_range(0..5);
        for at in 0..records.div_ceil(2) {
            let amount = self.rng.random_range(0..10u128.pow(22));
            let operation = match (first + at) % 5 {
                0 => {
                    next = next.and_then(AccountIndex::next);
                    self.deposit_to_new(1, 9, amount)
                }
                1 => self.deposit(1, amount),
                kind => {
                    let Some(from) = take(&mut payers, &mut self.rng) else {
                        break;
                    };
                    let to = self.rng.random_range(0..self.keys.len());
                    let mut order = match kind {
                        2 => self.forced_withdrawal(from, amount),
                        _ => self.forced_transfer(from, to, amount),
                    };
                    if kind == 4 {
                        order.amount.0 += 1;
                    }
                    self.resolve(order)
                }
            };
            full.push(operation);
            // One new account for this token is enough, and the next deposit would be to it.
            if full.len() == 5 {
                break;
            }
        }
        while full.len() < records {
            let Some(from) = take(&mut payers, &mut self.rng) else {
                break;
            };
            let amount = float::AMOUNT.round_down(self.rng.random_range(0..10u128.pow(22)));
            let to_new = next.filter(|_| full.len().is_multiple_of(2));
            full.push(match to_new {
                Some(to) => {
                    next = to.next();
                    self.transfer_to_new_at(from, amount, to)
                }
                None => self.withdrawal(from, amount),
            });
        }
        full
    }
}

fn take(from: &mut Vec<usize>, rng: &mut StdRng) -> Option<usize> {
    if from.is_empty() {
        None
    } else {
        Some(from.swap_remove(rng.random_range(0..from.len())))
    }
}

#[cfg(test)]
mod tests;
