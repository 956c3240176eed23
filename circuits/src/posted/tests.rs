use super::*;
use crate::operation::full_record_shift;
use crate::word::power_of_two;

fn index(index: u32) -> AccountIndex {
    AccountIndex::new(index).unwrap()
}

fn order(to: Payee) -> Order {
    Order {
        from: index(300),
        nonce: 7,
        token: TokenId(9),
        to,
        amount: Amount(u128::MAX - 5),
        fee: Fee::from_value(2_000).unwrap(),
        expires: Timestamp::MAX,
    }
}

fn forced(payee: ForcedPayee) -> ForcedOrder {
    ForcedOrder {
        from: Some(index((1 << 24) - 1)),
        nonce: u32::MAX,
        token: TokenId(u16::MAX),
        payee,
        amount: Amount(1),
        last: u16::MAX,
        r8: point(Fr::from(3u8), Fr::from(4u8)),
        s: -Fr::from(1u8),
    }
}

/// One of each kind and outcome.
fn operations() -> Vec<Operation<Order>> {
    let owner = point(Fr::from(1u8), -Fr::from(2u8));
    let l1 = L1Address([0xab; 20]);
    let deposit = Deposit {
        token: TokenId(9),
        amount: Amount(5),
        owner,
    };
    let account = |to| ForcedPayee::Account { to, owner };
    let from_nobody = ForcedOrder {
        from: None,
        ..forced(account(None))
    };
    vec![
        Operation::Transfer {
            order: order(Payee::Owner(owner)),
            to: index(70_000),
        },
        Operation::Withdrawal {
            order: order(Payee::L1(l1)),
        },
        Operation::Deposit {
            deposit,
            to: Some(index(1)),
        },
        Operation::Deposit { deposit, to: None },
        Operation::Forced {
            order: forced(account(Some(index(5)))),
            paid: Some(Amount(1)),
        },
        Operation::Forced {
            order: from_nobody,
            paid: None,
        },
        Operation::Forced {
            order: forced(ForcedPayee::L1(l1)),
            paid: Some(Amount(u128::MAX)),
        },
        Operation::Forced {
            order: forced(ForcedPayee::L1(l1)),
            paid: Some(Amount::ZERO),
        },
        Operation::Forced {
            order: forced(ForcedPayee::L1(l1)),
            paid: None,
        },
    ]
}

#[test]
fn what_is_written_is_read() {
    for operation in operations() {
        let words = operation.full_record();
        assert_eq!(Operation::from_full_record(&words), Ok(operation));
        if let Some(entry) = operation.entry() {
            assert_eq!(Entry::from_words(&entry.words()), Ok(entry));
        }
    }
}

/// Flips every bit of every word: either another record is read, or none, and never the same.
#[test]
fn no_two_records_read_alike() {
    for operation in operations() {
        let words = operation.full_record();
        for at in 0..words.len() {
            for bit in 0..253 {
                let mut other = words;
                let was_set = word::to_bytes(words[at])[31 - bit / 8] >> (bit % 8) & 1 == 1;
                let value = power_of_two(bit);
                other[at] = if was_set {
                    words[at] - value
                } else {
                    words[at] + value
                };
                if let Ok(read) = Operation::from_full_record(&other) {
                    assert_ne!(read, operation, "word {at}, bit {bit}");
                    assert_eq!(read.full_record(), other, "word {at}, bit {bit}");
                }
            }
        }
    }
}

#[test]
fn bits_without_a_meaning_are_refused() {
    let all = operations();
    // (record, word, bit): the status of an order, the recipient of a withdrawal, words beyond an order's,
    // an address of 161 bits, a sender, a nonce and a fee of a deposit, a bounced deposit's account, a third
    // outcome, a forced withdrawal's recipient and an amount of 129 bits, bits above the kind.
    for (at, word, bit) in [
        (0, 0, full_record_shift::STATUS),
        (1, 0, full_record_shift::TO),
        (0, 3, 0),
        (1, 5, 0),
        (1, 1, 160),
        (2, 0, full_record_shift::FROM),
        (2, 0, full_record_shift::NONCE),
        (2, 0, full_record_shift::LAST),
        (3, 0, full_record_shift::TO),
        (3, 4, 9),
        (5, 0, full_record_shift::STATUS + 1),
        (6, 0, full_record_shift::TO),
        (7, 2, 128),
        (4, 0, full_record_shift::KIND + 4),
        (8, 2, 0),
    ] {
        let mut words = all[at].full_record();
        words[word] += power_of_two(bit);
        let read = Operation::from_full_record(&words);
        assert_eq!(read, Err(RecordError::StrayBits), "{at} {word} {bit}");
    }
    let mut entry = all[4].entry().unwrap().words();
    entry[0] += power_of_two(full_record_shift::STATUS);
    assert_eq!(Entry::from_words(&entry), Err(RecordError::StrayBits));
}

#[test]
fn records_of_other_kinds_are_none() {
    let order = operations()[0].full_record();
    assert_eq!(Entry::from_words(&order), Err(RecordError::Kind(1)));
    for kind in [0u8, 6, 7, 15] {
        let mut words = [Fr::zero(); 6];
        words[0] = Fr::from(kind) * power_of_two(full_record_shift::KIND);
        let read = Operation::from_full_record(&words);
        assert_eq!(read, Err(RecordError::Kind(kind)));
    }
}

#[test]
fn transfer_records_are_read_and_only_the_last_may_be_unused() {
    let transfer = TransferRecord {
        from: index(5),
        to: index(9),
        amount: Amount(12_340_000_000_000_000),
        fee: Fee::from_value(2_000).unwrap(),
    };
    let bytes = transfer.to_bytes();
    assert_eq!(TransferRecord::from_bytes(&bytes), Ok(Some(transfer)));
    let unused = [0; 13];
    assert_eq!(read_transfers(&[bytes, unused, unused]), Ok(vec![transfer]));
    assert_eq!(
        read_transfers(&[bytes, unused, bytes]),
        Err(PostedError::AfterUnused(2))
    );
    let with = |at: usize, value: u8| {
        let mut other = bytes;
        other[at] = value;
        TransferRecord::from_bytes(&other)
    };
    assert!(matches!(with(2, 0), Err(RecordError::Quantity(_))));
    assert!(matches!(with(5, 0), Err(RecordError::Quantity(_))));
    assert!(matches!(with(6, 0xf8), Err(RecordError::Amount(_))));
    // 204 * 10^1, which is written 2040 * 10^0.
    let mut fee = bytes;
    fee[11..].copy_from_slice(&(1u16 << 11 | 204).to_be_bytes());
    let read = TransferRecord::from_bytes(&fee);
    assert!(matches!(read, Err(RecordError::Quantity(_))));
}

#[test]
fn a_shape_has_room_for_so_much_and_no_more() {
    let shape = Shape::Small;
    let most = (shape.fee_slots(), shape.full_records(), shape.transfers());
    assert_eq!(check_room(shape, most.0, most.1, most.2), Ok(()));
    for (fees, full, transfers) in [
        (most.0 + 1, most.1, most.2),
        (most.0, most.1 + 1, most.2),
        (most.0, most.1, most.2 + 1),
    ] {
        assert!(check_room(shape, fees, full, transfers).is_err());
    }
}
