//! Groth16 over BN254 without blinding (r = s = 0).
//!
//! The witness of a rollup batch is public, so a proof needs to be sound and short and nothing
//! else: without blinding it is deterministic and the multiplication of B in G1 falls away. The
//! quotient is snarkjs's: `A B - C` on the odd coset of the domain, whose Lagrange basis the key
//! holds. C is linear in the wires and part of their points, so four transforms are enough:
//! `docs/design/groth16.md` derives it.

pub mod description;
pub mod encoding;
pub(crate) mod engine;
pub mod matrices;
mod phase;
pub mod proof;
pub mod prove;
pub(crate) mod proving_key;
#[cfg(not(target_arch = "wasm32"))]
pub mod qap;
#[cfg(not(target_arch = "wasm32"))]
pub mod setup;
#[cfg(not(target_arch = "wasm32"))]
pub mod stock;
mod threads;
mod trapdoor;
pub mod verify;
pub mod verifying_key;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy;

pub use phase::{Observer, Phase, PhaseSeconds, unobserved};
pub use proving_key::ProvingKey;
pub use trapdoor::SetupRandomness;
