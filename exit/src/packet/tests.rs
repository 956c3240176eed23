use assay_circuits::{batch::State, eddsa::SecretKey, escape::Exit};
use assay_l1::{
    address::EthAddress,
    batch::{BatchHeader, claims_hash},
};
use serde_json::{Value, json};

use super::*;

fn key() -> SecretKey {
    SecretKey::from_seed([4; 32])
}

/// Claims of accounts 1, 2 and 3, all open.
fn open_claims() -> OpenClaims {
    let claim = |from| Claim {
        token: 0,
        amount: 77,
        receiver: EthAddress([0xe5; 20]),
        from,
    };
    let claims: Vec<_> = (1..=3).map(claim).collect();
    OpenClaims {
        batch: 11,
        header: BatchHeader {
            claims_hash: claims_hash(&claims),
            ..BatchHeader::default()
        },
        claims,
        which: vec![0, 1, 2],
    }
}

fn packet() -> ExitPacket {
    let (owner, other) = (key().public_key().0, SecretKey::from_seed([5; 32]));
    let account = |index: u32, owner, token| {
        let account = Account {
            balance: Amount(1_000 + u128::from(index)),
            nonce: 3,
            ..Account::new(owner, TokenId(token))
        };
        (AccountIndex::new(index).unwrap(), account)
    };
    let state = State::from_accounts([
        account(1, other.public_key().0, 0),
        account(2, owner, 0),
        account(3, owner, 7),
    ]);
    let reference = StateReference {
        rollup: Rollup {
            chain_id: 31337,
            contract: L1Address([7; 20]),
        },
        batch: BatchNumber(12),
        root: state.root(),
    };
    ExitPacket::of_state(reference, &state, owner, (&[open_claims()], &[]))
}

#[test]
fn a_packet_comes_back_and_makes_witnesses() {
    let packet = packet();
    let read = ExitPacket::parse(packet.to_json().as_bytes()).unwrap();
    assert_eq!(read, packet);
    assert_eq!(read.claims[0].which, [1, 2]);
    let order = |index: u32| ExitOrder {
        from: AccountIndex::new(index).unwrap(),
        exit: Exit::Balance {
            token: TokenId(7),
            balance: Amount(1_003),
        },
        to: L1Address([0xe5; 20]),
    };
    let domain = packet.state.rollup.domain();
    let witness = packet.witness(order(3).sign(domain, &key())).unwrap();
    assert_eq!(witness.check(), Ok(()));
    assert_eq!(packet.witness(order(1).sign(domain, &key())), None);
}

fn parse(value: &Value) -> Result<ExitPacket, PacketError> {
    ExitPacket::parse(value.to_string().as_bytes())
}

#[test]
fn what_is_changed_is_refused() {
    let original: Value = serde_json::from_str(&packet().to_json()).unwrap();
    let refused = |place: &str, value: Value| {
        let mut changed = original.clone();
        *changed.pointer_mut(place).unwrap() = value;
        parse(&changed).expect_err(place)
    };
    let not_there = |error| matches!(error, PacketError::NotInState { .. });
    assert!(not_there(refused("/accounts/0/balance", json!("5"))));
    assert!(not_there(refused("/accounts/1/nonce", json!(4))));
    assert!(not_there(refused("/accounts/1/token", json!(0))));
    assert!(not_there(refused("/accounts/1/index", json!(4))));
    let node = original.pointer("/accounts/0/path/3/1").unwrap().clone();
    assert!(not_there(refused("/accounts/0/path/11/2", node.clone())));
    assert!(not_there(refused("/root", node)));
    let other = Address {
        network: Network::Development,
        owner: SecretKey::from_seed([5; 32]).public_key().0,
    };
    assert!(not_there(refused("/owner", json!(other.to_string()))));
    let public = Address {
        network: Network::Public,
        ..other
    };
    assert!(matches!(
        refused("/owner", json!(public.to_string())),
        PacketError::WrongNetwork { chain_id: 31337 }
    ));
    assert!(matches!(
        refused("/version", json!(2)),
        PacketError::UnsupportedVersion { found: 2 }
    ));
    assert!(matches!(
        refused("/format", json!("assay-bundle")),
        PacketError::ForeignFormat
    ));
    assert!(matches!(
        refused("/accounts/0", json!([2, 0, "1002", 3, []])),
        PacketError::Fields(_)
    ));
    assert!(matches!(
        refused("/accounts/0/index", json!(0)),
        PacketError::Fields(_)
    ));
    let other_list = |error| {
        let wrong = PacketError::Claims(ClaimsError::OtherList(11));
        format!("{error:?}") == format!("{wrong:?}")
    };
    assert!(other_list(refused("/claims/0/list/0/amount", json!("78"))));
    assert!(other_list(refused(
        "/claims/0/header/claims_hash",
        json!(format!("0x{}", "00".repeat(32)))
    )));
    for numbers in [json!([]), json!([2, 1]), json!([1, 1]), json!([3])] {
        let error = refused("/claims/0/which", numbers);
        assert!(matches!(
            error,
            PacketError::Claims(ClaimsError::Numbers(11))
        ));
    }
    let doubled = original.pointer("/accounts/0").unwrap().clone();
    assert!(matches!(
        refused("/accounts/1", doubled),
        PacketError::Order
    ));
    let mut unknown = original.clone();
    unknown["more"] = json!(1);
    assert!(matches!(parse(&unknown), Err(PacketError::Fields(_))));
    let large = " ".repeat(PACKET_BYTES_MAX + 1);
    assert!(matches!(
        ExitPacket::parse(large.as_bytes()),
        Err(PacketError::TooLarge { .. })
    ));
}

/// Names the state; whoever uses the packet compares it with the layer 1.
#[test]
fn another_state_is_named() {
    let packet = packet();
    let mut wanted = packet.state;
    assert_eq!(packet.state.expect(&wanted), Ok(()));
    wanted.root.0 += ark_bn254::Fr::from(1u8);
    let error = packet.state.expect(&wanted).unwrap_err();
    assert!(error.to_string().contains("the layer 1 says"), "{error}");
    wanted.batch = BatchNumber(13);
    let error = packet.state.expect(&wanted).unwrap_err();
    assert!(error.to_string().contains("batch 12"), "{error}");
    wanted.rollup.chain_id = 1;
    let error = packet.state.expect(&wanted).unwrap_err();
    assert!(error.to_string().contains("on chain 31337"), "{error}");
}
