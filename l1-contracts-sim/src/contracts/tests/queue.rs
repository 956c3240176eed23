//! Deposits and forced orders: what is queued, at what price, and what is refused.

use alloy::{
    primitives::{Address, TxKind, U256},
    sol_types::SolCall as _,
};

use super::{
    bed::{
        Bed, DELAY_S, FREEZE_S, GAP_S, GOVERNOR, INCLUSION_GAS, INCLUSION_STEP, SMALL, START_S,
        USER, account, code, config,
    },
    hostile::{ReentrantToken, arm, deploy_token, fund, outcome, register, token},
    proofs::toy,
    records::{
        Entry, Head, ORDER, R, Record, deposit_call, deposit_words, force_call, forced_transfer,
        forced_withdrawal, number, order, owner, small_order, word_of,
    },
};
use crate::{
    batch::{BatchData, Tail, Word},
    chain::ChainConfig,
    contracts::{Assay, TestToken},
};

const GWEI: u128 = 1_000_000_000;
const FRESH: Address = Address::repeat_byte(0x77);

#[test]
fn entries_are_chained_and_counted() {
    let bed = Bed::new();
    let before = bed.balance(bed.rollup);
    let first = bed.deposit(0, 70).unwrap();
    let transfer = forced_transfer(Head { to: 8, ..order() });
    let second = bed.force(transfer).unwrap();
    let third = bed.deposit(0, 7).unwrap();
    assert_eq!([first.index, second.index, third.index], [0, 1, 2]);
    assert_eq!(first.words, deposit_words(0, 70));
    assert_eq!(second.words, transfer);
    assert_eq!(bed.held(0), 77);
    let fees = first.fee() + second.fee() + third.fee();
    assert!(fees > 0);
    assert_eq!(bed.balance(bed.rollup), before + U256::from(77 + fees));
    let status = bed.status();
    assert_eq!((status.queueConsumed, status.queueLength), (0, 3));
    assert_eq!(status.headDue, first.due);
    // The chain of hashes is the library's.
    let mut link = [0; 32];
    for (entries, entry) in (1..).zip([first, second, third]) {
        link = entry.link(&link);
        let kept: U256 = bed.read(Assay::queueLinkCall { entries });
        assert_eq!(kept.to_be_bytes(), link);
        let index = entry.index;
        assert_eq!(bed.read(Assay::queueDueCall { index }), entry.due);
    }
    assert_eq!(bed.read(Assay::queueLinkCall { entries: 0 }), U256::ZERO);
}

#[test]
fn entries_are_due_after_the_delay_and_apart() {
    let bed = Bed::new();
    let due = |bed: &Bed| u64::from(bed.deposit(0, 1).unwrap().due);
    let first = START_S + u64::from(DELAY_S);
    let gap = u64::from(GAP_S);
    assert_eq!(due(&bed), first);
    assert_eq!(due(&bed), first + gap);
    assert_eq!(due(&bed), first + 2 * gap);
    // Later than the gap asks for: the delay counts.
    bed.set_time(START_S + 2 * gap + 1);
    assert_eq!(due(&bed), first + 3 * gap);
    bed.set_time(START_S + 4 * gap);
    assert_eq!(due(&bed), first + 4 * gap);
    bed.set_time(START_S + 100 * gap);
    assert_eq!(due(&bed), first + 100 * gap);
}

