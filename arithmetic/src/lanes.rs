//! The contract of a backend: eight field elements side by side.
//!
//! Values are made with the proof that the machine has the backend's instructions, or of other values.
//! So whoever holds one may use it, and no function here can be called on a machine that lacks them.
//!
//! Values are lazy: a lane stands for a residue, not for its smallest representative. Two types carry
//! the bounds, whose widths are each backend's own (`ifma/field.rs` and `avx2/field.rs` derive theirs;
//! the serial ones keep everything below `2p`):
//!
//! | type            | comes from                                      |
//! |-----------------|-------------------------------------------------|
//! | `Self` (tight)  | products, reductions, memory                    |
//! | `Self::Loose`   | one addition or subtraction of two tight values |
//!
//! One factor of a product may be loose, so a sum or a difference can be multiplied at once, but has
//! to be reduced before it is added again or is the second factor.

use ark_bn254::{Fq, Fr};
use ark_ff::{BigInt, Field, PrimeField};

use crate::line::{Line, WIDTH};

/// Stages of a transform between [`PrimeLanes::wide`] and [`PrimeLanes::narrow`], at most.
pub const STAGES: usize = 6;

/// A backend: lanes for both prime fields. A value of it proves that the machine has the backend's
/// instructions.
pub trait Arch: Copy + Send + Sync + 'static {
    /// Lanes of the base field.
    type Base: PrimeLanes<Field = Fq, Arch = Self>;
    /// Lanes of the scalar field.
    type Scalar: PrimeLanes<Field = Fr, Arch = Self>;
}

/// Eight elements of a field over which curve points are added.
pub trait Lanes: Copy {
    /// The proof that values are made with.
    type Arch: Copy;
    /// The field in arkworks.
    type Field: Field;
    /// A sum or difference of two tight values.
    type Loose: Copy;
    /// Lines that [`Lanes::spill`] fills.
    const SPILL: usize;

    /// One in all lanes.
    fn one(arch: Self::Arch) -> Self;
    /// Zero in all lanes.
    fn zero(arch: Self::Arch) -> Self;
    /// The proof that the values were made with.
    fn arch(&self) -> Self::Arch;
    /// The same values under the wider bound.
    fn loose(&self) -> Self::Loose;
    /// `self + other`.
    fn add(&self, other: &Self) -> Self::Loose;
    /// `self - other`.
    fn sub(&self, other: &Self) -> Self::Loose;
    /// `self * other`.
    fn mul(&self, other: &Self) -> Self;
    /// `a * b`.
    fn mul_loose(a: &Self::Loose, b: &Self) -> Self;
    /// Multiplies `self` by `a`.
    fn mul_assign(&mut self, a: &Self::Loose);
    /// `self * self`.
    fn square(&self) -> Self;
    /// The same residues under the tight bound.
    fn reduce(a: &Self::Loose) -> Self;
    /// `self - other`, tight.
    fn sub_tight(&self, other: &Self) -> Self;
    /// `self - b - c`, tight.
    fn sub_both(&self, b: &Self, c: &Self) -> Self;
    /// `a * b - c`.
    #[inline(always)]
    fn mul_sub(a: &Self::Loose, b: &Self, c: &Self) -> Self {
        Self::mul_loose(a, b).sub_tight(c)
    }
    /// `self * self - b - c`.
    #[inline(always)]
    fn square_sub(&self, b: &Self, c: &Self) -> Self {
        self.square().sub_both(b, c)
    }
    /// Bit `i` is set where lane `i` is zero in the field.
    fn zero_mask(a: &Self::Loose) -> u8;
    /// Lane `i` from `a` where bit `i` of `mask` is set, from `b` elsewhere.
    fn select(mask: u8, a: &Self, b: &Self) -> Self;
    /// [`Lanes::select`] on loose values.
    fn select_loose(mask: u8, a: &Self::Loose, b: &Self::Loose) -> Self::Loose;
    /// The inverse of every lane; no lane may be zero.
    fn invert(&self) -> Self;

    /// Writes the lanes to [`Lanes::SPILL`] lines.
    fn spill(&self, lines: &mut [Line]);
    /// Reads what [`Lanes::spill`] wrote.
    fn unspill(arch: Self::Arch, lines: &[Line]) -> Self;
}

