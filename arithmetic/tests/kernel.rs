//! A loop over lanes that another crate brings, as the witness of a circuit may.

use ark_bn254::Fr;
use ark_ff::{Field, UniformRand};
use ark_std::test_rng;
use assay_arithmetic::{Arch, Backend, Kernel, Lanes, PrimeLanes, WIDTH};

/// The S-box of Poseidon, eight elements at a time.
struct FifthPowers<'a>(&'a mut [[Fr; WIDTH]]);

impl Kernel for FifthPowers<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        for elements in self.0 {
            let fourth = A::Scalar::factors(arch, *elements).square().square();
            let fifth = A::Scalar::load_words(arch, elements).mul(&fourth);
            fifth.store_canonical(elements);
        }
    }
}

#[test]
fn a_kernel_of_another_crate_runs_on_every_backend() {
    let mut rng = test_rng();
    let elements: Vec<[Fr; WIDTH]> = (0..5)
        .map(|_| std::array::from_fn(|_| Fr::rand(&mut rng)))
        .chain([[-Fr::ONE; WIDTH], [Fr::from(0u64); WIDTH]])
        .collect();
    for backend in Backend::all() {
        let mut powers = elements.clone();
        backend.run(FifthPowers(&mut powers));
        let expected = elements.iter().map(|row| row.map(|x| x.pow([5])));
        assert!(expected.eq(powers), "{}", backend.name());
    }
}
