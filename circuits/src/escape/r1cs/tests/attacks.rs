//! Exits that must be refused.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInteger, Field, MontFp, PrimeField};

use super::{ALICE, BOB, Scene, TO};
use crate::{
    account::Account,
    address::L1Address,
    babyjubjub::{Point, Scalar},
    eddsa::Signature,
    escape::{EscapeWitness, Exit, ExitOrder, ExitStatement},
    order::{Domain, Order, Payee},
    poseidon,
    quantity::{AccountIndex, Amount, Fee, StateRoot, TokenId},
    tree::StateTree,
    word::power_of_two,
};

/// What somebody tries to pass off, and what refuses it.
pub(super) struct Attack {
    pub(super) name: &'static str,
    pub(super) witness: EscapeWitness,
    pub(super) statement: ExitStatement,
    /// The group that stops it, alone.
    pub(super) group: &'static str,
}

fn attack(name: &'static str, group: &'static str, witness: EscapeWitness) -> Attack {
    Attack {
        name,
        statement: witness.statement(),
        witness,
        group,
    }
}

/// Statements that are not those of a good witness.
pub(super) fn false_statements(scene: &Scene, good: EscapeWitness) -> Vec<Attack> {
    let honest = good.statement();
    let claimed = |name, group, change: &dyn Fn(&mut ExitStatement)| {
        let mut attack = attack(name, group, good);
        change(&mut attack.statement);
        assert_ne!(attack.statement, honest);
        attack
    };
    let another = Domain::new(1, L1Address([7; 20]));
    let moved = ExitOrder {
        to: L1Address([0xac; 20]),
        ..good.signed.order
    };
    vec![
        claimed("another root", "root", &|s| s.root.0 += Fr::ONE),
        claimed("root of the empty tree", "root", &|s| {
            s.root = StateRoot(StateTree::default().root());
        }),
        claimed("another domain", "authorised", &|s| s.domain = another),
        claimed("another address", "authorised", &|s| {
            s.destination = moved.destination();
        }),
        claimed("a reference beside the address", "authorised", &|s| {
            s.destination += power_of_two(160);
        }),
    ]
    .into_iter()
    .chain(signed_otherwise(scene, good))
    .collect()
}

/// Orders of this owner, well signed, that are none for what is claimed.
fn signed_otherwise(scene: &Scene, good: EscapeWitness) -> Vec<Attack> {
    let signed = |name, words: [Fr; 3]| {
        let [packed, x, y] = words;
        let message = poseidon::hash(&[scene.domain.0, packed, x, y]);
        let mut witness = good;
        witness.signed.signature = scene.keys[ALICE].sign(message);
        attack(name, "authorised", witness)
    };
    let order = good.signed.order;
    let (packed, to) = (order.packed(), order.destination());
    let of_kind = |kind: u8| {
        let own = Fr::from(order.kind() as u8);
        packed + (Fr::from(kind) - own) * power_of_two(248)
    };
    let (_, account) = scene.accounts[ALICE];
    let withdrawal = Order {
        from: order.from,
        nonce: 0,
        token: account.token,
        to: Payee::L1(TO),
        amount: account.balance,
        fee: Fee::ZERO,
        expires: 0,
    };
    let other_kind = 13 - order.kind() as u8;
    vec![
        signed("kind 0", [of_kind(0), to, Fr::ZERO]),
        signed("a transfer", [of_kind(1), to, Fr::ZERO]),
        signed("a withdrawal", [withdrawal.packed(), to, Fr::ZERO]),
        signed("a forced transfer", [of_kind(4), to, Fr::ZERO]),
        signed("a forced withdrawal", [of_kind(5), to, Fr::ZERO]),
        signed("the other exit", [of_kind(other_kind), to, Fr::ZERO]),
        signed("kind 15", [of_kind(15), to, Fr::ZERO]),
        signed("a payee's second word", [packed, to, Fr::ONE]),
        signed("a nonce", [packed + power_of_two(192), to, Fr::ZERO]),
        signed("a fee", [packed + power_of_two(32), to, Fr::ZERO]),
        signed("an expiry", [packed + Fr::ONE, to, Fr::ZERO]),
    ]
}

/// Witnesses that are wrong in themselves.
pub(super) fn wrong_witnesses(scene: &Scene, good: EscapeWitness) -> Vec<Attack> {
    let with = |name, group, change: &dyn Fn(&mut EscapeWitness)| {
        let mut witness = good;
        change(&mut witness);
        attack(name, group, witness)
    };
    let resign = |witness: &mut EscapeWitness, change: &dyn Fn(&mut ExitOrder)| {
        let mut order = witness.signed.order;
        change(&mut order);
        witness.signed = order.sign(scene.domain, &scene.keys[ALICE]);
    };
    // The account and what is signed change together, as only a false leaf allows.
    let inflate = |witness: &mut EscapeWitness, account: Account| {
        witness.account = account;
        let Account { token, balance, .. } = account;
        resign(witness, &|order| {
            if let Exit::Balance { .. } = order.exit {
                order.exit = Exit::Balance { token, balance };
            }
        });
    };
    let account = good.account;
    let more = Account {
        balance: Amount(u128::MAX),
        ..account
    };
    let (token, owner) = (TokenId::ETHER, scene.keys[BOB].public_key().0);
    vec![
        with("a leaf with more", "root", &|w| inflate(w, more)),
        with("a leaf of ether", "root", &|w| {
            inflate(w, Account { token, ..account });
        }),
        with("a leaf of another nonce", "root", &|w| w.account.nonce += 1),
        with("a leaf of another owner", "root", &|w| {
            w.account.owner = owner;
            w.signed = w.signed.order.sign(scene.domain, &scene.keys[BOB]);
        }),
        with("an empty leaf", "root", &|w| {
            let nobody = AccountIndex::new(0xc0_ffed).unwrap();
            w.proof = scene.tree.proof(nobody.get());
            resign(w, &|order| order.from = nobody);
        }),
        with("another place", "root", &|w| {
            resign(w, &|order| order.from = scene.accounts[BOB].0);
        }),
        with("another's path", "root", &|w| {
            w.proof = scene.tree.proof(scene.accounts[BOB].0.get());
        }),
        with("another's signature", "authorised", &|w| {
            w.signed = w.signed.order.sign(scene.domain, &scene.keys[BOB]);
        }),
        with("S + l", "authorised", &|w| {
            w.signed.signature.s.add_with_carry(&Scalar::MODULUS);
        }),
        with("no signature", "authorised", &|w| {
            w.signed.signature = Signature::ABSENT;
        }),
    ]
}

/// States whose leaves should not be there, such as of owners whom everybody can sign for.
pub(super) fn weak_owners() -> Vec<Attack> {
    let order_two = Point {
        x: Fr::ZERO,
        y: MontFp!("-1"),
    };
    let off_curve = Point {
        x: Fr::ONE,
        y: Fr::ONE,
    };
    let owners = [
        ("the identity owns it", Point::IDENTITY),
        ("a point of order 2 owns it", order_two),
        ("a point off the curve owns it", off_curve),
    ];
    owners
        .map(|(name, owner)| {
            let mut scene = Scene::new();
            scene.accounts[ALICE].1.owner = owner;
            let (at, account) = scene.accounts[ALICE];
            scene.tree.set(at.get(), account.leaf());
            let mut witness = scene.witness(ALICE, scene.escape(ALICE));
            witness.signed.signature = Signature::ABSENT;
            attack(name, "authorised", witness)
        })
        .into()
}
