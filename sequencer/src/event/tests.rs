//! Places among events: what is heard from them, and what is not any more.

use std::collections::BTreeSet;

use assay_api::{
    stage::Stage,
    wire::{EventKind, RecordKind},
};
use assay_circuits::{
    order::TxHash,
    quantity::{AccountIndex, BatchNumber},
};

use super::{EVENTS_KEPT, Event, EventId, Events, Filter, Heard, Listener};
use crate::{
    clock::Clock,
    record::{DropCause, Dropped, Member},
};

fn events(room: usize) -> Events {
    Events::with_room(Clock::System, room)
}

/// An event that is told by its number.
fn batch(number: u64) -> Event {
    Event::Batch {
        number: BatchNumber(number),
        stage: Stage::Sealed,
        at_ms: 0,
    }
}

fn index(number: u32) -> AccountIndex {
    AccountIndex::new(number).unwrap()
}

/// The numbers of what a listener hears next.
async fn hear(listener: &mut Listener) -> Vec<(u64, Heard)> {
    let heard = listener.hear().await.into_iter();
    heard.map(|(id, heard)| (id.number, heard)).collect()
}

fn in_order(numbers: impl IntoIterator<Item = u64>) -> Vec<(u64, Heard)> {
    let numbers = numbers.into_iter();
    numbers
        .map(|number| (number, Heard::Event(batch(number))))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn listeners_that_come_and_go_hear_each_event_once_and_in_order() {
    const COUNT: u64 = 20_000;
    let events = events(EVENTS_KEPT);
    let begin = events.listen(Filter::default(), None).place().unwrap();
    let listeners: Vec<_> = (1..=8)
        .map(|stays| {
            let events = events.clone();
            tokio::spawn(async move {
                let (mut after, mut heard) = (begin.to_string(), 0);
                while heard < COUNT {
                    let mut listener = events.listen(Filter::default(), Some(&after));
                    for _ in 0..stays {
                        if heard == COUNT {
                            break;
                        }
                        for (id, what) in listener.hear().await {
                            heard += 1;
                            assert_eq!((id.number, what), (heard, Heard::Event(batch(heard))));
                            after = id.to_string();
                        }
                    }
                }
            })
        })
        .collect();
    let teller = tokio::task::spawn_blocking(move || {
        for number in 1..=COUNT {
            events.tell([batch(number)]);
        }
    });
    teller.await.unwrap();
    for listener in listeners {
        listener.await.unwrap();
    }
}

#[tokio::test]
async fn one_that_was_away_for_too_long_hears_how_much_it_missed() {
    let events = events(4);
    let mut slow = events.listen(Filter::default(), None);
    let begin = slow.place().unwrap().to_string();
    events.tell((1..=4).map(batch));
    // All that is kept is just enough.
    let mut back = events.listen(Filter::default(), Some(&begin));
    assert_eq!(hear(&mut back).await, in_order(1..=4));
    events.tell((5..=10).map(batch));
    for mut listener in [events.listen(Filter::default(), Some(&begin)), {
        assert_eq!(slow.place().unwrap().to_string(), begin);
        std::mem::replace(&mut slow, back)
    }] {
        assert_eq!(hear(&mut listener).await, [(6, Heard::Lagged(6))]);
        assert_eq!(hear(&mut listener).await, in_order(7..=10));
    }
    // The other one had heard four already.
    assert_eq!(hear(&mut slow).await, [(6, Heard::Lagged(2))]);
}

#[tokio::test]
async fn an_id_of_no_event_of_this_run_is_answered_with_a_reset() {
    let events = events(4);
    events.tell((1..=2).map(batch));
    let run = events.listen(Filter::default(), None).place().unwrap().run;
    let id = |run, number| EventId { run, number }.to_string();
    for unknown in [
        id(run.wrapping_add(1), 1),
        id(run, 3),
        id(run, u64::MAX),
        "1".to_owned(),
        String::new(),
    ] {
        let mut listener = events.listen(Filter::default(), Some(&unknown));
        // Until it has heard so, no id would tell it again.
        assert_eq!(listener.place(), None, "{unknown}");
        assert_eq!(hear(&mut listener).await, [(2, Heard::Reset)], "{unknown}");
        assert_eq!(listener.place(), Some(EventId { run, number: 2 }));
    }
    let mut listener = events.listen(Filter::default(), Some(&id(run, 9)));
    events.tell([batch(3)]);
    assert_eq!(hear(&mut listener).await, [(2, Heard::Reset)]);
    assert_eq!(hear(&mut listener).await, in_order([3]));
    // Two runs are not confused.
    let other = self::events(4).listen(Filter::default(), None);
    assert_ne!(other.place().unwrap().run, run);
}

#[tokio::test]
async fn a_place_moves_on_past_what_is_not_for_its_listener() {
    let events = events(EVENTS_KEPT);
    let filter = Filter {
        batch: Some(BatchNumber(3_000)),
        ..Filter::default()
    };
    let mut listener = events.listen(filter, None);
    events.tell((1..=3_000).map(batch));
    assert_eq!(hear(&mut listener).await, in_order([3_000]));
    events.tell((3_001..=3_005).map(batch));
    let soon = std::time::Duration::from_millis(1);
    let nothing = tokio::time::timeout(soon, listener.hear()).await;
    assert!(nothing.is_err());
    assert_eq!(listener.place().unwrap().number, 3_005);
}

fn dropped(batch: u64) -> Dropped {
    Dropped {
        batch: BatchNumber(batch),
        at_ms: 1,
        cause: DropCause::TooOld,
    }
}

#[test]
fn a_filter_lets_through_what_it_names() {
    let hash = TxHash([7; 32]);
    let paid = Event::Transaction {
        hash,
        stage: Stage::Executed,
        batch: Some(BatchNumber(4)),
        from: index(1),
        to: Some(index(2)),
        dropped: None,
        at_ms: 0,
    };
    let waits = Event::Transaction {
        hash: TxHash([8; 32]),
        stage: Stage::Received,
        batch: None,
        from: index(3),
        to: Some(index(1)),
        dropped: Some(dropped(4)),
        at_ms: 0,
    };
    let member = Member {
        place: 0,
        kind: RecordKind::Deposit,
        hash: None,
        queue_index: Some(9),
        executed: true,
        from: None,
        to: Some(index(2)),
    };
    let credited = Event::of_member(&member, BatchNumber(5), Stage::Sealed, 0);
    let all = [paid, waits, credited, batch(5), Event::Dropped(dropped(4))];
    let accounts = |numbers: &[u32]| Filter {
        accounts: Some(numbers.iter().copied().map(index).collect()),
        ..Filter::default()
    };
    let of_batch = |number| Filter {
        batch: Some(BatchNumber(number)),
        ..Filter::default()
    };
    let of_kind = |kind| Filter {
        kind: Some(kind),
        ..Filter::default()
    };
    let transaction = Filter {
        transactions: Some(BTreeSet::from([hash])),
        ..Filter::default()
    };
    let both = Filter {
        batch: Some(BatchNumber(5)),
        ..accounts(&[2])
    };
    for (filter, expected) in [
        (Filter::default(), &[0, 1, 2, 3, 4][..]),
        (accounts(&[1]), &[0, 1, 4]),
        (accounts(&[2]), &[0, 2, 4]),
        (accounts(&[3, 4]), &[1, 4]),
        (accounts(&[4]), &[4]),
        (of_batch(4), &[0, 1, 4]),
        (of_batch(5), &[2, 3]),
        (of_batch(6), &[]),
        (of_kind(EventKind::Transaction), &[0, 1, 4]),
        (of_kind(EventKind::Operation), &[2, 4]),
        (of_kind(EventKind::Batch), &[3, 4]),
        (of_kind(EventKind::Dropped), &[4]),
        (transaction, &[0, 4]),
        (both, &[2]),
    ] {
        let passes = |place: &usize| filter.passes(&all[*place]);
        let found: Vec<_> = (0..all.len()).filter(passes).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn a_batch_is_told_before_what_it_holds() {
    let events = events(EVENTS_KEPT);
    let mut listener = events.listen(Filter::default(), None);
    let transaction = Member {
        place: 1,
        kind: RecordKind::Withdrawal,
        hash: Some(TxHash([1; 32])),
        queue_index: None,
        executed: true,
        from: Some(index(1)),
        to: None,
    };
    let entry = Member {
        place: 0,
        kind: RecordKind::ForcedTransfer,
        hash: None,
        queue_index: Some(2),
        ..transaction
    };
    events.tell_batch(BatchNumber(6), Stage::Proved, &[entry, transaction]);
    let heard = listener.hear().await;
    let kinds: Vec<_> = heard
        .iter()
        .map(|(_, heard)| match heard {
            Heard::Event(event) => event.kind(),
            Heard::Lagged(_) | Heard::Reset => panic!("{heard:?}"),
        })
        .collect();
    let expected = [
        EventKind::Batch,
        EventKind::Operation,
        EventKind::Transaction,
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn who_tells_does_not_wait_for_who_listens() {
    let events = events(EVENTS_KEPT);
    let _silent = events.listen(Filter::default(), None);
    events.tell((1..=2 * EVENTS_KEPT as u64).map(batch));
    let last = events.listen(Filter::default(), None).place().unwrap();
    assert_eq!(last.number, 2 * EVENTS_KEPT as u64);
}