/// `g0 * base fee` for inclusion, and as much again for every `n0` that wait.
#[test]
fn the_fee_follows_base_fee_and_queue() {
    let bed = Bed::new();
    let fee = |base_fee: u128| {
        let fee = bed.read(Assay::inclusionFeeCall {
            baseFeeWei: U256::from(base_fee),
        });
        (fee.baseWei.to::<u128>(), fee.surchargeWei.to::<u128>())
    };
    let gas = u128::from(INCLUSION_GAS);
    assert_eq!(fee(0), (0, 0));
    assert_eq!(fee(10 * GWEI), (10 * GWEI * gas, 0));
    // Whole gwei, rounded up.
    assert_eq!(fee(1), (GWEI, 0));
    assert_eq!(fee(GWEI / gas * 5), (5 * GWEI, 0));
    let mut entries = Vec::new();
    for waiting in 0..3 {
        let surcharge = (10 * GWEI * gas * waiting).div_ceil(u128::from(INCLUSION_STEP));
        let surcharge = surcharge.next_multiple_of(GWEI);
        assert_eq!(fee(10 * GWEI), (10 * GWEI * gas, surcharge));
        let (base_wei, surcharge_wei) = fee(bed.base_fee().into());
        entries.push(bed.deposit(0, 1).unwrap());
        let tail = Tail::from_word(&entries[entries.len() - 1].tail);
        assert_eq!(tail.refund_to, account(USER).into());
        assert_eq!(u128::from(tail.base_gwei) * GWEI, base_wei);
        assert_eq!(u128::from(tail.surcharge_gwei) * GWEI, surcharge_wei);
    }
    assert_eq!(fee(1), (GWEI, GWEI), "rounded up as well");
    // What was taken waits no more.
    bed.submit(&BatchData {
        l1_operations: 2,
        full_records: entries[..2].iter().map(|entry| entry.words).collect(),
        tails: entries[..2].iter().map(|entry| entry.tail).collect(),
        ..bed.next_batch()
    })
    .unwrap();
    let surcharge = (10 * GWEI * gas).div_ceil(u128::from(INCLUSION_STEP));
    let surcharge = surcharge.next_multiple_of(GWEI);
    assert_eq!(fee(10 * GWEI), (10 * GWEI * gas, surcharge));
}

#[test]
fn what_is_paid_too_much_is_a_credit() {
    let bed = Bed::new();
    let order = forced_withdrawal(order(), FRESH);
    let fee = bed.fee();
    let short = bed.pay(USER, fee + 69, deposit_call(0, 70, owner()));
    assert_eq!(short.unwrap_err(), "ValueTooLow");
    let short = bed.pay(USER, fee - 1, force_call(order));
    assert_eq!(short.unwrap_err(), "ValueTooLow");

    let to = account(5);
    let mut call = deposit_call(0, 70, owner());
    call.refundTo = to;
    let done = bed.pay(USER, fee + 75, call).unwrap();
    let paid = 70 + Entry::of(&done).fee();
    assert_eq!(bed.credit(to), U256::from(fee + 75 - paid));
    let before = bed.credit(to);
    let call = Assay::forceCall {
        refundTo: to,
        ..force_call(order)
    };
    let value = 2 * bed.fee();
    let done = bed.pay(USER, value, call).unwrap();
    let surplus = U256::from(value - Entry::of(&done).fee());
    assert_eq!(bed.credit(to), before + surplus);
    let credited: Vec<_> = done.events::<Assay::Credited>();
    assert_eq!((credited[0].to, credited[0].amount), (to, surplus));
    // To the wei, and nothing is no credit.
    for more in [0, 1] {
        let mut call = deposit_call(0, 70, owner());
        call.refundTo = account(6);
        let done = bed.pay(USER, bed.fee() + 70 + more, call).unwrap();
        let credited = done.events::<Assay::Credited>().len();
        assert_eq!(credited, usize::from(more == 1));
        assert_eq!(bed.credit(account(6)), U256::from(more));
    }

    // Only its owner takes it, once, to wherever.
    let credit = bed.credit(to);
    let withdraw = Assay::withdrawCreditCall { to: FRESH };
    let sent = bed.send(USER, withdraw.clone());
    assert_eq!(sent.unwrap_err(), "NoCredit");
    bed.send(5, withdraw.clone()).unwrap();
    assert_eq!(bed.balance(FRESH), credit);
    assert_eq!(bed.credit(to), U256::ZERO);
    assert_eq!(bed.send(5, withdraw).unwrap_err(), "NoCredit");
}

#[test]
fn credits_that_cannot_be_delivered_stay() {
    let bed = Bed::new();
    let value = bed.fee() + 75;
    bed.pay(USER, value, deposit_call(0, 70, owner())).unwrap();
    for name in ["Refuser", "Glutton"] {
        let to = bed.create(code(name)).unwrap();
        let sent = bed.send(USER, Assay::withdrawCreditCall { to });
        assert_eq!(sent.unwrap_err(), "EtherRefused");
    }
    let to = bed.rollup;
    let sent = bed.send(USER, Assay::withdrawCreditCall { to });
    assert_eq!(sent.unwrap_err(), "EtherRefused");
    assert_eq!(bed.credit(account(USER)), U256::from(5));
}

