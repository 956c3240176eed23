//! Batches for the batch circuit.

use std::sync::Arc;

use assay_circuits::{
    BatchCircuit, Shape,
    account::Account,
    babyjubjub::Point,
    batch::{BatchInput, State},
    eddsa::SecretKey,
    forced::{ForcedOrder, ForcedPayee},
    operation::{Deposit, Operation},
    order::Payee,
    quantity::{AccountIndex, Amount, Fee, TokenId},
    scenario::World,
    transition::FeeSlot,
};

use super::{Circuit, Rows, Scene};

/// Users beside the operator.
const USERS: usize = 8;
/// Somebody who has no account.
const NEWCOMER: usize = USERS + 1;
/// Indexes below one of the nodes that a batch carries along.
const INDEXES_BELOW_TOP: u32 = 1 << 18;

/// The batch circuit of the tiny shape.
pub(crate) fn batch() -> Circuit {
    let rows = Rows::record(|cs| BatchCircuit::blank(Shape::Tiny).synthesise(cs));
    let rows = rows.expect("a circuit is made without a witness");
    let scene = |name, witness| {
        let circuit = BatchCircuit::new(Arc::new(witness)).expect("it is of the shape");
        let wires = circuit.assignment().expect("there is a witness");
        Scene::new(name, &rows, wires)
    };
    let execute = |(name, mut state, batch): Batch| {
        let witness = state.execute(&batch);
        (
            name,
            witness.unwrap_or_else(|refusal| panic!("{name}: {refusal}")),
        )
    };
    let stage = Stage::new();
    let mut scenes: Vec<Scene> = Vec::new();
    for (name, witness) in stage.batches().into_iter().map(execute) {
        let honest = scene(name, witness);
        assert!(honest.broken.is_empty(), "{name} is honest");
        scenes.push(honest);
    }
    for (batch, section) in stage.disordered() {
        let (name, mut witness) = execute(batch);
        let slots = match section {
            Section::Full => &mut witness.full,
            Section::Transfers => &mut witness.transfers,
        };
        slots.swap(0, 1);
        scenes.push(scene(name, witness));
    }
    Circuit {
        name: "batch",
        rows,
        scenes,
    }
}

