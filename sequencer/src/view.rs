//! What the node knows, put together for those who ask.

use assay_api::{
    hexadecimal::Hex,
    stage::Stage,
    wire::{
        AccountProof, AccountView, BatchDetail, BatchHeaderView, BatchOperation, BatchTimes,
        BatchView, ErrorDetail, EventView, FeeView, HeightsView, L1Transactions, L1View,
        OperationKind, PoolView, ProverView, ShapeView, SignedOperation, StatusView, TokenView,
        TransactionTimes, TransactionView, WithdrawalView, operation::network_name,
    },
};
use assay_circuits::{
    account::Account,
    address::Address,
    babyjubjub::Point,
    batch::BatchWitness,
    circuit::CircuitId,
    operation::Operation,
    order::{Payee, TxHash},
    quantity::{AccountIndex, BatchNumber, Fee},
    slot::SlotWitness,
    tree::SiblingTriple,
    word,
};
use assay_prover::{
    bundle::{Bundle, L1Context},
    groth16::{proof::Proof, setup::SetupRandomness},
};

use crate::{
    config::L1Policy,
    context::Context,
    event::Event,
    keyring::CircuitKey,
    l1::contract,
    record::{BatchRecord, L1Record, Outcome, StoredError, TransactionRecord, Word},
    standing::{Heights, L1State},
    storage::StorageError,
};

fn hex(bytes: &[u8]) -> String {
    Hex(bytes).to_string()
}

/// Why a transaction was rejected.
fn rejection(stored: StoredError) -> ErrorDetail {
    let StoredError {
        code,
        message,
        details,
    } = stored;
    ErrorDetail {
        code,
        message,
        details: serde_json::from_str(&details).unwrap_or_default(),
    }
}

/// What moves.
pub(crate) fn event(event: &Event) -> EventView {
    match *event {
        Event::Transaction {
            hash,
            stage,
            batch,
            at_ms,
        } => EventView::Transaction {
            hash: hash.to_string(),
            stage,
            batch: batch.map(|batch| batch.0),
            at_ms,
        },
        Event::Batch {
            number,
            stage,
            at_ms,
        } => EventView::Batch {
            number: number.0,
            stage,
            at_ms,
        },
    }
}

fn heights(heights: Heights) -> HeightsView {
    let Heights {
        executed,
        sealed,
        committed,
        proved,
        r#final,
    } = heights;
    HeightsView {
        executed,
        sealed,
        committed,
        proved,
        r#final,
    }
}

fn l1(state: L1State, policy: &L1Policy) -> L1View {
    let L1State {
        block,
        timestamp,
        seen_ms,
        queue_length,
        queue_credited,
    } = state;
    L1View {
        block,
        timestamp,
        seen_ms,
        queue_length,
        queue_credited,
        confirmations: policy.confirmations,
        finality_blocks: policy.finality_blocks,
    }
}

fn l1_transactions(record: &L1Record) -> L1Transactions {
    let hex = |hash: Option<Word>| hash.map(|hash| hex(&hash));
    L1Transactions {
        commit: hex(record.commit_transaction),
        prove: hex(record.prove_transaction),
    }
}

/// How far a batch has come; `None` for one that is not sealed.
pub(crate) fn batch_stage(context: &Context, number: BatchNumber) -> Option<Stage> {
    let storage = &context.storage;
    let sealed = storage.batch(number).ok()??;
    storage
        .l1_record(sealed.number)
        .ok()
        .map(|record| record.stage())
}

