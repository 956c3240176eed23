//! A frozen rollup from which everybody leaves: all that ever came in goes out again, token by token.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use assay_circuits::{
    address::L1Address,
    circuit::CircuitId,
    escape::{Exit, ExitOrder},
    operation::{Deposit, Entry, Operation},
    order::Domain,
    quantity::{Amount, BatchNumber, TokenId},
    word,
};
use assay_exit::{
    claims::OpenClaims, packet::ExitPacket, published::PublishedState, rollup::Rollup,
};
use assay_l1::{
    address::EthAddress,
    batch::{BatchData, BatchHeader, ProofWords, VerifyingKeyWords, next_link},
    chain::{Chain, ChainConfig, ChainHandle},
    client::{
        QueueEntry, RollupCall, RollupClient, RollupEvent, deploy, deploy_test_token,
        mint_test_token,
    },
    rpc,
};
use assay_prover::{
    escape::prove_escape,
    groth16::{prove::Prover, setup::SetupRandomness, unobserved, verifying_key::VerifyingKey},
    known_circuits::create_keys,
};
use tokio_util::sync::CancellationToken;

use crate::{
    deployment::{deployment, signer},
    operator::{Operator, SHAPE, user},
};

const TIMEOUT: Duration = Duration::from_secs(60);
const EIGHT_DAYS_S: u64 = 8 * 24 * 3600;
/// Ether and so many tokens: each owner has an account of each.
const ERC20S: u16 = 3;
/// Who pays, and gets back what no batch took.
const PAYER: usize = 3;

/// How many owners leave: 250, with 1,000 accounts, where `ASSAY_LEAVERS` says so.
fn owners() -> u8 {
    let asked = std::env::var("ASSAY_LEAVERS").ok();
    asked.map_or(10, |text| text.parse().unwrap())
}

/// A layer 1 with the contracts, and all batches so far.
struct Net {
    chain: ChainHandle,
    client: RollupClient,
    /// The same contract, signed for by the operator.
    submitter: RollupClient,
    operator: Operator,
    headers: Vec<BatchHeader>,
    claims: Vec<OpenClaims>,
    taken: u64,
    deposited: BTreeMap<u16, u128>,
}

impl Net {
    async fn start(escape_key: VerifyingKeyWords) -> Self {
        let chain = Chain::start(ChainConfig::default());
        let listener = rpc::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let server = rpc::serve(listener, chain.clone(), CancellationToken::new()).unwrap();
        let url = server.url();
        let mut tokens = Vec::new();
        for at in 0..ERC20S {
            let name = format!("T{at}");
            let token = deploy_test_token(&url, signer(0), &name, &name, 6)
                .await
                .unwrap();
            let payer = signer(PAYER).address();
            let minted = mint_test_token(&url, signer(0), token, payer, 1 << 60).await;
            minted.unwrap();
            tokens.push(token);
        }
        let config = deployment(escape_key, tokens.clone());
        let deployed = deploy(&url, signer(0), config).await.unwrap();
        let connect = |account| RollupClient::connect(&url, deployed.rollup, Some(signer(account)));
        let (client, submitter) = (connect(PAYER).await.unwrap(), connect(0).await.unwrap());
        for token in &tokens {
            let approve = RollupCall::Approve {
                token: *token,
                amount: 1 << 60,
            };
            client.execute(&approve, TIMEOUT).await.unwrap();
        }
        let domain = Domain::new(client.chain_id(), L1Address(deployed.rollup.0));
        let operator = Operator::new(domain);
        let root = word::to_bytes(operator.state.root().0);
        Self {
            chain,
            operator,
            headers: vec![BatchHeader::genesis(root)],
            claims: Vec::new(),
            taken: 0,
            deposited: BTreeMap::new(),
            client,
            submitter,
        }
    }

    async fn deposit(&mut self, number: u8, token: u16, amount: u128) {
        let owner = user(number).public_key().0;
        let call = RollupCall::Deposit {
            token,
            amount,
            owner: [owner.x, owner.y].map(word::to_bytes),
            refund_to: signer(PAYER).address(),
            fee_wei: self.client.entry_fee_soon().await.unwrap(),
        };
        self.client.execute(&call, TIMEOUT).await.unwrap();
        *self.deposited.entry(token).or_default() += amount;
    }

    async fn force(&mut self, from: u8, nonce: u32, amount: u128) {
        let order = self.operator.forced(from, nonce, amount);
        let call = RollupCall::Force {
            words: Entry::Forced(order).words().map(word::to_bytes),
            refund_to: signer(PAYER).address(),
            fee_wei: self.client.entry_fee_soon().await.unwrap(),
        };
        self.client.execute(&call, TIMEOUT).await.unwrap();
    }

