use assay_circuits::eddsa::SecretKey;
use assay_l1::{
    address::EthAddress,
    batch::{BatchHeader, Claim, claims_hash},
};

use super::*;

/// Two claims of account 1, one of account 2 and a bounced deposit, of which 0, 2 and 3 are open.
fn claims() -> Vec<OpenClaims> {
    let claim = |from| Claim {
        token: 0x0102,
        amount: u128::MAX / 3 + u128::from(from),
        receiver: EthAddress([0xe5; 20]),
        from,
    };
    let open = |batch: u64| {
        let claims = vec![claim(1), claim(1), claim(2), claim(0)];
        OpenClaims {
            batch,
            header: BatchHeader {
                commitment: [1; 32],
                new_root: [2; 32],
                claims_hash: claims_hash(&claims),
                queue_end: 3,
                timestamp: 4,
                accounts: 5,
                shape: 6,
            },
            claims,
            which: vec![0, 2, 3],
        }
    };
    vec![open(3), open(u64::from(u32::MAX) + 1)]
}

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
    PublishedState::new(ROLLUP, BatchNumber(0x0102_0304_0506), state, claims()).unwrap()
}

#[test]
fn a_state_comes_back_and_makes_packets() {
    for accounts in [0, 1, 10] {
        let made = published(accounts);
        let bytes = made.to_bytes();
        let of_claims = 4 + 2 * (8 + 3 * 32 + 17 + 2 + 4 * 41 + 2 + 3 * 2);
        assert_eq!(bytes.len(), 84 + 54 * accounts as usize + of_claims);
        let read = PublishedState::parse(&bytes).unwrap();
        assert_eq!(read.reference, made.reference);
        assert_eq!(read.to_bytes(), bytes);
        let packet = read.packet(owner(1), &[]);
        packet.check().unwrap();
        let indexes: Vec<_> = packet.accounts.iter().map(|a| a.index.get()).collect();
        let expected: Vec<_> = (1..=accounts).filter(|index| index % 3 == 1).collect();
        assert_eq!(indexes, expected);
        assert_eq!(packet.state, made.reference);
        assert_eq!(read.claims(), claims());
        let own: Vec<_> = packet
            .claims
            .iter()
            .map(|open| open.which.clone())
            .collect();
        let expected = if accounts == 0 {
            vec![]
        } else {
            vec![vec![0]; 2]
        };
        assert_eq!(own, expected, "of account 1, which owner 1 has");
        let other = read.packet(owner(9), &[]);
        assert!(other.accounts.is_empty() && other.claims.is_empty());
        let receiver = EthAddress([0xe5; 20]);
        assert_eq!(read.packet(owner(9), &[receiver]).claims, claims());
    }
}

/// Whatever byte is changed: the file is refused, or says that it is of another rollup or batch,
/// which whoever uses it compares; or has other headers or numbers of claims, which the contract knows.
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
                Ok(read) if (12..48).contains(&at) => {
                    assert!(read.reference.expect(&made.reference).is_err(), "byte {at}");
                }
                Ok(read) => {
                    let same = |(a, b): (&OpenClaims, &OpenClaims)| {
                        (a.batch, a.header) == (b.batch, b.header) && a.which == b.which
                    };
                    let mut pairs = read.claims().iter().zip(made.claims());
                    assert!(at > 84 + 4 * 54 && !pairs.all(same), "byte {at}");
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
        Err(PublishedError::LeftOver(54))
    ));
    let unsorted = claims().into_iter().rev().collect();
    let state = made.state().clone();
    let refused = PublishedState::new(ROLLUP, BatchNumber(9), state, unsorted);
    assert!(matches!(
        refused,
        Err(PublishedError::Claims(ClaimsError::Order(3)))
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
    let refused = PublishedState::new(ROLLUP, BatchNumber(1), state, vec![]);
    assert!(matches!(refused, Err(PublishedError::Gap { index: 2 })));
}