/// A transaction and how far it has come.
pub(crate) fn transaction(
    context: &Context,
    hash: TxHash,
    record: TransactionRecord,
) -> Result<TransactionView, StorageError> {
    let mut view = TransactionView {
        hash: hash.to_string(),
        stage: Stage::Received,
        trust: String::new(),
        operation: SignedOperation::new(&record.signed, context.network),
        batch: None,
        position: None,
        to_account: None,
        times_ms: TransactionTimes {
            received: record.received_ms,
            ..TransactionTimes::default()
        },
        l1: L1Transactions::default(),
        rejection: None,
    };
    match record.outcome {
        Outcome::Waiting => {}
        Outcome::Rejected { at_ms, reason } => {
            view.stage = Stage::Rejected;
            view.times_ms.rejected = Some(at_ms);
            view.rejection = Some(rejection(reason));
        }
        Outcome::Executed {
            batch,
            at_ms,
            to,
            position,
        } => {
            view.stage = Stage::Executed;
            view.batch = Some(batch.0);
            view.position = position;
            view.to_account = to.map(AccountIndex::get);
            view.times_ms.executed = Some(at_ms);
            if let Some(sealed) = context.storage.batch(batch)? {
                let l1 = context.storage.l1_record(batch)?;
                view.stage = l1.stage();
                view.times_ms.sealed = Some(sealed.sealed_ms);
                view.times_ms.committed = l1.committed_ms;
                view.times_ms.proved = l1.proved_ms;
                view.times_ms.r#final = l1.final_ms;
                view.l1 = l1_transactions(&l1);
            }
        }
    }
    view.trust = view.stage.trust().to_owned();
    Ok(view)
}

/// An account, with what is proved and what waits.
pub(crate) fn account(context: &Context, index: AccountIndex, account: &Account) -> AccountView {
    let (pending, next_nonce) = context.pool().pending(index, account.nonce);
    let proved = context.proved().account(index).copied();
    AccountView {
        index: index.get(),
        owner: Address {
            network: context.network,
            owner: account.owner,
        }
        .to_string(),
        token: account.token.0,
        balance: account.balance.to_string(),
        nonce: account.nonce,
        proved_balance: proved.map(|account| account.balance.to_string()),
        proved_nonce: proved.map(|account| account.nonce),
        pending,
        next_nonce,
    }
}

/// All accounts of an owner.
pub(crate) fn accounts_of(context: &Context, owner: &Point) -> Vec<AccountView> {
    let found = context.soft().of_owner(owner);
    found
        .iter()
        .map(|(index, found)| account(context, *index, found))
        .collect()
}

/// A Merkle proof against the root after `batch`; `None` where the node has no tree of that
/// batch. It has those of the last proved and the last sealed batch.
pub(crate) fn account_proof(
    context: &Context,
    index: AccountIndex,
    batch: Option<BatchNumber>,
) -> Option<AccountProof> {
    let proved = context.proved();
    if batch.is_none_or(|batch| batch == proved.batch()) {
        let account = proved.account(index).copied();
        let tree = proved.tree();
        let path = tree.proof(index.get());
        return Some(proof_view(
            proved.batch(),
            tree.root(),
            index,
            account,
            &path,
        ));
    }
    drop(proved);
    let state = context.sealed();
    let sealed = BatchNumber(context.heights().sealed);
    // A batch may be sealed in memory and not yet told: its root is not that of `sealed`.
    let told = context.storage.batch(sealed).ok()??;
    if batch != Some(sealed) || told.new_root != state.root() {
        return None;
    }
    let account = state.ledger().account(index).copied();
    let path = state.tree().proof(index.get());
    Some(proof_view(sealed, state.root().0, index, account, &path))
}

fn proof_view(
    batch: BatchNumber,
    root: ark_bn254::Fr,
    index: AccountIndex,
    account: Option<Account>,
    path: &[SiblingTriple],
) -> AccountProof {
    AccountProof {
        batch: batch.0,
        root: hex(&word::to_bytes(root)),
        index: index.get(),
        owner: account.map(|account| [account.owner.x.to_string(), account.owner.y.to_string()]),
        token: account.map(|account| account.token.0),
        balance: account.map(|account| account.balance.to_string()),
        nonce: account.map(|account| account.nonce),
        leaf: account.map_or_else(|| "0".to_owned(), |account| account.leaf().to_string()),
        siblings: path
            .iter()
            .map(|SiblingTriple(a, b, c)| [a.to_string(), b.to_string(), c.to_string()])
            .collect(),
    }
}