#[test]
fn deposits_have_an_amount_and_a_way_back() {
    let bed = Bed::new();
    let fee = bed.fee();
    let none = bed.pay(USER, fee, deposit_call(0, 0, owner()));
    assert_eq!(none.unwrap_err(), "NoAmount");
    let mut call = deposit_call(0, 5, owner());
    call.refundTo = Address::ZERO;
    let lost = bed.pay(USER, fee + 5, call);
    assert_eq!(lost.unwrap_err(), "NoRefundTo");
    let unknown = bed.pay(USER, fee, deposit_call(1, 5, owner()));
    assert_eq!(unknown.unwrap_err(), "UnknownToken");
}

/// Off the curve, the same point with coordinates of r more, and the points that sign nothing.
#[test]
fn owners_are_canonical_points_of_large_order() {
    let bed = Bed::new();
    let r = number(R);
    let [x, y] = owner().map(U256::from_be_bytes::<32>);
    let one = U256::from(1);
    let words = |(x, y): (U256, U256)| -> [Word; 2] { [x.to_be_bytes(), y.to_be_bytes()] };
    let off = [
        (x + one, y),
        (x, y + one),
        (x + r, y),
        (x, y + r),
        (U256::ZERO, U256::ZERO),
        (y, x),
    ];
    let small = small_order();
    assert_eq!(small.len(), 8);
    // On the curve as well, were r taken for a coordinate: it is 0, but not as a number.
    let zero_is_r = |[x, y]: &[Word; 2]| match (*x == [0; 32], *y == [0; 32]) {
        (true, _) => Some([r.to_be_bytes(), *y]),
        (_, true) => Some([*x, r.to_be_bytes()]),
        _ => None,
    };
    let aliases: Vec<_> = small.iter().filter_map(zero_is_r).collect();
    assert_eq!(aliases.len(), 4);
    let off = off.into_iter().map(words);
    let wrong: Vec<[Word; 2]> = off.chain(small).chain(aliases).collect();
    for point in wrong {
        let sent = bed.pay(USER, bed.fee() + 5, deposit_call(0, 5, point));
        assert_eq!(sent.unwrap_err(), "InvalidOwner");
        let mut record = forced_transfer(order());
        (record[1], record[2]) = (point[0], point[1]);
        assert_eq!(bed.force(record).unwrap_err(), "InvalidOwner");
        let mut record = forced_transfer(order());
        (record[3], record[4]) = (point[0], point[1]);
        assert_eq!(bed.force(record).unwrap_err(), "InvalidSignature");
    }
    bed.force(forced_transfer(order())).unwrap();
}

#[test]
fn forced_orders_have_a_form() {
    let bed = Bed::new();
    let transfer = forced_transfer(Head { to: 8, ..order() });
    let withdrawal = forced_withdrawal(order(), FRESH);
    let refused = |base: Record, error: &str, change: &dyn Fn(&mut Record)| {
        let mut record = base;
        change(&mut record);
        assert_eq!(bed.force(record).unwrap_err(), error);
    };
    for base in [transfer, withdrawal] {
        for kind in [0, 1, 2, 3, 6, 7, 8, 0xc, 0xf] {
            refused(base, "InvalidOrder", &|record| {
                record[0][1] = kind << 4;
                (record[0][5], record[0][6], record[0][7]) = (0, 0, 0);
                record[2] = [0; 32];
            });
        }
        for status in 1..16 {
            refused(base, "InvalidOrder", &|record| record[0][1] |= status);
        }
        refused(base, "InvalidOrder", &|record| record[0][0] = 1);
        refused(base, "NoAmount", &|record| record[0][14..30].fill(0));
        refused(base, "UnknownToken", &|record| record[0][9] = 1);
        for s in [ORDER, R] {
            let s: Word = number(s).to_be_bytes();
            refused(base, "InvalidSignature", &|record| record[5] = s);
        }
        refused(base, "InvalidSignature", &|record| record[5] = [0xff; 32]);
    }
    for byte in 5..8 {
        refused(withdrawal, "InvalidOrder", &|record| record[0][byte] = 1);
    }
    refused(withdrawal, "InvalidOrder", &|record| record[2][31] = 1);
    let receivers = [[0; 32], word_of(bed.rollup), {
        let mut long = word_of(FRESH);
        long[11] = 1;
        long
    }];
    for receiver in receivers {
        refused(withdrawal, "InvalidReceiver", &|record| {
            record[1] = receiver
        });
    }
    let mut call = force_call(withdrawal);
    call.refundTo = Address::ZERO;
    let sent = bed.pay(USER, bed.fee(), call);
    assert_eq!(sent.unwrap_err(), "NoRefundTo");
    bed.force(withdrawal).unwrap();

    // A token that has a number.
    let (number, _) = token(&bed, "TestToken");
    bed.force(forced_withdrawal(
        Head {
            token: number,
            ..order()
        },
        FRESH,
    ))
    .unwrap();
}

