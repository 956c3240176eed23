//! What happens on a devnet, one line each: transactions as they are executed, batches, proofs.

use std::time::Duration;

use assay_api::{
    client::NodeClient,
    events::{EventFilter, Events, Heard},
    stage::Stage,
    wire::{
        BatchDetail, BatchOperation, EventView, OperationKind, RecordKind, TokenView,
        TransactionView,
    },
};
use tokio::time::sleep;

use crate::terminal::{
    lines::Lines,
    moment::{now_ms, time_of_day},
    units::in_units,
};

/// Before the node is listened to again.
const PAUSE: Duration = Duration::from_millis(500);
/// Digits of a hash that are shown at its beginning, `0x` among them, and at its end.
const SHOWN: (usize, usize) = (10, 4);

/// Tells what happens on a devnet.
pub(crate) struct Journal {
    node: NodeClient,
    events: Option<Events>,
    tokens: Vec<TokenView>,
    lines: Lines,
}

impl Journal {
    /// Listens from now on.
    pub(crate) async fn listen(node: NodeClient) -> Self {
        let events = node.events().await.ok();
        Self {
            node,
            events,
            tokens: Vec::new(),
            lines: Lines::new(),
        }
    }

    /// Tells for as long as it is waited for.
    pub(crate) async fn run(mut self) {
        let mut last = None;
        loop {
            if let Some(mut events) = self.events.take() {
                while let Some(heard) = events.hear().await {
                    self.hear(heard).await;
                }
                last = events.last_id().map(str::to_owned).or(last);
            }
            sleep(PAUSE).await;
            let events = self
                .node
                .events_after(last.as_deref(), &EventFilter::default());
            self.events = events.await.ok();
        }
    }

    async fn hear(&mut self, heard: Heard) {
        let event = match heard {
            Heard::Event(event) => event,
            Heard::Lagged(missed) => {
                return self.tell(
                    "node",
                    "",
                    &format!("{missed} events came too fast to be told"),
                );
            }
            Heard::Reset => return self.tell("node", "", "events before this are not told"),
        };
        if let EventView::Transaction { hash, stage, .. } = event {
            // The later stages are those of its batch.
            if matches!(stage, Stage::Executed | Stage::Rejected) {
                self.transaction(&hash, stage).await;
            }
        } else if let EventView::Batch { number, stage, .. } = event {
            self.batch(number, stage).await;
        } else if let EventView::Dropped { number, code, .. } = event {
            self.tell("batch", "dropped", &format!("{number}: {code}"));
        }
    }

    async fn transaction(&mut self, hash: &str, stage: Stage) {
        self.know_tokens().await;
        let found = match hash.parse() {
            Ok(hash) => self.node.transaction(hash).await.ok(),
            Err(_) => None,
        };
        let what = found.as_ref().map(|view| match view.operation.kind {
            OperationKind::Transfer => "transfer",
            OperationKind::Withdrawal => "withdrawal",
        });
        let detail = found.map(|view| of_transaction(&view, &self.tokens));
        let text = format!("{}  {}", short(hash), detail.unwrap_or_default());
        self.tell(what.unwrap_or("transaction"), stage.name(), &text);
    }

    async fn batch(&mut self, number: u64, stage: Stage) {
        self.know_tokens().await;
        let Ok(detail) = self.node.batch(number).await else {
            return self.tell("batch", stage.name(), &number.to_string());
        };
        match stage {
            Stage::Sealed => {
                let entries = detail.contents.iter().filter(|op| op.queue_index.is_some());
                for entry in entries {
                    self.tell(kind(entry.kind), "sealed", &of_entry(entry, &self.tokens));
                }
                self.tell("batch", "sealed", &of_batch(&detail));
            }
            Stage::Proved => self.tell("proof", "proved", &of_proof(&detail)),
            stage => self.tell("batch", stage.name(), &number.to_string()),
        }
    }

    /// Tokens that were registered meanwhile are asked for with the first that is not known.
    async fn know_tokens(&mut self) {
        if self.tokens.is_empty() {
            self.tokens = self.node.tokens().await.unwrap_or_default();
        }
    }

    fn tell(&self, what: &str, stage: &str, detail: &str) {
        let at = time_of_day(now_ms());
        let line = format!("{at}  {what:<17}  {stage:<8}  {detail}");
        self.lines.tell(line.trim_end().to_owned());
    }
}

fn of_transaction(view: &TransactionView, tokens: &[TokenView]) -> String {
    let operation = &view.operation;
    let amount = amount(&operation.amount, operation.token, tokens);
    let to = match view.to_account {
        Some(account) => format!("account {account}"),
        None => short(&operation.to),
    };
    let mut text = format!("{amount}  account {} to {to}", operation.from);
    if let Some(batch) = view.batch {
        text.push_str(&format!(", batch {batch}"));
    }
    if let Some(rejection) = &view.rejection {
        text.push_str(&format!(": {}", rejection.message));
    }
    text
}