/// A sealed batch.
pub(crate) fn batch(context: &Context, record: &BatchRecord) -> Result<BatchView, StorageError> {
    let l1 = context.storage.l1_record(record.number)?;
    let proof = context.storage.proof(record.number)?;
    Ok(BatchView {
        number: record.number.0,
        stage: l1.stage(),
        trust: l1.stage().trust().to_owned(),
        shape: record.shape.name().to_owned(),
        timestamp: record.timestamp,
        old_root: record.old_root.to_string(),
        new_root: record.new_root.to_string(),
        operations: record.operations,
        times_ms: BatchTimes {
            closed: record.closed_ms,
            sealed: Some(record.sealed_ms),
            committed: l1.committed_ms,
            proof: proof.as_ref().map(|proof| proof.at_ms),
            proved: l1.proved_ms,
            r#final: l1.final_ms,
        },
        l1: l1_transactions(&l1),
        prover: proof.map(|proof| proof.worker),
    })
}

/// A sealed batch with what it holds.
pub(crate) fn batch_detail(
    context: &Context,
    record: &BatchRecord,
) -> Result<BatchDetail, StorageError> {
    let witness = context.storage.witness(record.number)?;
    let header = contract::header(record);
    let contents = contents(context, &witness);
    let withdrawals = contents
        .iter()
        .filter(|operation| operation.kind == Some(OperationKind::Withdrawal))
        .zip(0..)
        .map(|(operation, which)| WithdrawalView {
            which,
            token: operation.token,
            amount: operation.amount.clone(),
            to: operation.to.clone(),
            hash: operation.hash.clone().unwrap_or_default(),
        })
        .collect();
    Ok(BatchDetail {
        batch: batch(context, record)?,
        header: BatchHeaderView {
            commitment: hex(&header.commitment),
            challenge: hex(&header.challenge),
            evaluation: hex(&header.evaluation),
            new_root: hex(&header.new_root),
            withdrawals_hash: hex(&header.withdrawals_hash),
            queue_end: header.queue_end,
            timestamp: header.timestamp,
            shape: header.shape,
        },
        contents,
        withdrawals,
    })
}

fn contents(context: &Context, witness: &BatchWitness) -> Vec<BatchOperation> {
    let slots = witness.full.iter().chain(&witness.transfers);
    let operations = slots.filter_map(|slot: &SlotWitness| slot.operation.as_ref());
    operations
        .zip(0..)
        .map(|(operation, place)| content(context, place, operation))
        .collect()
}

fn content(context: &Context, position: u32, operation: &Operation) -> BatchOperation {
    let address = |owner: Point| {
        Address {
            network: context.network,
            owner,
        }
        .to_string()
    };
    let to_account = operation.recipient().map(AccountIndex::get);
    match operation {
        Operation::Deposit { deposit, .. } => BatchOperation {
            position,
            kind: None,
            hash: None,
            from: None,
            to_account,
            to: address(deposit.owner),
            token: deposit.token.0,
            amount: deposit.amount.to_string(),
            fee: Fee::ZERO.to_string(),
        },
        Operation::Transfer { order: signed, .. } | Operation::Withdrawal { order: signed } => {
            let order = &signed.order;
            let (kind, to) = match order.to {
                Payee::Owner(owner) => (OperationKind::Transfer, address(owner)),
                Payee::L1(to) => (OperationKind::Withdrawal, to.to_string()),
            };
            BatchOperation {
                position,
                kind: Some(kind),
                hash: Some(signed.hash(context.domain).to_string()),
                from: Some(order.from.get()),
                to_account,
                to,
                token: order.token.0,
                amount: order.amount.to_string(),
                fee: order.fee.to_string(),
            }
        }
    }
}