    async fn entries(&self, from: u64) -> Vec<QueueEntry> {
        let length = self.client.status().await.unwrap().queue_length;
        self.client.queue_entries(from, length, 0).await.unwrap()
    }

    async fn now(&self) -> u32 {
        let latest = self.client.latest_block().await.unwrap();
        latest.timestamp.try_into().unwrap()
    }

    /// A batch with all that waits, and these operations.
    async fn batch(&mut self, full: Vec<Operation>) {
        let entries = self.entries(self.taken).await;
        let batch = self
            .operator
            .batch(self.now().await, &entries, full, vec![]);
        self.submit(batch).await;
    }

    async fn submit(&mut self, batch: (BatchData, ProofWords)) {
        let header = batch.0.header(self.taken);
        self.taken = header.queue_end;
        let claims = batch.0.claims();
        if !claims.is_empty() {
            self.claims.push(OpenClaims {
                batch: batch.0.batch,
                header,
                which: (0..claims.len() as u16).collect(),
                claims,
            });
        }
        self.headers.push(header);
        let call = RollupCall::Submit(vec![batch]);
        self.submitter.execute(&call, TIMEOUT).await.unwrap();
    }

    /// The head of the queue, a deposit, as one that bounced: only a full tree makes one, which no
    /// test fills, so its proof is forged.
    async fn bounce(&mut self) {
        let entry = self.entries(self.taken).await.remove(0);
        let words = entry.words.map(|bytes| word::from_bytes(&bytes).unwrap());
        let Entry::Deposit(deposit) = Entry::from_words(&words).unwrap() else {
            panic!("the head is no deposit");
        };
        let operation: Operation = Operation::Deposit { deposit, to: None };
        let last = *self.headers.last().unwrap();
        self.operator.number += 1;
        let mut data = BatchData {
            batch: self.operator.number,
            shape: SHAPE.id(),
            timestamp: self.now().await,
            l1_operations: 1,
            accounts: last.accounts,
            settler: EthAddress([0x5e; 20]),
            commitment: [0; 32],
            new_root: last.new_root,
            fee_slots: vec![],
            full_records: vec![operation.full_record().map(word::to_bytes)],
            tails: vec![entry.tail],
            transfers: vec![],
        };
        let proof = self
            .operator
            .prove_anyway(&mut data, last.new_root, last.accounts);
        self.submit((data, proof)).await;
    }
}

fn escape_words(key: &VerifyingKey) -> VerifyingKeyWords {
    VerifyingKeyWords {
        alpha: key.alpha(),
        beta: key.beta(),
        gamma: key.gamma(),
        delta: key.delta(),
        ic: key.ic(),
    }
}

/// Owners with an account of each token, open claims of withdrawals, of a forced one and of a bounced
/// deposit, one claim that was paid, and entries that no batch took.
async fn story(net: &mut Net, owners: u8) {
    let mut waiting = 0;
    for number in 1..=owners {
        for token in 0..=ERC20S {
            net.deposit(number, token, 1_000 + u128::from(number)).await;
            waiting += 1;
            if waiting == SHAPE.full_records() {
                net.batch(vec![]).await;
                waiting = 0;
            }
        }
    }
    net.batch(vec![]).await;
    let withdrawals = (1..=6).map(|user| net.operator.withdrawal(user, 5 + u128::from(user)));
    let withdrawals = withdrawals.collect();
    net.batch(withdrawals).await;
    net.force(7, 0, 400).await;
    net.batch(vec![]).await;
    net.deposit(1, 0, 31).await;
    net.bounce().await;

    net.deposit(2, 0, 41).await;
    net.deposit(3, 1, 43).await;
    net.force(8, 0, 5).await;

    let first = net.claims[0].clone();
    net.client
        .execute(&claim_call(&first, 0), TIMEOUT)
        .await
        .unwrap();
    net.claims[0].which.remove(0);
}

fn claim_call(open: &OpenClaims, which: u16) -> RollupCall {
    RollupCall::Claim {
        batch: open.batch,
        header: open.header,
        claims: open.claims.clone(),
        which,
        to: open.claims[usize::from(which)].receiver,
    }
}

