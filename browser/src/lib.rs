//! What runs in a browser: the verifier of bundles that `assay verify` is, and the prover of exits that
//! `assay exit` has. No rule is written here a second time: this crate turns bytes into calls.
//!
//! `npm run build` in `web/` compiles it to WebAssembly, where [`door`] is how JavaScript reaches it.
//! Nothing here keeps anything from one call to the next, asks for randomness, or sees a secret: an exit is
//! signed outside.

#[cfg(target_arch = "wasm32")]
#[expect(
    unsafe_code,
    reason = "JavaScript calls these functions by names that nothing else may have"
)]
pub mod door;
pub mod escape;
pub mod verify;
