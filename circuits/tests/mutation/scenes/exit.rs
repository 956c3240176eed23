//! Exits for the escape circuit.

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use assay_circuits::{
    account::Account,
    address::L1Address,
    babyjubjub::{Point, Scalar},
    constraint::Cs,
    eddsa::Signature,
    escape::{ClaimReference, EscapeWitness, Exit, ExitOrder, r1cs::EscapeCircuit},
    order::{Domain, Signed},
    poseidon,
    quantity::{AccountIndex, Amount, BatchNumber, StateRoot, TokenId},
    tree::StateTree,
};

use super::{Circuit, Rows, Scene, Secrets};

/// How many orders there are of each kind.
const ORDERS: u64 = 6;

/// The escape circuit.
pub(crate) fn exit() -> Circuit {
    let rows = Rows::record(|cs| EscapeCircuit::blank().synthesise(cs));
    let rows = rows.expect("a circuit is made without a witness");
    let scene = |number: u64| {
        let (witness, secrets) = witness(number);
        let name = match witness.signed.order.exit {
            Exit::Balance { .. } => "escape",
            Exit::Claim(_) => "redirect",
        };
        let cs = Cs::values_only();
        let wires = EscapeCircuit::new(witness).synthesise(&cs).and_then(|()| {
            let mut wires = cs.ark().instance_assignment()?;
            wires.extend(cs.ark().witness_assignment()?);
            Ok(wires)
        });
        let scene = Scene {
            secrets: Some(secrets),
            ..Scene::new(name, &rows, wires.expect("there is a witness"))
        };
        assert!(scene.broken.is_empty(), "{name} is honest");
        scene
    };
    let scenes = (0..2 * ORDERS).map(scene).collect();
    Circuit {
        name: "exit",
        rows,
        scenes,
    }
}

/// An exit of somebody whose secrets the hostile prover knows.
fn witness(number: u64) -> (EscapeWitness, Secrets) {
    let scalar = Scalar::from(0x1234_5678_9abc_def1_u64 + number);
    let owner = Point::BASE8.mul(&scalar);
    let secrets = Secrets {
        nonce: scalar * scalar * scalar,
        key_by_8: Scalar::from(8u8) * scalar,
    };
    let mut account = Account::new(owner, TokenId(0x1234));
    account.balance = Amount(u128::MAX / 3);
    account.nonce = 77;
    let from = AccountIndex::new(0xc0_ffee).expect("it is below 2^24");
    let mut tree = StateTree::default();
    tree.set_many([(from.get(), account.leaf())]);
    let claim = ClaimReference::new(BatchNumber(9), 3).expect("it is below 2^48");
    let (token, balance) = (account.token, account.balance);
    let order = ExitOrder {
        from,
        exit: match number % 2 {
            0 => Exit::Balance { token, balance },
            _ => Exit::Claim(claim),
        },
        to: L1Address([0xab; 20]),
    };
    let domain = Domain::new(31337, L1Address([7; 20]));
    let signature = sign(&secrets, &owner, order.message(domain));
    let witness = EscapeWitness {
        root: StateRoot(tree.root()),
        domain,
        account,
        proof: tree.proof(from.get()),
        signed: Signed { order, signature },
    };
    (witness, secrets)
}

fn sign(secrets: &Secrets, key: &Point, message: Fr) -> Signature {
    let r8 = Point::BASE8.mul(&secrets.nonce);
    let challenge = poseidon::hash(&[r8.x, r8.y, key.x, key.y, message]);
    let challenge = Scalar::from_le_bytes_mod_order(&challenge.into_bigint().to_bytes_le());
    let s = secrets.nonce + challenge * secrets.key_by_8;
    Signature {
        r8,
        s: s.into_bigint(),
    }
}
