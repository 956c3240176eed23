//! The coefficients that proofs of one call get, seen at the precompiles that multiply by them.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256, keccak256},
    sol_types::SolCall as _,
};
use revm::{
    Context, InspectEvm as _, Inspector, MainBuilder as _, MainContext as _,
    context::{BlockEnv, TxEnv},
    context_interface::ContextTr,
    database_interface::WrapDatabaseRef,
    interpreter::{CallInputs, CallOutcome},
};

use super::{
    bed::{Bed, root},
    proofs::toy,
    verifier::{Item, R, deploy, item, number},
};
use crate::contracts::Groth16Verifier;

/// EIP-196: a point and a scalar.
const MULTIPLICATION: u8 = 7;

/// Of each multiplication the point's x and the scalar.
#[derive(Debug, Default)]
struct Multiplications(Vec<(U256, U256)>);

impl<CTX: ContextTr> Inspector<CTX> for Multiplications {
    fn call(&mut self, context: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        if inputs.bytecode_address == Address::with_last_byte(MULTIPLICATION) {
            let input = inputs.input.as_bytes(context);
            let word = |i: usize| U256::from_be_slice(&input[32 * i..32 * (i + 1)]);
            self.0.push((word(0), word(2)));
        }
        None
    }
}

fn multiplications(bed: &Bed, to: Address, input: Vec<u8>) -> Vec<(U256, U256)> {
    let node = bed.chain.node();
    let (view, env) = node.at(BlockId::latest()).unwrap();
    let block = BlockEnv {
        beneficiary: env.beneficiary,
        ..BlockEnv::default()
    };
    let transaction = TxEnv {
        kind: to.into(),
        data: input.into(),
        ..TxEnv::default()
    };
    let mut evm = Context::mainnet()
        .with_db(WrapDatabaseRef(view))
        .with_block(block)
        .build_mainnet_with_inspector(Multiplications::default());
    let done = evm.inspect_tx(transaction).unwrap();
    assert!(done.result.is_success());
    evm.into_inspector().0
}

/// Item i but the first is raised to `keccak256(keccak256(calldata) | i) >> 3`, so nobody knows a
/// coefficient before all proofs and inputs are fixed.
#[test]
fn coefficients_are_hashes_of_the_whole_call() {
    let bed = Bed::bare(31337);
    let key = toy(0).key_words();
    let verifier = deploy(&bed, "Groth16Verifier", &key).unwrap();
    let order = number(R);
    for count in 1..=4_u8 {
        let items: Vec<Item> = (0..count)
            .map(|i| {
                let inputs = [root(10 * i), root(10 * i + 1), root(10 * i + 2)];
                item(inputs, &toy(0).prove(&inputs))
            })
            .collect();
        let call = Groth16Verifier::verifyCall {
            items: items.clone(),
        }
        .abi_encode();
        let seed = keccak256(&call);
        let coefficient = |i: usize| -> U256 {
            let index = U256::from(i).to_be_bytes::<32>();
            let word = keccak256([&seed[..], &index].concat());
            if i == 0 {
                U256::ONE
            } else {
                U256::from_be_bytes(word.0) >> 3
            }
        };
        let coefficients: Vec<U256> = (0..items.len()).map(coefficient).collect();
        // A and C of each item but the first, then the key's points by the sums.
        let weighed = items.iter().zip(&coefficients).skip(1);
        let mut expected: Vec<_> = weighed
            .flat_map(|(item, coefficient)| [(item[3], *coefficient), (item[9], *coefficient)])
            .collect();
        let total = |of: &dyn Fn(&Item) -> U256| {
            let terms = items.iter().zip(&coefficients);
            terms.fold(U256::ZERO, |sum, (item, coefficient)| {
                sum.add_mod(coefficient.mul_mod(of(item), order), order)
            })
        };
        let x = |word: [u8; 32]| U256::from_be_bytes(word);
        if count > 1 {
            let sum = total(&|_| U256::ONE);
            expected.extend([(x(key.alpha[0]), sum), (x(key.ic[0][0]), sum)]);
        }
        for input in 0..3 {
            expected.push((x(key.ic[input + 1][0]), total(&|item| item[input])));
        }
        assert_eq!(multiplications(&bed, verifier, call), expected);
    }
}
