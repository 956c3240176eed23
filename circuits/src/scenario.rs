//! Small worlds made from a seed, for benchmarks and tests: users with keys and accounts, and the
//! batches that they make.

use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::batch::{BatchInput, State};
use crate::{
    account::Account,
    address::L1Address,
    babyjubjub::Point,
    eddsa::SecretKey,
    float,
    operation::{Deposit, Operation},
    order::{Domain, Order, Payee},
    quantity::{AccountIndex, Amount, BatchNumber, Fee, TokenId},
    shape::Shape,
    transition::FeeSlot,
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
        let users = self.keys.len() - 1;
        let mut payers: Vec<usize> = (1..=users).collect();
        let mut transfers = Vec::new();
        for _ in 0..shape.transfers() {
            let Some(from) = take(&mut payers, &mut self.rng) else {
                break;
            };
            let to = self.rng.random_range(0..=users);
            let amount = float::AMOUNT.round_down(self.rng.random_range(0..10u128.pow(22)));
            transfers.push(self.transfer(from, to, amount));
        }
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
