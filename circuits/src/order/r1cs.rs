//! The signed message in the circuit.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::fields::fp::FpVar;

use crate::{
    babyjubjub::r1cs::PointVar,
    constraint::{Cs, Result, linear},
    poseidon,
    word::power_of_two,
};

/// The fields of a message. The caller has proved that each is within its width; else one message
/// has several readings.
pub struct MessageVar<'a> {
    /// 4 bits.
    pub kind: &'a FpVar<Fr>,
    /// 24 bits.
    pub from: &'a FpVar<Fr>,
    /// 32 bits.
    pub nonce: &'a FpVar<Fr>,
    /// 16 bits.
    pub token: &'a FpVar<Fr>,
    /// 128 bits.
    pub amount: &'a FpVar<Fr>,
    /// 16 bits.
    pub fee_code: &'a FpVar<Fr>,
    /// 32 bits.
    pub expires: &'a FpVar<Fr>,
    /// The payee's words.
    pub to: &'a PointVar,
}

impl MessageVar<'_> {
    /// `M = P(domain, packed, to.x, to.y)`.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn hash(&self, cs: &Cs, domain: &FpVar<Fr>) -> Result<FpVar<Fr>> {
        let packed = [
            (power_of_two(248), self.kind),
            (power_of_two(224), self.from),
            (power_of_two(192), self.nonce),
            (power_of_two(176), self.token),
            (power_of_two(48), self.amount),
            (power_of_two(32), self.fee_code),
            (Fr::one(), self.expires),
        ];
        let packed = linear(cs, &packed, Fr::zero());
        poseidon::r1cs::hash(
            cs,
            &[domain.clone(), packed, self.to.x.clone(), self.to.y.clone()],
        )
    }
}
