//! The trapdoor of a key, and how a key shows that everybody knows its own.

use std::fmt;

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ff::PrimeField as _;
#[cfg(not(target_arch = "wasm32"))]
use ark_ff::{Field as _, Zero as _};
#[cfg(not(target_arch = "wasm32"))]
use ark_poly::Radix2EvaluationDomain;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use super::verifying_key::VerifyingKey;

/// Where the trapdoor of a key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SetupRandomness {
    /// From the circuit's digest, by ChaCha20: every machine makes the same keys, and everybody
    /// knows the trapdoor and can prove anything. For development chains only.
    Development,
    /// From the operating system; forgotten when the key is made. Whoever ran it had to be
    /// trusted for that moment.
    System,
}

impl fmt::Display for SetupRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development (insecure: everybody knows the trapdoor)",
            Self::System => "system randomness",
        })
    }
}

/// What must be forgotten: who knows it can prove anything.
pub(crate) struct Trapdoor {
    pub(crate) alpha: Fr,
    pub(crate) beta: Fr,
    pub(crate) gamma: Fr,
    pub(crate) delta: Fr,
    pub(crate) tau: Fr,
}

impl Drop for Trapdoor {
    fn drop(&mut self) {
        for secret in [
            &mut self.alpha,
            &mut self.beta,
            &mut self.gamma,
            &mut self.delta,
            &mut self.tau,
        ] {
            secret.zeroize();
        }
    }
}

impl Trapdoor {
    /// One that may not be sound, with a chance below 2^-220.
    pub(super) fn next(random: &mut ChaCha20Rng) -> Self {
        let [alpha, beta, gamma, delta, tau] = std::array::from_fn(|_| scalar(random));
        Self {
            alpha,
            beta,
            gamma,
            delta,
            tau,
        }
    }

    /// Nothing is zero, gamma is not delta, and tau is outside the domain and its odd coset.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn is_sound(&self, domain: &Radix2EvaluationDomain<Fr>) -> bool {
        let all = [self.alpha, self.beta, self.gamma, self.delta, self.tau];
        all.iter().all(|value| !value.is_zero())
            && self.gamma != self.delta
            && self.tau.pow([2 * domain.size]) != Fr::ONE
    }
}

/// What development keys of a circuit are made from.
pub(super) fn development_random(circuit_digest: &[u8; 32]) -> ChaCha20Rng {
    let mut hasher = Sha256::new_with_prefix(b"assay/development setup/1");
    hasher.update(circuit_digest);
    ChaCha20Rng::from_seed(hasher.finalize().into())
}

impl SetupRandomness {
    /// Where the trapdoor of a circuit's key came from, by the key itself: one of the points that
    /// development keys of the circuit have is enough, since whoever knows the rest of such a
    /// trapdoor can forge. What is not of development may still be known to whoever made it.
    #[must_use]
    pub fn of_key(key: &VerifyingKey, circuit_digest: &[u8; 32]) -> Self {
        let public = Trapdoor::next(&mut development_random(circuit_digest));
        let key = key.as_ark();
        let in_g2 = |scalar: Fr| (G2Affine::generator() * scalar).into_affine();
        let is_public = key.alpha_g1 == (G1Affine::generator() * public.alpha).into_affine()
            || key.beta_g2 == in_g2(public.beta)
            || key.gamma_g2 == in_g2(public.gamma)
            || key.delta_g2 == in_g2(public.delta);
        if is_public {
            Self::Development
        } else {
            Self::System
        }
    }
}

/// A scalar from 64 bytes: the bias of the reduction is below 2^-250.
fn scalar(random: &mut ChaCha20Rng) -> Fr {
    use rand_chacha::rand_core::RngCore as _;
    let mut bytes = Zeroizing::new([0u8; 64]);
    random.fill_bytes(bytes.as_mut());
    Fr::from_le_bytes_mod_order(bytes.as_ref())
}
