//! Floats in the circuit against the native ones.

use super::*;
use crate::bits::r1cs::alloc_bits;
use crate::constraint::fault::Groups;
use crate::float::{AMOUNT, FEE, FloatError};
use ark_r1cs_std::GR1CSVar;

fn decoded(cs: &Cs, format: &Format, code: u64) -> Result<FpVar<Fr>> {
    let (bits, _) = alloc_bits(cs, format.bits() as usize, || Ok(Fr::from(code)))?;
    decode(cs, format, &bits)
}

fn check(groups: &Groups, format: &Format, code: u64) {
    let violated = groups
        .violated_by(|cs| {
            let value = decoded(cs, format, code)?.value()?;
            if let Ok(native) = format.decode(code) {
                assert_eq!(value, Fr::from(native), "code {code}");
            }
            Ok(())
        })
        .unwrap();
    let is_canonical = !matches!(format.decode(code), Err(FloatError::NonCanonical { .. }));
    assert_eq!(violated.is_empty(), is_canonical, "code {code}");
    assert!(
        violated.iter().all(|group| group == "canonical"),
        "code {code}: {violated:?}"
    );
}

#[test]
fn every_fee_code_decodes_as_natively() {
    let groups = Groups::record(|cs| decoded(cs, &FEE, 0).map(drop)).unwrap();
    assert_eq!(groups.counts()["canonical"], 5);
    assert_eq!(groups.counts()["value"], 5);
    for code in 0..1 << FEE.bits() {
        check(&groups, &FEE, code);
    }
}

#[test]
fn amount_codes_around_every_edge_decode_as_natively() {
    let groups = Groups::record(|cs| decoded(cs, &AMOUNT, 0).map(drop)).unwrap();
    assert_eq!(groups.counts()["canonical"], 11);
    assert_eq!(groups.counts()["value"], 5);
    let least = (1u64 << 35).div_ceil(10);
    for exponent in 0..32 {
        for mantissa in [0, 1, least - 1, least, least + 1, (1 << 35) - 1] {
            check(&groups, &AMOUNT, exponent << 35 | mantissa);
        }
    }
}

#[test]
fn the_verdict_is_the_native_one() {
    let format = Format { mantissa_bits: 5 };
    for code in 0..1 << format.bits() {
        let cs = Cs::from(ark_relations::gr1cs::ConstraintSystem::new_ref());
        let (bits, _) = alloc_bits(&cs, format.bits() as usize, || Ok(Fr::from(code))).unwrap();
        let (_, canonical) = decode_any(&cs, &format, &bits).unwrap();
        let native = !matches!(format.decode(code), Err(FloatError::NonCanonical { .. }));
        assert_eq!(canonical.value().unwrap(), native, "code {code}");
        assert!(cs.ark().is_satisfied().unwrap(), "code {code}");
    }
}
