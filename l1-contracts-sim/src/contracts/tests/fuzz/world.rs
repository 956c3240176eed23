//! A deployment and its model side by side.

use std::collections::{BTreeMap, VecDeque};

use alloy::{
    primitives::{Address, Bytes, Log, TxKind, U256},
    sol_types::{SolCall as _, SolEventInterface as _, SolInterface as _},
};
use rand_chacha::ChaCha8Rng;

use super::{
    super::hostile::Forwarder,
    cast::FORWARDER,
    coverage::Coverage,
    ground::{Ending, GAS_MAX, Ground, Sending},
    inside::Inside,
    model::{At, Model, Outcome, Refusals},
    outside::Outside,
};
use crate::{
    batch::decode_submit,
    contracts::Assay::{AssayCalls, AssayEvents},
};

/// So many of the last steps are told when one goes wrong.
const TOLD: usize = 20;

/// A call of the rollup.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) from: Address,
    /// Through a contract.
    pub(super) via: bool,
    pub(super) value: U256,
    pub(super) gas: u64,
    pub(super) call: AssayCalls,
    /// What is sent where it is not the call's encoding.
    pub(super) raw: Option<Bytes>,
    /// No reader would take it.
    pub(super) malformed: bool,
}

impl Step {
    pub(super) fn new(from: Address, call: AssayCalls) -> Self {
        Self {
            from,
            via: false,
            value: U256::ZERO,
            gas: GAS_MAX,
            call,
            raw: None,
            malformed: false,
        }
    }

    fn caller(&self) -> Address {
        if self.via { FORWARDER } else { self.from }
    }
}

/// What happened, for the story that is told.
struct Told {
    now: u64,
    base_fee: u64,
    step: Step,
    outcome: String,
}

pub(super) struct World {
    pub(super) ground: Ground,
    pub(super) model: Model,
    pub(super) outside: Outside,
    pub(super) inside: Inside,
    pub(super) rng: ChaCha8Rng,
    pub(super) coverage: Coverage,
    /// Batches and exits are proved that no honest prover could prove.
    pub(super) reckless: bool,
    pub(super) ether: BTreeMap<Address, U256>,
    told: VecDeque<Told>,
    /// Set aside by `check`.
    pub(super) looks: u64,
}

impl World {
    pub(super) fn of(
        ground: Ground,
        model: Model,
        outside: Outside,
        rng: ChaCha8Rng,
        coverage: Coverage,
    ) -> Self {
        Self {
            ground,
            model,
            outside,
            inside: Inside::default(),
            rng,
            coverage,
            reckless: false,
            ether: BTreeMap::new(),
            told: VecDeque::new(),
            looks: 0,
        }
    }

    /// Sends a step to the contract and to the model, and compares.
    pub(super) fn perform(&mut self, step: Step) {
        let data = step
            .raw
            .clone()
            .unwrap_or_else(|| step.call.abi_encode().into());
        let to = self.model.rollup;
        let (to, data) = if step.via {
            let forward = Forwarder::forwardCall {
                target: to,
                call_: data.clone(),
            };
            (FORWARDER, forward.abi_encode().into())
        } else {
            (to, data)
        };
        let sending = Sending {
            from: step.from,
            to: TxKind::Call(to),
            value: step.value,
            gas: step.gas,
            data,
        };
        let (ending, cost) = self.ground.send(&sending);
        let outcome = match &ending {
            Ending::Done { .. } => "ok".to_owned(),
            Ending::Failed(name) => name.clone(),
        };
        let entry = AssayCalls::name_by_selector(step.call.selector()).unwrap();
        self.coverage.count(entry, &outcome);
        self.tell(&step, &outcome);
        let before = self.ether_of(step.from);
        self.ether.insert(step.from, before - cost);
        // With little gas anything may run out of it; what is done is done as always.
        let starved = [
            "GasTooLow",
            "OutOfGas",
            "Invalid",
            "",
            "ProofRejected",
            "InvalidPoint",
        ];
        let takes = matches!(step.call, AssayCalls::deposit(_)) && outcome == "TokenCallFailed";
        if step.gas < GAS_MAX && (takes || starved.contains(&outcome.as_str())) {
            return;
        }
        let expected = self.expect(&step);
        match (ending, expected) {
            // Other words than were meant may break anything.
            (Ending::Failed(_), Err(_)) if step.malformed => {}
            (Ending::Failed(name), Err(refusals)) => {
                let among = refusals.0.contains(name.as_str());
                assert!(
                    among,
                    "refused with {name:?}, and should have been with {refusals:?}"
                );
            }
            (Ending::Failed(name), Ok(_)) => panic!("refused with {name:?}, without a reason"),
            (Ending::Done { .. }, Err(refusals)) => panic!("done in spite of {refusals:?}"),
            (Ending::Done { logs, .. }, Ok(events)) => {
                let spent = self.ether_of(step.from) - step.value;
                self.ether.insert(step.from, spent);
                self.follow(&step);
                self.compare_events(&logs, events);
                self.check();
            }
        }
    }

    fn expect(&mut self, step: &Step) -> Outcome {
        if step.malformed {
            return Err(Refusals::default());
        }
        let coded = self.outside.coded.contains(&step.from);
        let at = At {
            now: self.ground.now,
            base_fee: self.ground.base_fee,
            caller: step.caller(),
            value: step.value,
            direct: !step.via && !coded,
        };
        self.model.run(&step.call, &at, &mut self.outside)
    }

    /// What the state in the rollup becomes by batches that were taken.
    fn follow(&mut self, step: &Step) {
        if let AssayCalls::submit(call) = &step.call {
            for (data, _) in decode_submit(&call.abi_encode()).unwrap() {
                self.inside.batch(&data);
            }
        }
    }

    pub(super) fn ether_of(&mut self, account: Address) -> U256 {
        let known = self.ether.get(&account).copied();
        known.unwrap_or_else(|| self.ground.balance(account))
    }

    fn compare_events(&mut self, logs: &[Log], mut expected: Vec<AssayEvents>) {
        let own = logs.iter().filter(|log| log.address == self.model.rollup);
        let decode = |log: &Log| AssayEvents::decode_log(log).unwrap().data;
        let mut found: Vec<AssayEvents> = own.map(decode).collect();
        for event in &mut found {
            // Where the factory makes a verifier is the chain's affair.
            if let AssayEvents::ShapeProposed(event) = event {
                let verifier = std::mem::take(&mut event.verifier);
                let proposal = self.model.proposals.get_mut(&event.shapeId);
                proposal.unwrap().shape.verifier = verifier;
            }
        }
        // The specification says nothing of their order.
        let by_text = |event: &AssayEvents| format!("{event:?}");
        found.sort_by_key(by_text);
        expected.sort_by_key(by_text);
        assert_eq!(found, expected, "events");
    }

    fn tell(&mut self, step: &Step, outcome: &str) {
        if self.told.len() == TOLD {
            self.told.pop_front();
        }
        self.told.push_back(Told {
            now: self.ground.now,
            base_fee: self.ground.base_fee,
            step: step.clone(),
            outcome: outcome.to_owned(),
        });
    }

    /// The last steps.
    pub(super) fn story(&self) -> String {
        let line = |told: &Told| {
            let Told {
                now,
                base_fee,
                step,
                outcome,
            } = told;
            format!("at {now}, base fee {base_fee}: {step:?}\n    -> {outcome}\n")
        };
        self.told.iter().map(line).collect()
    }

    pub(super) fn rollup(&self) -> Address {
        self.model.rollup
    }
}
