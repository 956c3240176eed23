//! One scenario: users pay while things go wrong, then nothing goes wrong any more, and everything
//! must come right by itself.

use std::time::Duration;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup as _;
use assay_circuits::{
    address::L1Address,
    operation::{Deposit, Entry},
    order::Domain,
    quantity::TokenId,
    shape::Shape,
    word,
};
use assay_l1::client::RollupClient;
use assay_restore::{
    keys::VerifyingKeys,
    restore::{RestoreConfig, Restored, restore},
};
use assay_sequencer::node::NodeError;
use rand::{Rng as _, RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::{
    failure::Failure,
    keys::{DevelopmentKeys, SHAPE},
    layer1::{BLOCK_S, Layer1},
    operator::{self, Clocks, FaultyDisk, Operator},
    trouble::{self, Trouble},
    users::{DEPOSIT, Expected, Users},
    workers::Workers,
};

/// Users of a scenario.
const USERS: u8 = 3;
/// Steps in which things go wrong.
const TROUBLED_STEPS: u32 = 150;
/// Steps until everything must have come right.
const STEPS_MAX: u32 = 1_500;
/// Steps at the beginning until everybody has an account.
const OPENING_STEPS_MAX: u32 = 500;
/// A node that answers does so by then.
const ANSWER: Duration = Duration::from_millis(250);
/// So often everything is asked for.
const STEPS_PER_QUESTION: u32 = 5;
/// What one step is of the scenario's time, s.
const STEP_S: u64 = 2;
/// What one step takes, so that the node looks at its layer 1 about once.
const STEP: Duration = Duration::from_millis(12);

/// What happened in a scenario that went well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Payments that were acknowledged; all are final.
    pub payments: usize,
    /// Batches that the contract took.
    pub batches: u64,
    /// What went wrong.
    pub troubles: u32,
    /// Starts of the node after its first.
    pub restarts: u32,
    /// Steps after the last trouble until everything was final.
    pub steps_to_final: u32,
}

struct Scenario<'a> {
    keys: &'a DevelopmentKeys,
    random: ChaCha20Rng,
    l1: Layer1,
    directory: TempDir,
    clocks: Clocks,
    disk: FaultyDisk,
    node: Option<Operator>,
    /// Whether this node has answered since its start.
    is_up: bool,
    /// Whether it answered at this step.
    answers: bool,
    users: Users,
    workers: Workers,
    /// Steps until the layer 1, the disk and the clock are well again.
    ends: [u32; 3],
    steps: u32,
    report: Report,
}

/// Runs the scenario of a seed.
///
/// # Errors
/// [`Failure`]: what went wrong for good.
pub async fn run(seed: u64, keys: &DevelopmentKeys) -> Result<Report, Failure> {
    let l1 = Layer1::start(keys).await?;
    let domain = Domain::new(l1.client.chain_id(), L1Address(l1.contract.0));
    let mut scenario = Scenario {
        keys,
        random: ChaCha20Rng::seed_from_u64(seed),
        l1,
        directory: TempDir::new().map_err(Failure::rig)?,
        clocks: Clocks::new(),
        disk: FaultyDisk::default(),
        node: None,
        is_up: false,
        answers: false,
        users: Users::new(domain, USERS),
        workers: Workers::default(),
        ends: [0; 3],
        steps: 0,
        report: Report::default(),
    };
    scenario.open().await?;
    for _ in 0..TROUBLED_STEPS {
        scenario.troubled_step().await?;
    }
    scenario.recover().await?;
    scenario.judge().await?;
    let Scenario { node, report, .. } = scenario;
    if let Some(node) = node {
        node.stop().await?;
    }
    Ok(report)
}

