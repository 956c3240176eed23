//! The entry of the layer 1's queue that a transaction made, and what became of it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use assay_api::{hexadecimal::Hex, wire::QueueEntryView};
use assay_circuits::{
    address::{Address, Network},
    babyjubjub::Point,
    word,
};
use assay_l1::{
    batch::{Tail, Word},
    client::{RollupClient, RollupEvent, TransactionReceipt},
};
use tokio::time::{Instant, sleep};

use super::session::Session;
use crate::{
    process::unless_interrupted,
    terminal::{outcome::NotThereYet, progress::Progress},
};

/// How often the node is asked what became of an entry.
const POLL: Duration = Duration::from_millis(200);

/// The entry that a transaction made.
#[derive(Debug, Clone)]
pub(super) struct Queued {
    pub(super) index: u64,
    pub(super) due: u32,
    words: [Word; 6],
    tail: Tail,
    transaction: Word,
}

/// A deposit, as the contract queued it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Deposited {
    owner: Point,
    token: u16,
    /// Base units that arrived.
    amount: u128,
}

impl Queued {
    /// The entry that a mined transaction left.
    ///
    /// # Errors
    /// [`NotThereYet`]: the transaction was sent, whatever the layer 1 tells of it.
    pub(super) async fn of(client: &RollupClient, receipt: &TransactionReceipt) -> Result<Self> {
        let found = Self::find(client, receipt).await;
        found.map_err(|error| {
            let hash = Hex(&receipt.hash);
            let what = format!(
                "L1 transaction {hash} was mined, and its entry in the queue cannot be read"
            );
            NotThereYet::because(what, error).into()
        })
    }

    async fn find(client: &RollupClient, receipt: &TransactionReceipt) -> Result<Self> {
        let at = receipt.block_number;
        let events = client.events(at, at).await?;
        let mut own = events
            .iter()
            .filter(|event| event.transaction == receipt.hash);
        let found = own.find_map(|logged| match &logged.event {
            RollupEvent::Queued {
                index,
                due,
                words,
                tail,
            } => Some(Self {
                index: *index,
                due: *due,
                words: *words,
                tail: Tail::from_word(tail),
                transaction: receipt.hash,
            }),
            _ => None,
        });
        found.context("it queued nothing: it may have been reorganised away")
    }

    /// What it paid for its place, wei.
    pub(super) fn fee_wei(&self) -> u128 {
        const GWEI: u128 = 1_000_000_000;
        let Tail {
            base_gwei,
            surcharge_gwei,
            ..
        } = self.tail;
        (u128::from(base_gwei) + u128::from(surcharge_gwei)) * GWEI
    }

    /// What a deposit brought, base units.
    pub(super) fn arrived(&self) -> Result<u128> {
        Ok(self.deposited()?.amount)
    }

    fn deposited(&self) -> Result<Deposited> {
        let [
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            t0,
            t1,
            _,
            _,
            _,
            _,
            amount @ ..,
            _,
            _,
        ] = self.words[0];
        let coordinate = |word| word::from_bytes(word).context("the owner in the queue");
        Ok(Deposited {
            owner: Point {
                x: coordinate(&self.words[1])?,
                y: coordinate(&self.words[2])?,
            },
            token: u16::from_be_bytes([t0, t1]),
            amount: u128::from_be_bytes(amount),
        })
    }

    /// Whether what a node shows is this deposit: place, owner, token, amount, and who is refunded.
    fn is_shown_by(&self, view: &QueueEntryView, network: Network) -> Result<bool> {
        let Deposited {
            owner,
            token,
            amount,
        } = self.deposited()?;
        let operation = &view.operation;
        Ok(operation.queue_index == Some(self.index)
            && operation.to == Address { network, owner }.to_string()
            && operation.token == token
            && operation.amount == amount.to_string()
            && view.refund_to == self.tail.refund_to.to_string())
    }