/// A batch, the state before it, and what happens in it.
type Batch = (&'static str, State, BatchInput);

/// Slots of one sort.
enum Section {
    Full,
    Transfers,
}

/// A world in which no two accounts are below the same carried node, and none below the first,
/// which the empty slots use: what one slot does to the tree does not meet another's.
struct Stage {
    world: World,
}

impl Stage {
    fn new() -> Self {
        let mut world = World::new(USERS, 1);
        let accounts = (0..=USERS).map(|user| {
            let index = world.index(user);
            let mut account = *world.state.ledger().account(index).expect("it was found");
            account.nonce = 1_000 + 77 * user as u32;
            (place(user), account)
        });
        world.state = State::from_accounts(accounts.collect::<Vec<_>>());
        Self { world }
    }

    fn without_fee(&self, from: usize, to: usize) -> Operation {
        let payee = Payee::Owner(self.world.owner(to));
        let mut order = self.world.order(from, payee, 7);
        order.fee = Fee::ZERO;
        Operation::Transfer {
            order: order.sign(self.world.domain, self.world.key(from)),
            to: self.world.index(to),
        }
    }

    /// A transfer whose amount and fee have exponents.
    fn scaled(&self, from: usize, to: usize) -> Operation {
        let payee = Payee::Owner(self.world.owner(to));
        let mut order = self.world.order(from, payee, 31_234_567_891_000);
        order.fee = Fee::from_value(1_234_000).expect("a float");
        Operation::Transfer {
            order: order.sign(self.world.domain, self.world.key(from)),
            to: self.world.index(to),
        }
    }

    fn to_newcomer(&self, from: usize) -> Operation {
        let order = self.world.order(from, Payee::Owner(newcomer()), 70_000);
        Operation::Transfer {
            order: order.sign(self.world.domain, self.world.key(from)),
            to: place(NEWCOMER),
        }
    }

    fn forced(&self, from: usize, to: usize, amount: u128) -> Operation {
        self.world
            .resolve(self.world.forced_transfer(from, to, amount))
    }

    /// A forced transfer that is signed as it is changed.
    fn changed(&self, from: usize, to: usize, change: impl Fn(&mut ForcedOrder)) -> Operation {
        let mut order = self.world.forced_transfer(from, to, 9_000);
        change(&mut order);
        let order = order.sign(self.world.domain, self.world.key(from));
        self.world.resolve(order)
    }

    fn batch(
        &self,
        name: &'static str,
        full: Vec<Operation>,
        transfers: Vec<Operation>,
        has_fee_slot: bool,
    ) -> Batch {
        let ether = FeeSlot {
            token: TokenId::ETHER,
            account: place(0),
        };
        let batch = BatchInput {
            fee_slots: has_fee_slot.then_some(ether).into_iter().collect(),
            ..self.world.batch(Shape::Tiny, full, transfers)
        };
        (name, self.world.state.clone(), batch)
    }

    /// Batches of which two slots are to change places, which nothing but the order of slots forbids.
    fn disordered(&self) -> Vec<(Batch, Section)> {
        let world = &self.world;
        let batch = |name, full, transfers| self.batch(name, full, transfers, true);
        vec![
            (
                batch(
                    "a gap before a withdrawal",
                    vec![world.withdrawal(1, 5)],
                    vec![],
                ),
                Section::Full,
            ),
            (
                batch(
                    "a gap before a transfer",
                    vec![],
                    vec![world.transfer(1, 2, 5)],
                ),
                Section::Transfers,
            ),
            (
                batch(
                    "an order of the queue after a withdrawal",
                    vec![self.forced(1, 2, 0xfff), world.withdrawal(3, 5)],
                    vec![],
                ),
                Section::Full,
            ),
        ]
    }

    fn batches(&self) -> Vec<Batch> {
        let world = &self.world;
        let mut batches = vec![
            self.batch("nothing", vec![], vec![], false),
            self.batch(
                "transfers",
                vec![world.transfer(1, 2, 0x1234_5678), self.to_newcomer(3)],
                vec![world.transfer(4, 5, 1_000), world.transfer(6, 7, 2_000_000)],
                true,
            ),
            self.batch(
                "forced transfers",
                vec![self.forced(1, 2, 0xfff), self.forced(3, 4, 0xabcd)],
                vec![self.without_fee(5, 6), world.transfer(7, 8, 5)],
                true,
            ),
            self.batch(
                "large amounts and fees",
                vec![self.scaled(1, 2), self.scaled(3, 4)],
                vec![self.scaled(5, 6), self.scaled(7, 8)],
                true,
            ),
            self.batch(
                "deposit and withdrawal",
                vec![
                    world.deposit(1, 0x5a5a_5a5a),
                    world.withdrawal(2, 0xabc_def0),
                ],
                vec![world.transfer(3, 4, 90)],
                true,
            ),
            self.batch(
                "new account",
                vec![deposit(Some(place(NEWCOMER)))],
                vec![world.transfer(1, 2, 5), self.without_fee(3, 4)],
                true,
            ),
            self.batch(
                "new account in the second slot",
                vec![world.deposit(1, 5), deposit(Some(place(NEWCOMER)))],
                vec![],
                true,
            ),
            self.batch(
                "more than there is",
                vec![
                    world.resolve(world.forced_withdrawal(1, u128::MAX)),
                    world.resolve(world.forced_withdrawal(2, 6)),
                ],
                vec![],
                true,
            ),
        ];
        batches.extend(self.refusals());
        batches
    }

    fn refusals(&self) -> Vec<Batch> {
        let world = &self.world;
        let refused = |name, first, second| self.batch(name, vec![first, second], vec![], true);
        let forged = |from, to| {
            let mut order = world.forced_transfer(from, to, 9_000);
            order.amount.0 += 1;
            world.resolve(order)
        };
        let unknown = |order: &mut ForcedOrder| order.from = Some(place(NEWCOMER));
        let lacking = |order: &mut ForcedOrder| order.amount = Amount(u128::MAX);
        let behind = |order: &mut ForcedOrder| order.nonce -= 1;
        let far = |order: &mut ForcedOrder| order.nonce += 1 << 16;
        let none_after = |order: &mut ForcedOrder| order.nonce = u32::MAX;
        let token = |order: &mut ForcedOrder| order.token = TokenId(5);
        let payee = |order: &mut ForcedOrder| {
            order.payee = ForcedPayee::Account {
                to: Some(place(5)),
                owner: newcomer(),
            };
        };
        let filled = Account::new(newcomer(), TokenId(2));
        let full_tree = world.state.ledger().iter();
        let last = AccountIndex::new(AccountIndex::END - 1).expect("it is below the end");
        let full_tree = full_tree.chain([(last, filled)]);
        let full_tree = State::from_accounts(full_tree.collect::<Vec<_>>());
        let in_full_tree = |name, full| {
            let (name, _, batch) = self.batch(name, full, vec![], true);
            (name, full_tree.clone(), batch)
        };
        vec![
            refused("forged", forged(1, 2), forged(3, 4)),
            refused(
                "unknown",
                self.changed(1, 2, unknown),
                self.changed(3, 4, unknown),
            ),
            refused(
                "lacking",
                self.changed(1, 2, lacking),
                self.changed(3, 4, behind),
            ),
            refused(
                "far",
                self.changed(1, 2, far),
                self.changed(3, 4, none_after),
            ),
            refused(
                "behind",
                self.changed(1, 2, behind),
                self.changed(3, 4, far),
            ),
            refused(
                "token",
                self.changed(1, 2, token),
                self.changed(3, 4, payee),
            ),
            refused(
                "payee",
                self.changed(1, 2, payee),
                self.changed(3, 4, token),
            ),
            refused(
                "last",
                self.changed(1, 2, none_after),
                self.changed(3, 4, lacking),
            ),
            in_full_tree("bounced", vec![deposit(None); 2]),
            in_full_tree("bounced and nothing", vec![deposit(None)]),
            in_full_tree("nothing in a full tree", vec![]),
        ]
    }
}

fn deposit(to: Option<AccountIndex>) -> Operation {
    let deposit = Deposit {
        token: TokenId(9),
        amount: Amount(0x5a5a_5a5a),
        owner: newcomer(),
    };
    Operation::Deposit { deposit, to }
}

/// The index of an account: below a node of its own at the top. The newcomer's is the one after
/// the last user's.
fn place(account: usize) -> AccountIndex {
    let below = |node: u32| node * INDEXES_BELOW_TOP;
    let index = match account {
        NEWCOMER => below(47),
        USERS => below(47) - 1,
        user => below(6 + 5 * user as u32) + 0x2_5a39 * (user as u32 + 1) % INDEXES_BELOW_TOP,
    };
    AccountIndex::new(index).expect("it is below 2^24")
}

fn newcomer() -> Point {
    SecretKey::from_seed([99; 32]).public_key().0
}