/// Eight elements of a prime field.
pub trait PrimeLanes: Lanes<Field: PrimeField<BigInt = BigInt<4>>> {
    /// A value in the middle of a transform: bounded as the backend says.
    type Wide: Copy;

    /// Both halves of lines in arkworks' Montgomery form, negated where the bits of `negate` (first
    /// half, second half) say so, and the mask of lines that are zero throughout.
    fn load_line(arch: Self::Arch, lines: [&Line; WIDTH], negate: (u8, u8)) -> (Self, Self, u8);
    /// Both halves of lines that [`PrimeLanes::store_line`] gave, and the mask of zero lines.
    fn load_own_line(arch: Self::Arch, lines: [&Line; WIDTH]) -> (Self, Self, u8);
    /// The first halves of [`PrimeLanes::load_line`], not negated, and the mask of those that are zero.
    fn load_first_half(arch: Self::Arch, lines: [&Line; WIDTH]) -> (Self, u8);
    /// The first halves of [`PrimeLanes::load_own_line`] and the mask of those that are zero.
    fn load_own_first_half(arch: Self::Arch, lines: [&Line; WIDTH]) -> (Self, u8);
    /// Lines in the backend's own form, zero throughout where `zero` has a bit.
    fn store_line(first: &Self, second: &Self, zero: u8) -> [Line; WIDTH];
    /// Both halves of a line in the backend's own form.
    fn export_line(line: &Line) -> (Self::Field, Self::Field);
    /// Asks for a line to be brought into the nearest cache.
    fn prefetch_line(line: &Line);

    /// Elements in the backend's own form: factors of [`Lanes::mul`].
    fn factors(arch: Self::Arch, elements: [Self::Field; WIDTH]) -> Self;
    /// Loads words as they are: data in arkworks' form stays in it under addition and under
    /// products with factors. The words may be any that [`PrimeLanes::store_words`] left.
    fn load_words(arch: Self::Arch, elements: &[Self::Field; WIDTH]) -> Self;
    /// Stores tight words that are not reduced below the modulus; only for
    /// [`PrimeLanes::load_words`].
    fn store_words(&self, elements: &mut [Self::Field; WIDTH]);
    /// Stores words reduced below the modulus.
    fn store_canonical(&self, elements: &mut [Self::Field; WIDTH]);
    /// One element as [`PrimeLanes::splat`] reads it: a factor for all lanes.
    fn factor(element: Self::Field) -> Line;
    /// A factor in all lanes.
    fn splat(arch: Self::Arch, factor: &Line) -> Self;

    /// The same values under the bound of a transform.
    fn wide(self) -> Self::Wide;
    /// A step of the forward transform: `(u, v)` becomes `(u + v w, u - v w)`. At most [`STAGES`] in a
    /// row. The factor comes from [`PrimeLanes::factors`] or [`PrimeLanes::splat`].
    fn split(u: &mut Self::Wide, v: &mut Self::Wide, factor: &Self);
    /// A step of the inverse transform: `(u, v)` becomes `(u + v, (u - v) w)`; as
    /// [`PrimeLanes::split`] otherwise.
    fn join(u: &mut Self::Wide, v: &mut Self::Wide, factor: &Self);
    /// The same residues under the tight bound.
    fn narrow(a: &Self::Wide) -> Self;
    /// Turns an 8 by 8 block of elements around: lane `i` of row `j` becomes lane `j` of row `i`.
    fn transpose(rows: &mut [Self::Wide; WIDTH]);

    /// Product in the quadratic extension with `u^2 = -1`.
    fn quadratic_mul(a: [&Self::Loose; 2], b: [&Self; 2]) -> [Self; 2];
    /// [`PrimeLanes::quadratic_mul`] of tight factors.
    #[inline(always)]
    fn quadratic_mul_tight(a: [&Self; 2], b: [&Self; 2]) -> [Self; 2] {
        Self::quadratic_mul([&a[0].loose(), &a[1].loose()], b)
    }
    /// [`PrimeLanes::quadratic_mul`] in the place of `b`.
    #[inline(always)]
    fn quadratic_mul_assign(b: [&mut Self; 2], a: [&Self::Loose; 2]) {
        let [c0, c1] = Self::quadratic_mul(a, [b[0], b[1]]);
        *b[0] = c0;
        *b[1] = c1;
    }
    /// Square in the quadratic extension with `u^2 = -1`.
    fn quadratic_square(a: [&Self; 2]) -> [Self; 2];
}
