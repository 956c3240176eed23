use assay_circuits::eddsa::SecretKey;

use super::*;

fn owner(seed: u8) -> Point {
    SecretKey::from_seed([seed; 32]).public_key().0
}

const ROLLUP: Rollup = Rollup {
    chain_id: 31337,
    contract: L1Address([7; 20]),
};

fn published(accounts: u32) -> PublishedState {
    let account = |index: u32| {
        let account = Account {
            owner: owner((index % 3) as u8),
            token: TokenId((index / 3) as u16),
            balance: Amount(u128::MAX - u128::from(index)),
            nonce: index << 8,
        };
        (AccountIndex::new(index).unwrap(), account)
    };
    let state = State::from_accounts((1..=accounts).map(account));
    PublishedState::new(ROLLUP, BatchNumber(0x0102_0304_0506), state).unwrap()
}

#[test]
fn a_state_comes_back_and_makes_packets() {
    for accounts in [0, 1, 10] {
        let made = published(accounts);
        let bytes = made.to_bytes();
        assert_eq!(bytes.len(), 84 + 54 * accounts as usize);
        let read = PublishedState::parse(&bytes).unwrap();
        assert_eq!(read.reference, made.reference);
        assert_eq!(read.to_bytes(), bytes);
        let packet = read.packet(owner(1));
        packet.check().unwrap();
        let indexes: Vec<_> = packet.accounts.iter().map(|a| a.index.get()).collect();
        let expected: Vec<_> = (1..=accounts).filter(|index| index % 3 == 1).collect();
        assert_eq!(indexes, expected);
        assert_eq!(packet.state, made.reference);
        assert!(read.packet(owner(9)).accounts.is_empty());
    }
}

/// Whatever byte is changed: the file is refused, or says that it is of another rollup or batch,
/// which whoever uses it compares.
#[test]
fn no_byte_can_be_changed_unnoticed() {
    let made = published(4);
    let bytes = made.to_bytes();
    for at in 0..bytes.len() {
        for change in [1, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            match PublishedState::parse(&changed) {
                Err(_) => {}
                Ok(read) => {
                    let compared = read.reference.expect(&made.reference);
                    assert!((12..48).contains(&at) && compared.is_err(), "byte {at}");
                }
            }
        }
    }
    for length in 0..bytes.len() {
        assert!(PublishedState::parse(&bytes[..length]).is_err(), "{length}");
    }
    let longer = [&bytes[..], &[0; 54]].concat();
    assert!(matches!(
        PublishedState::parse(&longer),
        Err(PublishedError::Length { .. })
    ));
    let mut newer = bytes.clone();
    newer[11] = 2;
    assert!(matches!(
        PublishedState::parse(&newer),
        Err(PublishedError::UnsupportedVersion { found: 2 })
    ));
}

#[test]
fn a_state_with_a_gap_is_not_published() {
    let account = Account::new(owner(1), TokenId::ETHER);
    let accounts = [1, 3].map(|at| (AccountIndex::new(at).unwrap(), account));
    let state = State::from_accounts(accounts);
    let refused = PublishedState::new(ROLLUP, BatchNumber(1), state);
    assert!(matches!(refused, Err(PublishedError::Gap { index: 2 })));
}