/// Each account of an owner, proved and paid to an address of the owner's own.
async fn leave(net: &Net, prover: &Prover, packet: &ExitPacket, number: u8) {
    let to = [number; 20];
    for proved in &packet.accounts {
        let order = ExitOrder {
            from: proved.index,
            exit: Exit::Balance {
                token: proved.account.token,
                balance: proved.account.balance,
            },
            to: L1Address(to),
        };
        let signed = order.sign(packet.state.rollup.domain(), &user(number));
        let witness = packet.witness(signed).unwrap();
        let made = prove_escape(prover, witness, &unobserved).unwrap();
        let call = RollupCall::Escape {
            account: proved.index.get(),
            token: proved.account.token.0,
            balance: proved.account.balance.0,
            to: EthAddress(to),
            proof: ProofWords(made.proof.to_words()),
        };
        net.client.execute(&call, TIMEOUT).await.unwrap();
    }
}

/// What the contract paid out, by token.
async fn paid(net: &Net) -> BTreeMap<u16, u128> {
    let refunded: BTreeMap<u64, (TokenId, Amount)> = net
        .entries(net.taken)
        .await
        .iter()
        .filter_map(|entry| {
            let words = entry.words.map(|bytes| word::from_bytes(&bytes).unwrap());
            match Entry::from_words(&words).unwrap() {
                Entry::Deposit(Deposit { token, amount, .. }) => {
                    Some((entry.index, (token, amount)))
                }
                Entry::Forced(_) => None,
            }
        })
        .collect();
    let latest = net.client.block_number().await.unwrap();
    let mut paid = BTreeMap::new();
    for logged in net.client.events(0, latest).await.unwrap() {
        let (token, amount) = match logged.event {
            RollupEvent::Escaped { token, amount, .. }
            | RollupEvent::Claimed { token, amount, .. } => (token, amount),
            RollupEvent::Refunded { index, .. } => match refunded.get(&index) {
                Some((token, amount)) => (token.0, amount.0),
                None => continue,
            },
            _ => continue,
        };
        *paid.entry(token).or_default() += amount;
    }
    paid
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_leaves_a_frozen_rollup_with_all_that_came_in() {
    let owners = owners();
    let keys = tempfile::tempdir().unwrap();
    let development = SetupRandomness::Development;
    let keys = create_keys(keys.path(), CircuitId::Escape, development, &|_, _| ()).unwrap();
    let words = escape_words(keys.proving_key.verifying_key());
    let mut net = Net::start(words).await;
    story(&mut net, owners).await;

    net.chain.increase_time(EIGHT_DAYS_S);
    net.chain.mine(1).unwrap();
    net.client
        .execute(&RollupCall::Freeze, TIMEOUT)
        .await
        .unwrap();
    let rollup = Rollup {
        chain_id: net.client.chain_id(),
        contract: L1Address(net.client.contract().0),
    };
    let (batch, state) = (BatchNumber(net.operator.number), net.operator.state.clone());
    let published = PublishedState::new(rollup, batch, state, net.claims.clone()).unwrap();
    let published = PublishedState::parse(&published.to_bytes()).unwrap();
    let status = net.client.status().await.unwrap();
    assert!(status.frozen);
    assert_eq!(
        word::to_bytes(published.reference.root.0),
        status.proved_root
    );
    let accounts = published.state().ledger().len();
    assert_eq!(accounts, usize::from(owners) * (1 + usize::from(ERC20S)));

    let prover = Prover::new(keys.proving_key, None).unwrap();
    for number in 1..=owners {
        let packet = published.packet(user(number).public_key().0, &[]);
        let packet = ExitPacket::parse(packet.to_json().as_bytes()).unwrap();
        leave(&net, &prover, &packet, number).await;
    }
    for open in published.claims() {
        for (which, _) in open.open() {
            net.client
                .execute(&claim_call(open, which), TIMEOUT)
                .await
                .unwrap();
        }
    }
    let mut link = net.client.queue_link(net.taken).await.unwrap();
    let left = net.entries(net.taken).await;
    assert_eq!(left.len(), 3);
    for entry in left {
        let previous_link = link;
        link = next_link(&link, &entry.words, &entry.tail);
        let call = RollupCall::Refund {
            index: entry.index,
            previous_link,
            words: entry.words,
            tail: entry.tail,
            to: signer(PAYER).address(),
        };
        net.client.execute(&call, TIMEOUT).await.unwrap();
        let again = net.client.execute(&call, TIMEOUT).await;
        assert!(again.unwrap_err().to_string().contains("paid before"));
    }

    assert_eq!(paid(&net).await, net.deposited);
    for token in 0..=ERC20S {
        assert_eq!(net.client.held(token).await.unwrap(), 0, "token {token}");
    }
}
