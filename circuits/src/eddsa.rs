//! EdDSA over Baby Jubjub with Poseidon, circomlib's (`docs/spec/primitives.md`): keys and
//! signatures are those of circomlibjs's `prv2pub` and `signPoseidon`.

pub mod r1cs;

use std::fmt;
use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ff::{AdditiveGroup, BigInt, BigInteger, PrimeField, Zero};
use blake_hash::{Blake512, Digest};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use taceo_ark_babyjubjub::EdwardsConfig;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::babyjubjub::{Point, Projective, Scalar, little_endian, parse_decimal};
use crate::poseidon;

/// A signing key. Wiped from memory when dropped, and never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretKey {
    /// circomlib's pruned `s`, a multiple of 8, modulo `l`.
    scalar_by_8: Scalar,
    /// Second half of the seed's hash; makes nonces.
    prefix: [u8; 32],
    #[zeroize(skip)]
    public: PublicKey,
}

/// A verifying key: a point that may still be anything; [`PublicKey::verify`] judges it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(pub Point);

/// A signature as it came, valid or not.
///
/// JSON: `{"r8": ["<decimal>", "<decimal>"], "s": "<decimal>"}` with coordinates less than `r` and
/// `s` less than `l`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The nonce's point.
    pub r8: Point,
    /// The response, valid only below `l`.
    pub s: BigInt<4>,
}

impl Signature {
    /// What a circuit is given where there is no signature.
    pub const ABSENT: Signature = Signature {
        r8: Point::IDENTITY,
        s: BigInt([0; 4]),
    };
}

/// The rule of `docs/spec/primitives.md` that a signature breaks; the first in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The public key is no point of the curve.
    #[error("the public key is not on the curve")]
    KeyOffCurve,
    /// `R8` is no point of the curve.
    #[error("R8 is not on the curve")]
    NonceOffCurve,
    /// `S >= l`: the same signature would have several encodings.
    #[error("S is not less than the order of the base point")]
    ResponseTooLarge,
    /// `8 A` is the identity.
    #[error("the public key has low order")]
    LowOrderKey,
    /// `S B8 != R8 + h (8 A)`.
    #[error("the signature does not fit the message and the key")]
    EquationFails,
}

impl SecretKey {
    /// The key that circomlibjs derives from the same 32 bytes: BLAKE-512, pruned as in Ed25519.
    #[must_use]
    pub fn from_seed(mut seed: [u8; 32]) -> SecretKey {
        let mut hash: [u8; 64] = Blake512::digest(&seed).into();
        seed.zeroize();
        hash[0] &= 0xf8;
        hash[31] = hash[31] & 0x7f | 0x40;
        let mut pruned = [0; 32];
        pruned.copy_from_slice(&hash[..32]);
        let mut prefix = [0; 32];
        prefix.copy_from_slice(&hash[32..]);
        hash.zeroize();

        let scalar_by_8 = Scalar::from_le_bytes_mod_order(&pruned);
        let mut low = 0;
        for byte in pruned.iter_mut().rev() {
            let next = *byte << 5;
            *byte = *byte >> 3 | low;
            low = next;
        }
        let mut scalar = Scalar::from_le_bytes_mod_order(&pruned);
        pruned.zeroize();
        let public = PublicKey(Point::BASE8.mul(&scalar));
        scalar.zeroize();
        SecretKey {
            scalar_by_8,
            prefix,
            public,
        }
    }

    /// The key that verifies this key's signatures.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// Signs a field element; the same message always gives the same signature.
    #[must_use]
    pub fn sign(&self, message: Fr) -> Signature {
        let mut hasher = Blake512::default();
        hasher.update(self.prefix);
        hasher.update(little_endian(&message));
        let mut hash: [u8; 64] = hasher.finalize().into();
        let mut nonce = Scalar::from_le_bytes_mod_order(&hash);
        hash.zeroize();

        let r8 = Point::BASE8.mul(&nonce);
        let challenge = challenge(&r8, &self.public.0, message).into_bigint();
        let s = nonce + reduce(challenge) * self.scalar_by_8;
        nonce.zeroize();
        Signature {
            r8,
            s: s.into_bigint(),
        }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

impl PublicKey {
    /// Whether `signature` on `message` is valid under this key.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn verify(&self, message: Fr, signature: &Signature) -> Result<(), SignatureError> {
        let PublicKey(key) = self;
        if !key.is_on_curve() {
            return Err(SignatureError::KeyOffCurve);
        }
        if !signature.r8.is_on_curve() {
            return Err(SignatureError::NonceOffCurve);
        }
        if signature.s >= Scalar::MODULUS {
            return Err(SignatureError::ResponseTooLarge);
        }
        let key_by_8 = key.projective().double().double().double();
        if key_by_8.is_zero() {
            return Err(SignatureError::LowOrderKey);
        }
        let h = challenge(&signature.r8, key, message).into_bigint();
        if combination(&signature.s, &h, &-key_by_8) != signature.r8.projective() {
            return Err(SignatureError::EquationFails);
        }
        Ok(())
    }
}

/// `h = P(R8.x, R8.y, A.x, A.y, M)`.
fn challenge(r8: &Point, key: &Point, message: Fr) -> Fr {
    poseidon::hash(&[r8.x, r8.y, key.x, key.y, message])
}

fn reduce(integer: BigInt<4>) -> Scalar {
    Scalar::from_le_bytes_mod_order(&integer.to_bytes_le())
}

/// Multiples 0 to 15 of a point, for windows of 4 bits.
type WindowTable = [Projective; 16];

fn window_table(point: &Projective) -> WindowTable {
    let mut multiple = Projective::ZERO;
    std::array::from_fn(|i| {
        if i > 0 {
            multiple += point;
        }
        multiple
    })
}

/// `s B8 + h Q` for public numbers: both by windows of 4 bits over one chain of doublings.
fn combination(s: &BigInt<4>, h: &BigInt<4>, q: &Projective) -> Projective {
    static BASE: OnceLock<WindowTable> = OnceLock::new();
    let base = BASE.get_or_init(|| window_table(&EdwardsConfig::GENERATOR.into()));
    let table = window_table(q);
    let window = |integer: &BigInt<4>, i: usize| (integer.0[i / 16] >> (i % 16 * 4) & 15) as usize;
    (0..64).rev().fold(Projective::ZERO, |mut sum, i| {
        for _ in 0..4 {
            sum.double_in_place();
        }
        sum += &base[window(s, i)];
        sum += &table[window(h, i)];
        sum
    })
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureText {
    r8: Point,
    s: String,
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SignatureText {
            r8: self.r8,
            s: self.s.to_string(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SignatureText::deserialize(deserializer)?;
        let s = parse_decimal(&text.s)
            .filter(|s| *s < Scalar::MODULUS)
            .ok_or_else(|| de::Error::custom("s is not a decimal number less than l"))?;
        Ok(Signature { r8: text.r8, s })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
