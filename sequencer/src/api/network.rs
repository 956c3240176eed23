//! Tokens, and the state of the node.

use std::sync::Arc;

use assay_api::{
    hexadecimal::Hex,
    stage::Stage,
    wire::{
        FAUCET_PATH, GovernanceView, HeightsView, L1View, PoolView, ProposalView, ProverView,
        ShapeView, StatusView, TokenView, operation::network_name,
    },
};
use assay_circuits::circuit::CircuitId;
use assay_l1::{
    address::EthAddress,
    client::{Proposal, RollupParameters, TokenInfo},
};
use assay_prover::groth16::setup::SetupRandomness;
use axum::{Json, extract::State};

use crate::{
    admission::terms::Terms,
    config::L1Policy,
    governance::{self, Governance},
    health::Health,
    keyring::{CircuitKey, Keyring},
    proving::Proving,
    rollup::Rollup,
    standing::{Heights, Look, Standing},
    token_names::TokenNames,
};

/// What these calls use.
#[derive(Clone)]
pub(crate) struct NetworkCalls {
    pub(crate) rollup: Rollup,
    /// The operator's, where this is its node.
    pub(crate) terms: Option<Arc<Terms>>,
    /// What the contract's deployment fixed.
    pub(crate) parameters: RollupParameters,
    pub(crate) standing: Standing,
    /// What is announced at the contract.
    pub(crate) governance: Governance,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) proving: Arc<Proving>,
    pub(crate) health: Arc<Health>,
    /// A batch is closed so long after its first operation, ms.
    pub(crate) batch_time_ms: u64,
    /// Whether test money is given.
    pub(crate) has_faucet: bool,
    pub(crate) l1: L1Policy,
    /// Transactions that may wait.
    pub(crate) pool_most: usize,
    /// What the operator calls the tokens.
    pub(crate) token_names: TokenNames,
}

/// Tokens.
#[utoipa::path(get, path = "/v1/tokens", tag = "network", operation_id = "getTokens",
    responses((status = 200, body = Vec<TokenView>)))]
pub(super) async fn tokens(State(calls): State<NetworkCalls>) -> Json<Vec<TokenView>> {
    let view = |token: &TokenInfo| TokenView {
        number: token.number,
        address: (token.number != 0).then(|| token.address.to_string()),
        name: calls.token_names.of(token),
        symbol: token.symbol.clone(),
        decimals: token.decimals,
    };
    Json(calls.standing.tokens().iter().map(view).collect())
}

/// The node and its network.
#[utoipa::path(get, path = "/v1/status", tag = "network", operation_id = "getStatus",
    responses((status = 200, body = StatusView)))]
pub(super) async fn status(State(calls): State<NetworkCalls>) -> Json<StatusView> {
    let counts = calls.proving.counts().await;
    let stages = [
        Stage::Received,
        Stage::Executed,
        Stage::Sealed,
        Stage::Proved,
        Stage::Final,
    ];
    let (look, executed) = (calls.standing.look(), calls.standing.executed());
    let faults = calls.health.faults();
    Json(StatusView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        network: network_name(calls.rollup.network).to_owned(),
        chain_id: calls.rollup.chain_id,
        domain: calls.rollup.domain.0.to_string(),
        contract: calls.rollup.contract.to_string(),
        operator: calls
            .terms
            .as_ref()
            .map(|terms| calls.rollup.address(terms.operator).to_string()),
        shapes: calls.keys.iter().filter_map(shape).collect(),
        batch_time_ms: calls.batch_time_ms,
        faucet: calls.has_faucet.then(|| FAUCET_PATH.to_owned()),
        heights: heights(calls.standing.heights()),
        l1: calls.l1(look, executed.queue_taken),
        governance: calls.governance(&look),
        pool: PoolView {
            transactions: executed.waiting as u64,
            most: calls.pool_most as u64,
        },
        prover: ProverView {
            open: counts.open,
            leased: counts.leased,
        },
        ready: calls.health.ready() && look.seen_ms > 0,
        faults: faults
            .into_iter()
            .map(|(code, text)| format!("{code}: {text}"))
            .collect(),
        trust: stages
            .map(|stage| format!("{stage}: {}", stage.trust()))
            .to_vec(),
    })
}

impl NetworkCalls {
    fn l1(&self, look: Look, queue_taken: u64) -> L1View {
        let waits = look.queue_consumed < look.queue_length;
        let head_due = waits.then_some(look.head_due);
        let freeze_after_s = u64::from(self.parameters.freeze_after_s);
        L1View {
            block: look.block,
            block_hash: (look.seen_ms > 0).then(|| Hex(&look.block_hash).to_string()),
            timestamp: look.timestamp,
            seen_ms: look.seen_ms,
            queue_length: look.queue_length,
            queue_taken,
            queue_consumed: look.queue_consumed,
            head_due,
            freezable_at: head_due.map(|due| u64::from(due) + freeze_after_s),
            open_until: look.open_until,
            frozen: look.frozen,
            closing_at: (look.closing_at > 0).then_some(look.closing_at),
            max_lag_s: self.parameters.max_lag_s,
            confirmations: self.l1.confirmations,
            finality_blocks: self.l1.finality_blocks,
        }
    }

    fn governance(&self, look: &Look) -> Option<GovernanceView> {
        let known = self.governance.now()?;
        let named = |account: Option<EthAddress>| account.map(|account| account.to_string());
        let proposal = |proposal: &Proposal| {
            let (size, verifier) = (proposal.size, proposal.verifier);
            let digest = known.digests.get(&verifier);
            ProposalView {
                number: size.id,
                transfers: size.transfers.into(),
                full_records: size.full_records.into(),
                fee_slots: size.fee_slots.into(),
                verifier: verifier.to_string(),
                verifying_key_sha256: digest.map(|digest| Hex(digest).to_string()),
                ready_at: proposal.ready_at,
                void_at: proposal.void_at(),
                after_entries: proposal.after_entries,
                state: governance::state(proposal, look),
            }
        };
        let announced = &known.announced;
        Some(GovernanceView {
            block: known.block,
            block_hash: Hex(&known.block_hash).to_string(),
            governor: named(announced.governor),
            guardian: named(announced.guardian),
            notice_s: self.parameters.upgrade_delay_s,
            next_operator: named(announced.next_operator),
            shapes: announced.proposals.iter().map(proposal).collect(),
        })
    }
}

fn shape((circuit, key): (CircuitId, &CircuitKey)) -> Option<ShapeView> {
    let CircuitId::Batch(shape) = circuit else {
        return None;
    };
    Some(ShapeView {
        name: shape.name().to_owned(),
        transfers: u32::try_from(shape.transfers()).unwrap_or(u32::MAX),
        full_records: u32::try_from(shape.full_records()).unwrap_or(u32::MAX),
        fee_slots: u32::try_from(shape.fee_slots()).unwrap_or(u32::MAX),
        verifying_key_sha256: Hex(&key.verifying_key.digest()).to_string(),
        insecure_development_key: key.randomness == SetupRandomness::Development,
    })
}

fn heights(heights: Heights) -> HeightsView {
    let Heights {
        executed,
        sealed,
        proved,
        r#final,
    } = heights;
    HeightsView {
        executed: executed.0,
        sealed: sealed.0,
        proved: proved.0,
        r#final: r#final.0,
    }
}