#[test]
fn orders_of_the_past_are_refused() {
    let bed = Bed::new();
    let now = START_S >> 16;
    let until = |last: u64| {
        bed.force(forced_transfer(Head {
            last: u16::try_from(last).unwrap(),
            ..order()
        }))
        .map(|_| ())
    };
    assert_eq!(until(0).unwrap_err(), "Expired");
    assert_eq!(until(now - 1).unwrap_err(), "Expired");
    until(now).unwrap();
    // The last second of a step, and the first of the next one.
    bed.set_time((now + 1) * 65536 - 1);
    until(now).unwrap();
    bed.set_time((now + 1) * 65536);
    assert_eq!(until(now).unwrap_err(), "Expired");
    until(u16::MAX.into()).unwrap();
}

#[test]
fn nothing_is_queued_after_a_freeze_and_no_deposit_while_closing() {
    let bed = Bed::new();
    bed.send(GOVERNOR, Assay::announceClosingCall {}).unwrap();
    assert_eq!(bed.deposit(0, 5).unwrap_err(), "IsClosing");
    bed.force(forced_transfer(order())).unwrap();
    bed.freeze();
    assert_eq!(bed.force(forced_transfer(order())).unwrap_err(), "IsFrozen");
    assert_eq!(bed.deposit(0, 5).unwrap_err(), "IsFrozen");
}

/// Times beyond 32 bits are refused, not cut off.
#[test]
fn a_time_that_does_not_fit_is_refused() {
    let bed = Bed::new();
    let last = u64::from(u32::MAX) - u64::from(DELAY_S);
    bed.set_time(last);
    assert_eq!(bed.deposit(0, 5).unwrap().due, u32::MAX);
    assert_eq!(bed.deposit(0, 5).unwrap_err(), "TimeOverflow");
    bed.set_time(last + 1);
    assert_eq!(bed.deposit(0, 5).unwrap_err(), "TimeOverflow");
    // The way out is open all the same.
    bed.set_time(u64::from(u32::MAX) + u64::from(FREEZE_S) + 1);
    bed.send(USER, Assay::freezeCall {}).unwrap();
}

/// 48 bits of gwei are 281,474 ether.
#[test]
fn a_fee_that_does_not_fit_is_refused() {
    let overflow = |base_fee_wei: u64| {
        let bed = Bed::on(ChainConfig {
            base_fee_wei,
            balance_wei: 1 << 110,
            ..ChainConfig::default()
        });
        let expensive = Assay::Config {
            inclusionGas: u32::MAX,
            inclusionStep: 1,
            ..config()
        };
        let rollup = bed.deploy(expensive, &[(SMALL, toy(0))]).unwrap();
        let bed = bed.with_rollup(rollup);
        let mut count = 0;
        loop {
            let fee = bed.read(Assay::inclusionFeeCall {
                baseFeeWei: U256::from(bed.base_fee()),
            });
            let fits = |wei: U256| wei / U256::from(GWEI) < U256::from(1_u64 << 48);
            let deposit = bed.pay(USER, 1 << 100, deposit_call(0, 5, owner()));
            match deposit {
                Ok(done) => {
                    assert!(fits(fee.baseWei) && fits(fee.surchargeWei));
                    let tail = Tail::from_word(&Entry::of(&done).tail);
                    assert_eq!(U256::from(u128::from(tail.base_gwei) * GWEI), fee.baseWei);
                }
                Err(error) => {
                    assert_eq!(error, "FeeOverflow");
                    return (count, fits(fee.baseWei), fits(fee.surchargeWei));
                }
            }
            count += 1;
        }
    };
    assert_eq!(overflow(1 << 50), (0, false, true));
    let (count, base_fits, surcharge_fits) = overflow(1 << 45);
    assert!(count > 1 && base_fits && !surcharge_fits);
}

