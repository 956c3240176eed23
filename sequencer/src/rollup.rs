//! Which rollup: what fixes the node's place in the world.

use assay_circuits::{
    address::{Address, L1Address, Network},
    babyjubjub::Point,
    order::Domain,
};

/// The rollup that the node serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rollup {
    /// EIP-155 chain id of the layer 1.
    pub(crate) chain_id: u64,
    /// Public or development.
    pub(crate) network: Network,
    /// Separates deployments in signatures.
    pub(crate) domain: Domain,
    /// The contract.
    pub(crate) contract: L1Address,
}

impl Rollup {
    /// The rollup of a contract.
    pub(crate) fn new(chain_id: u64, contract: L1Address) -> Self {
        Self {
            chain_id,
            network: Network::of_chain(chain_id),
            domain: Domain::new(chain_id, contract),
            contract,
        }
    }

    /// An owner's address here.
    pub(crate) fn address(&self, owner: Point) -> Address {
        Address {
            network: self.network,
            owner,
        }
    }
}