    /// Waits until the node shows this very deposit in a batch.
    ///
    /// # Errors
    /// [`NotThereYet`].
    pub(super) async fn until_taken(
        &mut self,
        session: &Session,
        client: &RollupClient,
        timeout: Duration,
    ) -> Result<QueueEntryView> {
        let step = Progress::new().step("waiting until the rollup has credited it", None);
        let waited = unless_interrupted(self.taken(session, client, timeout)).await;
        let cause = match waited {
            Ok(Ok(view)) => {
                step.finish("credited");
                return Ok(view);
            }
            Ok(Err(last)) => last.context(format!("waited for {} s", timeout.as_secs())),
            Err(interrupted) => interrupted.into(),
        };
        let what = format!(
            "the deposit is entry {} of the L1's queue, by L1 transaction {}, and not credited yet; do \
             not send it again, the rollup takes it without this command",
            self.index,
            Hex(&self.transaction)
        );
        Err(NotThereYet::because(what, cause).into())
    }

    /// What the node shows of this very deposit in a batch.
    ///
    /// # Errors
    /// What came last, after so long.
    async fn taken(
        &mut self,
        session: &Session,
        client: &RollupClient,
        timeout: Duration,
    ) -> Result<QueueEntryView> {
        let deadline = Instant::now() + timeout;
        let mut last: Option<anyhow::Error> = None;
        while Instant::now() < deadline || last.is_none() {
            match session.node.queue_entry(self.index).await {
                Ok(view) if self.is_shown_by(&view, session.network)? => return Ok(view),
                // A reorganisation has moved one of them, or the node is of another L1 after all.
                Ok(_) => {
                    last = Some(anyhow::anyhow!("the node has another entry in its place"));
                    self.find_again(client).await;
                }
                Err(error) => last = Some(error.into()),
            }
            sleep(POLL.min(timeout)).await;
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("the node was not asked")))
    }

    /// Where the entry is now, if the layer 1 says so.
    async fn find_again(&mut self, client: &RollupClient) {
        if let Ok(Some(receipt)) = client.receipt(self.transaction).await
            && let Ok(found) = Self::find(client, &receipt).await
        {
            *self = found;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use assay_api::{
        stage::Stage,
        wire::{BatchOperation, RecordKind},
    };
    use assay_circuits::{
        operation::{Deposit, Entry},
        quantity::{Amount, TokenId},
    };
    use assay_l1::address::EthAddress;

    const NETWORK: Network = Network::Development;

    fn queued() -> Queued {
        let deposit = Deposit {
            token: TokenId(3),
            amount: Amount(1_000_000_000_000_000_001),
            owner: Point::BASE8,
        };
        Queued {
            index: 7,
            due: 0,
            words: Entry::Deposit(deposit).words().map(word::to_bytes),
            tail: Tail {
                refund_to: EthAddress([9; 20]),
                base_gwei: 1,
                surcharge_gwei: 2,
            },
            transaction: [1; 32],
        }
    }

    fn view() -> QueueEntryView {
        let owner = Point::BASE8;
        QueueEntryView {
            batch: 4,
            stage: Stage::Executed,
            trust: String::new(),
            refund_to: EthAddress([9; 20]).to_string(),
            operation: BatchOperation {
                position: 0,
                kind: RecordKind::Deposit,
                executed: true,
                hash: None,
                queue_index: Some(7),
                from: None,
                to_account: Some(12),
                to: Address {
                    network: NETWORK,
                    owner,
                }
                .to_string(),
                token: 3,
                amount: "1000000000000000001".to_owned(),
                paid: "1000000000000000001".to_owned(),
                fee: "0".to_owned(),
            },
        }
    }

    #[test]
    fn only_this_very_deposit_counts_as_credited() {
        let queued = queued();
        assert_eq!(queued.arrived().unwrap(), 1_000_000_000_000_000_001);
        assert_eq!(queued.fee_wei(), 3_000_000_000);
        assert!(queued.is_shown_by(&view(), NETWORK).unwrap());
        type Change = fn(&mut QueueEntryView);
        let others: [(&str, Change); 5] = [
            ("place", |view| view.operation.queue_index = Some(8)),
            ("owner", |view| {
                let owner = Point::BASE8.double();
                let network = NETWORK;
                view.operation.to = Address { network, owner }.to_string();
            }),
            ("token", |view| view.operation.token = 0),
            ("amount", |view| view.operation.amount = "1".to_owned()),
            ("refund", |view| {
                view.refund_to = EthAddress([8; 20]).to_string()
            }),
        ];
        for (what, change) in others {
            let mut other = view();
            change(&mut other);
            assert!(!queued.is_shown_by(&other, NETWORK).unwrap(), "{what}");
        }
    }
}
