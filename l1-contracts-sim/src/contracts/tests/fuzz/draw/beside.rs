//! The verifiers and their factory, asked directly.

use alloy::{
    primitives::U256,
    sol_types::{SolCall, SolValue as _},
};
use rand::Rng as _;

use super::super::{
    deploy::spoil_key,
    model::{Refusals, curve, deployment, governance},
    trapdoor::{BATCH_KEYS, ESCAPE_KEY, key},
    world::{Step, World},
};
use crate::{
    batch::Word,
    contracts::{Assay, EscapeVerifier, Groth16Verifier, VerifierFactory},
};

impl World {
    /// Some items, most often all true; whether they are, and what they break otherwise.
    fn items(&mut self, which: usize, inputs: usize) -> (Vec<Vec<U256>>, Refusals) {
        let mut refusals = Refusals::default();
        let mut items = Vec::new();
        for _ in 0..self.rng.random_range(1..4) {
            let word = |world: &mut Self| -> Word {
                let mut word: Word = world.rng.random();
                word[0] = 0;
                word
            };
            let mut given: Vec<Word> = (0..inputs).map(|_| word(self)).collect();
            let half = self.rng.random_range(0..4);
            let proof = match self.rng.random_range(0..12) {
                0 => self.spoiled(which, &given),
                1 => {
                    let proof = self.model.prove(which, &given, half);
                    let place = self.rng.random_range(0..inputs);
                    // The same remainder, or another.
                    let number = U256::from_be_bytes(given[place]);
                    let more = self.pick(&[curve::r(), U256::from(1)]);
                    given[place] = (number + more).to_be_bytes();
                    proof
                }
                _ => self.model.prove(which, &given, half),
            };
            let numbers: Vec<U256> = given
                .iter()
                .map(|word| U256::from_be_bytes(*word))
                .collect();
            let canonical = numbers.iter().all(|number| *number < curve::r());
            refusals.when(!canonical, "InputNotCanonical");
            self.model.check_proof(&mut refusals, &proof, which, &given);
            let words = proof.chunks(32).map(U256::from_be_slice);
            items.push(numbers.into_iter().chain(words).collect());
        }
        // A precompile that fails takes all gas; with several proofs there is none left to say why.
        let strange = items.len() > 1 && refusals.0.contains("ProofRejected");
        refusals.when(strange, "OutOfGas");
        (items, refusals)
    }

    pub(super) fn try_verifier(&mut self) -> Option<Step> {
        if self.model.deaf {
            return None;
        }
        let escapes = self.chance(30);
        let (address, which, inputs) = if escapes {
            let rollup = self.rollup();
            let address = self
                .ground
                .ask(rollup, &Assay::escapeVerifierCall {})
                .unwrap();
            (address, ESCAPE_KEY, 4)
        } else {
            let ids: Vec<u8> = self.model.shapes.keys().copied().collect();
            let id = self.pick(&ids);
            let shape = &self.model.shapes[&id];
            (shape.verifier, shape.key.unwrap(), 3)
        };
        if address.is_zero() {
            return None;
        }
        let (items, mut refusals) = self.items(which, inputs);
        let (selector, mut data) = if escapes {
            let items: Vec<[U256; 12]> = items.into_iter().map(|i| i.try_into().unwrap()).collect();
            (
                EscapeVerifier::verifyCall::SELECTOR,
                (items,).abi_encode_params(),
            )
        } else {
            let items: Vec<[U256; 11]> = items.into_iter().map(|i| i.try_into().unwrap()).collect();
            (
                Groth16Verifier::verifyCall::SELECTOR,
                (items,).abi_encode_params(),
            )
        };
        if self.chance(12) {
            if self.chance(50) {
                data.push(0);
            } else {
                data.pop();
            }
            refusals.0.extend(["WrongLength", ""]);
        }
        let answer = self
            .ground
            .ask_raw(address, [&selector[..], &data].concat().into());
        let entry = if escapes { "verify escapes" } else { "verify" };
        let outcome = answer.as_ref().err().map_or("ok", String::as_str);
        self.coverage.count(entry, outcome);
        match answer {
            Ok(answer) => {
                assert!(refusals.0.is_empty(), "verified in spite of {refusals:?}");
                assert_eq!(answer[..4], selector, "a verifier answers its selector");
                assert!(answer.len() == 32 && answer[4..].iter().all(|byte| *byte == 0));
            }
            Err(name) => {
                let among = refusals.0.contains(name.as_str());
                assert!(among, "a verifier refused with {name:?}, not {refusals:?}");
            }
        }
        None
    }

    pub(super) fn try_factory(&mut self) -> Option<Step> {
        if self.model.deaf {
            return None;
        }
        let factory = self.model.config.verifierFactory;
        let escapes = self.chance(40);
        let which = if escapes {
            ESCAPE_KEY
        } else {
            self.rng.random_range(0..BATCH_KEYS)
        };
        let mut words = key(which).words();
        if self.chance(60) {
            spoil_key(&mut self.rng, &mut words);
        }
        let mut refusals = Refusals::default();
        let (entry, made) = if escapes {
            deployment::check_escape_key(&words, &mut refusals);
            let made = self
                .ground
                .ask(factory, &VerifierFactory::makeEscapeCall { key: words });
            ("makeEscape", made)
        } else {
            governance::check_key(&words, &mut refusals);
            let kind = if self.chance(90) {
                1
            } else {
                self.rng.random()
            };
            refusals.when(kind != 1, "UnknownVerifierType");
            let call = VerifierFactory::makeCall {
                verifierType: kind,
                key: words,
            };
            ("make", self.ground.ask(factory, &call))
        };
        self.coverage
            .count(entry, made.as_ref().err().map_or("ok", String::as_str));
        match made {
            Ok(_) => assert!(refusals.0.is_empty(), "made in spite of {refusals:?}"),
            Err(name) => {
                let among = refusals.0.contains(name.as_str());
                assert!(among, "not made for {name:?}, but {refusals:?}");
            }
        }
        None
    }
}
