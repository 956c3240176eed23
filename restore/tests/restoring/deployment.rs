//! Rollups on a development chain whose batch proofs anybody can forge.

use assay_l1::{
    address::EthAddress,
    batch::{ShapeSize, VerifyingKeyWords},
    chain::dev_accounts,
    client::{DeployConfig, DeployShape, L1Signer, RollupParameters},
};

use crate::{forge::Forge, operator::SHAPE};

/// A funded account of the chain.
pub(crate) fn signer(account: usize) -> L1Signer {
    L1Signer::from_secret(&dev_accounts()[account].secret).unwrap()
}

/// Of account 0, for batches of [`SHAPE`] with the key of `Forge::new(1, 3)`.
pub(crate) fn deployment(escape_key: VerifyingKeyWords, tokens: Vec<EthAddress>) -> DeployConfig {
    let size = ShapeSize {
        id: SHAPE.id(),
        transfers: SHAPE.transfers().try_into().unwrap(),
        full_records: SHAPE.full_records().try_into().unwrap(),
        fee_slots: SHAPE.fee_slots().try_into().unwrap(),
    };
    DeployConfig {
        operator: signer(0).address(),
        governor: None,
        guardian: None,
        parameters: RollupParameters::for_shapes(size.full_records),
        shapes: vec![DeployShape {
            size,
            key: Forge::new(1, 3).words(),
        }],
        escape_key,
        tokens,
    }
}