/// What came through the layer 1's queue has no hash.
fn of_entry(entry: &BatchOperation, tokens: &[TokenView]) -> String {
    let amount = amount(&entry.paid, entry.token, tokens);
    let index = entry.queue_index.unwrap_or_default();
    let to = match entry.to_account {
        Some(account) => format!("account {account}"),
        None => short(&entry.to),
    };
    let end = if entry.executed { "" } else { ": no effect" };
    match entry.from {
        Some(from) => format!("entry {index}  {amount}  account {from} to {to}{end}"),
        None => format!("entry {index}  {amount}  to {to}{end}"),
    }
}

fn of_batch(detail: &BatchDetail) -> String {
    let count = |wanted: &[RecordKind]| {
        let contents = detail.contents.iter();
        contents.filter(|op| wanted.contains(&op.kind)).count()
    };
    let (number, root) = (detail.batch.number, short(&detail.batch.new_root));
    let parts = [
        (count(&[RecordKind::Deposit]), "deposit"),
        (count(&[RecordKind::Transfer]), "transfer"),
        (count(&[RecordKind::Withdrawal]), "withdrawal"),
        (
            count(&[RecordKind::ForcedTransfer, RecordKind::ForcedWithdrawal]),
            "forced order",
        ),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts = parts.map(|(count, name)| match count {
        1 => format!("1 {name}"),
        _ => format!("{count} {name}s"),
    });
    let parts: Vec<_> = parts.collect();
    format!("{number}  {}, root {root}", parts.join(", "))
}

fn of_proof(detail: &BatchDetail) -> String {
    let batch = &detail.batch;
    let times = &batch.times_ms;
    let mut text = format!("{}", batch.number);
    if let Some((sealed, proof)) = times.sealed.zip(times.proof) {
        let seconds = proof.saturating_sub(sealed) as f64 / 1e3;
        text.push_str(&format!("  made in {seconds:.1} s"));
    }
    if let Some(prover) = &batch.prover {
        text.push_str(&format!(" by {prover}"));
    }
    if let Some(hash) = &batch.l1.submit {
        text.push_str(&format!(", in L1 transaction {}", short(hash)));
    }
    text
}

fn kind(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Transfer => "transfer",
        RecordKind::Withdrawal => "withdrawal",
        RecordKind::Deposit => "deposit",
        RecordKind::ForcedTransfer => "forced transfer",
        RecordKind::ForcedWithdrawal => "forced withdrawal",
    }
}

/// Base units of a token in its units, where both are known.
fn amount(base_units: &str, token: u16, tokens: &[TokenView]) -> String {
    let known = tokens.iter().find(|known| known.number == token);
    let shown = known.and_then(|known| {
        let name = known.name.as_deref().or(known.symbol.as_deref())?;
        Some(in_units(base_units.parse().ok()?, known.decimals?, name))
    });
    shown.unwrap_or_else(|| format!("{base_units} base units of token {token}"))
}

/// The ends of a hash or an address.
fn short(text: &str) -> String {
    let (begin, end) = SHOWN;
    match (text.get(..begin), text.len().checked_sub(end)) {
        (Some(head), Some(tail)) if tail > begin => {
            format!("{head}..{}", text.get(tail..).unwrap_or_default())
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ether() -> Vec<TokenView> {
        vec![TokenView {
            number: 0,
            address: None,
            name: Some("ETH".to_owned()),
            symbol: None,
            decimals: Some(18),
        }]
    }

    #[test]
    fn amounts_are_in_units_where_the_token_is_known() {
        assert_eq!(amount("1500000000000000000", 0, &ether()), "1.5 ETH");
        assert_eq!(amount("7", 3, &ether()), "7 base units of token 3");
    }

    #[test]
    fn hashes_are_shortened_and_short_texts_are_not() {
        let hash = format!("0x{}cdef", "12345678".repeat(8));
        assert_eq!(short(&hash), "0x12345678..cdef");
        assert_eq!(short("0x12"), "0x12");
        assert_eq!(short(""), "");
    }

    #[test]
    fn an_entry_of_the_queue_says_where_its_money_went() {
        let deposit = BatchOperation {
            position: 0,
            kind: RecordKind::Deposit,
            executed: true,
            hash: None,
            queue_index: Some(4),
            from: None,
            to_account: Some(9),
            to: String::new(),
            token: 0,
            amount: "2000000000000000000".to_owned(),
            paid: "2000000000000000000".to_owned(),
            fee: "0".to_owned(),
        };
        assert_eq!(of_entry(&deposit, &ether()), "entry 4  2 ETH  to account 9");
        let bounced = BatchOperation {
            executed: false,
            to_account: None,
            to: "0x0000000000000000000000000000000000000abc".to_owned(),
            paid: "0".to_owned(),
            ..deposit
        };
        assert_eq!(
            of_entry(&bounced, &ether()),
            "entry 4  0 ETH  to 0x00000000..0abc: no effect"
        );
    }
}