/// The file that `assay verify` takes; `None` while the batch is not proved.
pub(crate) fn bundle(
    context: &Context,
    record: &BatchRecord,
) -> Result<Option<String>, StorageError> {
    let l1 = context.storage.l1_record(record.number)?;
    let (Some(_), Some(proof)) = (l1.proved_ms, context.storage.proof(record.number)?) else {
        return Ok(None);
    };
    let Some(key) = context.keys.get(record.shape) else {
        return Ok(None);
    };
    let proof = Proof::from_bytes(&proof.proof);
    let proof = proof.map_err(StorageError::corrupt("proof"))?;
    let statement = context.storage.witness(record.number)?.statement();
    let place = L1Context::new(
        context.chain_id,
        assay_circuits::address::L1Address(context.config.contract.0),
        l1.commit_transaction,
        l1.prove_transaction,
    );
    Ok(Some(
        Bundle::new(&key.verifying_key, &statement, &proof, place).to_json(),
    ))
}

/// Tokens.
pub(crate) fn tokens(context: &Context) -> Vec<TokenView> {
    let tokens = context.tokens().into_iter().map(|token| TokenView {
        number: token.number,
        address: (token.number != 0).then(|| token.address.to_string()),
        symbol: token.symbol,
        decimals: token.decimals,
    });
    tokens.collect()
}

/// What transactions cost.
pub(crate) fn fees(context: &Context) -> Vec<FeeView> {
    let operator = context.config.operator_key.public_key().0;
    let fee = |token: assay_l1::client::TokenInfo| {
        let number = assay_circuits::quantity::TokenId(token.number);
        let least = fee_at_least(context.minimum_fee(number)).to_string();
        FeeView {
            token: token.number,
            accepted: context.soft().find(&operator, number).is_some(),
            minimum: least.clone(),
            suggested: least,
        }
    };
    context.tokens().into_iter().map(fee).collect()
}

/// The smallest representable fee that is not less than `least`.
pub(crate) fn fee_at_least(least: u128) -> Fee {
    let below = Fee::round_down(least);
    if below.value().0 == least {
        return below;
    }
    // One unit of the mantissa more: the step is a power of ten that divides the value below.
    let mut step = 1u128;
    while Fee::from_value(below.value().0.saturating_add(step)).is_err() {
        step = step.saturating_mul(10);
    }
    Fee::from_value(below.value().0.saturating_add(step)).unwrap_or(below)
}

/// The node and its network.
pub(crate) fn status(context: &Context) -> StatusView {
    let (open, leased) = context.jobs.counts(context.clock.now_ms());
    let shape = |(circuit, key): (CircuitId, &CircuitKey)| {
        let CircuitId::Batch(shape) = circuit;
        ShapeView {
            name: shape.name().to_owned(),
            transfers: u32::try_from(shape.transfers()).unwrap_or(u32::MAX),
            full_records: u32::try_from(shape.full_records()).unwrap_or(u32::MAX),
            fee_slots: u32::try_from(shape.fee_slots()).unwrap_or(u32::MAX),
            verifying_key_sha256: hex(&key.verifying_key.digest()),
            insecure_development_key: key.randomness == SetupRandomness::Development,
        }
    };
    let stages = [
        Stage::Received,
        Stage::Executed,
        Stage::Sealed,
        Stage::Committed,
        Stage::Proved,
        Stage::Final,
    ];
    let owner = context.config.operator_key.public_key().0;
    let faults = context.health.faults();
    StatusView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        network: network_name(context.network).to_owned(),
        chain_id: context.chain_id,
        domain: context.domain.0.to_string(),
        contract: context.config.contract.to_string(),
        operator: Address {
            network: context.network,
            owner,
        }
        .to_string(),
        shapes: context.keys.iter().map(shape).collect(),
        batch_time_ms: context.config.batch_time_ms,
        heights: heights(context.heights()),
        l1: l1(context.l1(), &context.config.l1),
        pool: PoolView {
            transactions: context.pool().len() as u64,
            most: context.config.limits.pool_transactions as u64,
        },
        prover: ProverView { open, leased },
        ready: faults.is_empty() && context.l1().seen_ms > 0,
        faults: faults
            .into_iter()
            .map(|(code, text)| format!("{code}: {text}"))
            .collect(),
        trust: stages
            .map(|stage| format!("{stage}: {}", stage.trust()))
            .to_vec(),
    }
}