impl Scenario<'_> {
    /// Everybody deposits, and gets an account.
    async fn open(&mut self) -> Result<(), Failure> {
        let mut owners = self.users.owners();
        owners.push(operator::operator_key().public_key().0);
        for owner in &owners {
            self.l1.deposit(owner, DEPOSIT).await?;
            self.l1.mine();
        }
        for _ in 0..OPENING_STEPS_MAX {
            self.step(true).await?;
            if self.standing().await?.is_none() {
                return Ok(());
            }
        }
        self.stalled(OPENING_STEPS_MAX).await
    }

    /// Time goes on by a step; the node is started where none is running.
    async fn step(&mut self, is_well: bool) -> Result<(), Failure> {
        self.steps += 1;
        self.clocks.pass(STEP_S);
        self.l1.pass(STEP_S);
        if u64::from(self.steps) % (BLOCK_S / STEP_S) == 0 {
            self.l1.mine();
        }
        if self.node.as_ref().is_some_and(Operator::has_ended) {
            let node = self.node.take().expect("it has ended");
            match node.ended().await? {
                // At a start it needs its disk, and says so; afterwards it needs nobody.
                Err(NodeError::Storage(_)) if !self.is_up && !is_well => {}
                Err(error) => return Err(Failure::ended(error)),
                Ok(()) => return Err(Failure::Ended("without a reason".to_owned())),
            }
        }
        if self.node.is_none() {
            let ground = (&self.l1, self.keys);
            let surroundings = (&self.clocks, &self.disk);
            let node = Operator::start(ground, self.directory.path(), surroundings).await?;
            self.node = Some(node);
            self.is_up = false;
            self.report.restarts += 1;
        }
        sleep(STEP).await;
        if let Some(node) = &self.node {
            let asked = timeout(ANSWER, node.client.status()).await;
            self.answers = matches!(asked, Ok(Ok(_)));
            self.is_up = self.is_up || self.answers;
            if is_well && self.answers {
                self.workers.work(&node.worker, self.keys).await;
            }
        }
        Ok(())
    }

    async fn troubled_step(&mut self) -> Result<(), Failure> {
        if let Some(trouble) = trouble::draw(&mut self.random) {
            self.report.troubles += 1;
            self.begin(trouble).await?;
        }
        self.end_what_is_over();
        self.step(false).await?;
        let Some(node) = self.node.as_ref().filter(|_| self.answers) else {
            return Ok(());
        };
        if self.random.random_bool(0.5) {
            let now_s = self.clocks.now_s();
            self.users.pay(&node.client, now_s, &mut self.random).await;
        }
        if self.random.random_bool(0.05) {
            let owners = self.users.owners();
            let owner = owners[self.random.random_range(0..owners.len())];
            // One that a reorganisation takes away was never made.
            let _ = self.l1.deposit(&owner, 1_000).await;
        }
        if self.random.random_bool(0.4) {
            let (keys, random) = (self.keys, &mut self.random);
            self.workers.misbehave(&node.worker, keys, random).await;
        }
        Ok(())
    }

    async fn begin(&mut self, trouble: Trouble) -> Result<(), Failure> {
        match trouble {
            Trouble::Layer1(answers, steps) => {
                self.l1
                    .faulty
                    .set(trouble::rule(answers, self.random.next_u64()));
                self.ends[0] = steps;
            }
            Trouble::Reorganisation(depth, removed) => self.l1.reorganise(depth, removed),
            Trouble::Disk(writes, steps) => {
                self.disk.fail_every(writes);
                self.ends[1] = steps;
            }
            Trouble::Clock(ahead_s, steps) => {
                self.clocks.set_ahead_s(ahead_s);
                self.ends[2] = steps;
            }
            Trouble::Kill => {
                if let Some(node) = self.node.take() {
                    node.kill().await;
                }
            }
            Trouble::Restart => {
                if let Some(node) = self.node.take() {
                    // It may be about to end by itself for what is wrong at this moment.
                    let _ = node.stop().await;
                }
            }
        }
        Ok(())
    }

    fn end_what_is_over(&mut self) {
        let over = self.ends.map(|left| left == 1);
        self.ends = self.ends.map(|left| left.saturating_sub(1));
        if over[0] {
            self.l1.faulty.clear();
        }
        if over[1] {
            self.disk.fail_every(0);
        }
        if over[2] {
            self.clocks.set_ahead_s(0);
        }
    }

    /// Nothing goes wrong any more: everything becomes final, without a restart or anybody's help.
    async fn recover(&mut self) -> Result<(), Failure> {
        self.l1.faulty.clear();
        self.disk.fail_every(0);
        self.clocks.set_ahead_s(0);
        for step in 0..STEPS_MAX {
            // A start that was under way may still fail for what has just ended.
            self.step(self.is_up).await?;
            if step % STEPS_PER_QUESTION == 0 && self.standing().await?.is_none() {
                self.report.steps_to_final = step;
                return Ok(());
            }
        }
        self.stalled(STEPS_MAX).await
    }

    async fn stalled(&self, steps: u32) -> Result<(), Failure> {
        let standing = self.standing().await?;
        Err(Failure::Stalled {
            steps,
            standing: standing.unwrap_or_default(),
        })
    }

    /// What is not done yet; nothing where everything is final and the node says that all is well.
    async fn standing(&self) -> Result<Option<String>, Failure> {
        let Some(node) = &self.node else {
            return Ok(Some("no node".to_owned()));
        };
        let status = match timeout(ANSWER, node.client.status()).await {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => return Ok(Some(error.to_string())),
            Err(_) => return Ok(Some("the node does not answer".to_owned())),
        };
        let on_l1 = self.l1.client.status().await?;
        let heights = status.heights;
        let is_final = heights.executed == heights.r#final
            && heights.r#final == on_l1.last_proved
            && status.l1.queue_taken == on_l1.queue_length
            && on_l1.queue_consumed == on_l1.queue_length
            && status.pool.transactions == 0;
        let is_done = is_final && status.ready && status.faults.is_empty();
        Ok((!is_done).then(|| {
            format!(
                "{heights:?}, {:?}, {:?}, {:?}; faults {:?}; the contract has {} batches and {} of {} entries",
                status.l1, status.pool, status.prover, status.faults,
                on_l1.last_proved, on_l1.queue_consumed, on_l1.queue_length
            )
        }))
    }

    /// The node, the layer 1 and the model say the same.
    async fn judge(&mut self) -> Result<(), Failure> {
        let restored = self.restore().await?;
        self.report.batches = restored.status.last_proved;
        self.report.payments = self.users.acknowledged();
        let Some(node) = &self.node else {
            return Ok(());
        };
        let operator = operator::operator_key().public_key().0;
        let deposits = deposits(&restored)?;
        let expected = self
            .users
            .expected(&node.client, &operator, deposits)
            .await?;
        let accounts = restored.state.ledger().iter();
        let found = Users::by_owner(accounts.filter_map(|(_, account)| {
            (account.token == TokenId::ETHER).then_some((
                account.owner,
                Expected {
                    balance: account.balance.0,
                    nonce: account.nonce,
                },
            ))
        }));
        same("the accounts on the layer 1", &found, &expected)?;
        for (index, account) in restored.state.ledger().iter() {
            let view = node.client.account(index).await.map_err(Failure::rig)?;
            let shown = (view.balance, view.nonce, view.pending);
            let held = (account.balance.0.to_string(), account.nonce, 0);
            same(&format!("account {index} of the node"), &shown, &held)?;
        }
        for (block, has_succeeded) in self.l1.paid_by_operator().await? {
            if !has_succeeded && !self.l1.was_reorganised_before(block) {
                return Err(Failure::PaidForNothing { block });
            }
        }
        Ok(())
    }

    /// The rollup, from its layer 1 alone: every proof is verified once more.
    async fn restore(&self) -> Result<Restored, Failure> {
        let client: &RollupClient = &self.l1.client;
        let keys = VerifyingKeys::new([(SHAPE, self.keys.batch.clone())]);
        let config = RestoreConfig {
            start_block: self.l1.start_block,
            confirmations: 0,
        };
        let restored = restore(client, keys, config, &|_| ()).await;
        restored.map_err(|error| Failure::Unrestorable(error.to_string()))
    }
}

/// The deposits in the queue of the layer 1; nothing else is put into it.
fn deposits(restored: &Restored) -> Result<Vec<Deposit>, Failure> {
    let mut deposits = Vec::new();
    for entry in restored.queue.from(0) {
        let mut words = [Fr::ZERO; Shape::FULL_RECORD_WORDS];
        for (word, bytes) in words.iter_mut().zip(&entry.words) {
            *word = word::from_bytes(bytes).map_err(Failure::rig)?;
        }
        if let Entry::Deposit(deposit) = Entry::from_words(&words).map_err(Failure::rig)? {
            deposits.push(deposit);
        }
    }
    Ok(deposits)
}

fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    Err(Failure::Differs {
        what: what.to_owned(),
        found: format!("{found:?}"),
        expected: format!("{expected:?}"),
    })
}