#[test]
fn what_arrives_is_credited() {
    let bed = Bed::new();
    for name in ["TestToken", "SilentToken"] {
        let (number, token) = token(&bed, name);
        bed.deposit(number, 400).unwrap();
        assert_eq!(bed.held(number), 400);
        let balance = bed.read_from(token, TestToken::balanceOfCall(bed.rollup));
        assert_eq!(balance, U256::from(400));
        assert!(bed.deposit(number, 999_601).is_err(), "more than there is");
    }
    let (number, _) = token(&bed, "FeeToken");
    let entry = bed.deposit(number, 400).unwrap();
    assert_eq!(entry.words, deposit_words(number, 396));
    assert_eq!(bed.held(number), 396);
}

#[test]
fn tokens_that_fail_credit_nothing() {
    let bed = Bed::new();
    let (number, _) = token(&bed, "FalseToken");
    assert_eq!(bed.deposit(number, 10).unwrap_err(), "TokenCallFailed");
    assert_eq!(bed.held(number), 0);
}

/// The token has what the inner deposit takes, and the ether for its fee.
#[test]
fn a_token_that_deposits_again_is_stopped() {
    let bed = Bed::new();
    let token = deploy_token(&bed, "ReentrantToken");
    let number = register(&bed, token).unwrap();
    fund(&bed, token, U256::from(1000));
    let mint = TestToken::mintCall {
        to: token,
        amount: U256::from(1000),
    };
    bed.call_contract(USER, token, mint).unwrap();
    let fee = 2 * bed.fee();
    for (value, again) in [
        (fee, deposit_call(number, 1, owner()).abi_encode()),
        (fee, force_call(forced_transfer(order())).abi_encode()),
        (0, Assay::freezeCall {}.abi_encode()),
        (
            10_u128.pow(18),
            Assay::registerTokenCall { token }.abi_encode(),
        ),
    ] {
        arm(&bed, token, value, again);
        bed.call_contract(USER, token, ReentrantToken::allowCall {})
            .unwrap();
        let held = bed.held(number);
        bed.deposit(number, 10).unwrap();
        assert_eq!(outcome(&bed, token), "Reentered");
        assert_eq!(bed.held(number), held + 10);
    }
}

#[test]
fn deposits_of_a_token_stay_below_2_to_the_128() {
    let bed = Bed::new();
    let token = deploy_token(&bed, "TestToken");
    let number = register(&bed, token).unwrap();
    fund(&bed, token, U256::MAX);
    bed.deposit(number, u128::MAX - 1).unwrap();
    assert_eq!(bed.deposit(number, 2).unwrap_err(), "DepositCap");
    bed.deposit(number, 1).unwrap();
    assert_eq!(bed.held(number), u128::MAX);
    assert_eq!(bed.deposit(number, 1).unwrap_err(), "DepositCap");
}

#[test]
fn tokens_get_numbers_once_and_for_a_fee() {
    let bed = Bed::new();
    let fee = || bed.read(Assay::registrationFeeCall {}).to::<u128>();
    assert_eq!(fee(), 1_000_000 * GWEI);
    let tokens: Vec<Address> = (0..17).map(|_| deploy_token(&bed, "TestToken")).collect();
    let call = |token| Assay::registerTokenCall { token };
    let short = bed.pay(USER, fee() - 1, call(tokens[0]));
    assert_eq!(short.unwrap_err(), "ValueTooLow");
    let burned = bed.balance(Address::ZERO);
    let done = bed.pay(USER, fee() + 3, call(tokens[0])).unwrap();
    let events = done.events::<Assay::TokenRegistered>();
    assert_eq!((events[0].token, events[0].tokenAddress), (1, tokens[0]));
    assert_eq!(bed.credit(account(USER)), U256::from(3));
    let after = bed.balance(Address::ZERO);
    assert_eq!(after - burned, U256::from(1_000_000 * GWEI));
    for (number, token) in (2..).zip(&tokens[1..16]) {
        assert_eq!(register(&bed, *token).unwrap(), number);
    }
    assert_eq!(fee(), 2_000_000 * GWEI);
    assert_eq!(register(&bed, tokens[16]).unwrap(), 17);
    assert_eq!(bed.status().tokens, 17);
    let named = bed.read(Assay::tokenAddressCall { token: 17 });
    assert_eq!(named, tokens[16]);
    assert_eq!(register(&bed, tokens[0]).unwrap_err(), "TokenExists");
    assert_eq!(register(&bed, account(3)).unwrap_err(), "NotAToken");
    let ether = bed.transact(USER, TxKind::Call(bed.rollup), U256::from(1), vec![].into());
    assert!(ether.is_err(), "ether cannot be sent without a purpose");
}
