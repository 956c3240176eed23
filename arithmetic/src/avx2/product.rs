//! Products of four lanes: the columns stay in registers from the first row to the last.
//!
//! A product `T` of nine limbs by nine is divided by `2^261` modulo `p` as it is summed up, one row of
//! the second factor and one limb of the result at a time. Eight limbs are folded with the constant
//! `F = 2^-29 mod p`: `t + 2^29 T'` is `2^29 (T' + t F)`, so no quotient has to be computed. The last
//! limb needs one, since folding alone never gets below `2^29 p`. Each fold adds less than `2^29 p`,
//! and all but the last are divided by `2^29` once more at least. Hence
//!
//! result `<= T / 2^261 + p + p (1 + 2^-29 + 2^-58 + ..) < T / 2^261 + 2.001 p`.
//!
//! A column is the sum of nine products (18 for the sum of two), nine more of a fold, and a carry. All
//! of them have to stay below `2^64`: for factors with limbs below `x 2^29` and `y 2^29`, `9 x y + 9`
//! may be 63 at most.
//!
//! Ten columns, the two factors of a row, three products and the mask are the sixteen registers. In
//! intrinsics the compiler kept the columns in memory: 17 to 26 ns a product, where this takes 9.7
//! (Zen 3, 2026-11-25).

#![expect(
    improper_ctypes_definitions,
    reason = "both sides are compiled here; a vector in memory is 32 bytes of plain data"
)]

use std::arch::naked_asm;

use super::limbs::{Halves, Limbs, Number, Table};

/// `column += factor * [at]`.
macro_rules! line {
    ($column:literal $factor:literal $from:literal $at:literal $product:literal) => {
        concat!(
            "vpmuludq ",
            $product,
            ", ",
            $factor,
            ", [",
            $from,
            " + ",
            $at,
            "]\n",
            "vpaddq ",
            $column,
            ", ",
            $column,
            ", ",
            $product,
            "\n",
        )
    };
}

/// The same where the column has no value yet.
macro_rules! fresh {
    ($column:literal $factor:literal $from:literal $at:literal) => {
        concat!(
            "vpmuludq ",
            $column,
            ", ",
            $factor,
            ", [",
            $from,
            " + ",
            $at,
            "]\n"
        )
    };
}

/// The first row: `columns = a * b[0]`.
macro_rules! first_row {
    ($c0:literal $c1:literal $c2:literal $c3:literal $c4:literal $c5:literal $c6:literal
     $c7:literal $c8:literal $c9:literal) => {
        concat!(
            "vmovdqa ymm10, [rdx]\n",
            fresh!($c0 "ymm10" "rsi" 0),
            fresh!($c1 "ymm10" "rsi" 32),
            fresh!($c2 "ymm10" "rsi" 64),
            fresh!($c3 "ymm10" "rsi" 96),
            fresh!($c4 "ymm10" "rsi" 128),
            fresh!($c5 "ymm10" "rsi" 160),
            fresh!($c6 "ymm10" "rsi" 192),
            fresh!($c7 "ymm10" "rsi" 224),
            fresh!($c8 "ymm10" "rsi" 256),
        )
    };
}

/// `columns += x * y[at]`, for nine columns.
macro_rules! row {
    ($x:literal $y:literal $at:literal; $c0:literal $c1:literal $c2:literal $c3:literal $c4:literal
     $c5:literal $c6:literal $c7:literal $c8:literal $c9:literal) => {
        concat!(
            "vmovdqa ymm10, [", $y, " + ", $at, "]\n",
            line!($c0 "ymm10" $x 0 "ymm12"),
            line!($c1 "ymm10" $x 32 "ymm13"),
            line!($c2 "ymm10" $x 64 "ymm14"),
            line!($c3 "ymm10" $x 96 "ymm12"),
            line!($c4 "ymm10" $x 128 "ymm13"),
            line!($c5 "ymm10" $x 160 "ymm14"),
            line!($c6 "ymm10" $x 192 "ymm12"),
            line!($c7 "ymm10" $x 224 "ymm13"),
            line!($c8 "ymm10" $x 256 "ymm14"),
        )
    };
}

/// Folds the lowest column, which is complete, into the nine above it; the last of these is new.
macro_rules! fold {
    ($c0:literal $c1:literal $c2:literal $c3:literal $c4:literal $c5:literal $c6:literal
     $c7:literal $c8:literal $c9:literal) => {
        concat!(
            "vpand ymm11, ", $c0, ", ymm15\n",
            "vpsrlq ", $c0, ", ", $c0, ", 29\n",
            line!($c1 "ymm11" "rcx" 0 "ymm12"),
            "vpaddq ", $c1, ", ", $c1, ", ", $c0, "\n",
            line!($c2 "ymm11" "rcx" 32 "ymm13"),
            line!($c3 "ymm11" "rcx" 64 "ymm14"),
            line!($c4 "ymm11" "rcx" 96 "ymm12"),
            line!($c5 "ymm11" "rcx" 128 "ymm13"),
            line!($c6 "ymm11" "rcx" 160 "ymm14"),
            line!($c7 "ymm11" "rcx" 192 "ymm12"),
            line!($c8 "ymm11" "rcx" 224 "ymm13"),
            fresh!($c9 "ymm11" "rcx" 256),
        )
    };
}

/// Adds the multiple of `p` that makes the lowest column a multiple of `2^29`, and carries that over.
macro_rules! last_fold {
    ($c0:literal $c1:literal $c2:literal $c3:literal $c4:literal $c5:literal $c6:literal
     $c7:literal $c8:literal $c9:literal) => {
        concat!(
            "vpmuludq ymm11, ", $c0, ", [rcx + 608]\n",
            "vpand ymm11, ymm11, ymm15\n",
            line!($c0 "ymm11" "rcx" 288 "ymm12"),
            line!($c1 "ymm11" "rcx" 320 "ymm13"),
            line!($c2 "ymm11" "rcx" 352 "ymm14"),
            line!($c3 "ymm11" "rcx" 384 "ymm12"),
            line!($c4 "ymm11" "rcx" 416 "ymm13"),
            line!($c5 "ymm11" "rcx" 448 "ymm14"),
            line!($c6 "ymm11" "rcx" 480 "ymm12"),
            line!($c7 "ymm11" "rcx" 512 "ymm13"),
            line!($c8 "ymm11" "rcx" 544 "ymm14"),
            "vpsrlq ", $c0, ", ", $c0, ", 29\n",
            "vpaddq ", $c1, ", ", $c1, ", ", $c0, "\n",
        )
    };
}

/// Stores a column as a limb and carries over to the next.
macro_rules! store {
    ($at:literal; $column:literal $next:literal) => {
        concat!(
            "vpsrlq ymm12, ",
            $column,
            ", 29\n",
            "vpand ",
            $column,
            ", ",
            $column,
            ", ymm15\n",
            "vmovdqa [rdi + ",
            $at,
            "], ",
            $column,
            "\n",
            "vpaddq ",
            $next,
            ", ",
            $next,
            ", ymm12\n",
        )
    };
}

/// Nine columns from the second on, of which the last is new: the carry of the one before.
macro_rules! store_all {
    ($c0:literal $c1:literal $c2:literal $c3:literal $c4:literal $c5:literal $c6:literal
     $c7:literal $c8:literal $c9:literal) => {
        concat!(
            store!(0; $c1 $c2),
            store!(32; $c2 $c3),
            store!(64; $c3 $c4),
            store!(96; $c4 $c5),
            store!(128; $c5 $c6),
            store!(160; $c6 $c7),
            store!(192; $c7 $c8),
            "vpsrlq ", $c9, ", ", $c8, ", 29\n",
            "vpand ", $c8, ", ", $c8, ", ymm15\n",
            "vmovdqa [rdi + 224], ", $c8, "\n",
            "vmovdqa [rdi + 256], ", $c9, "\n",
        )
    };
}

/// Rounds at the given offsets of the second factors: rows, then the fold of the column that they
/// complete. The columns move on by one each time.
macro_rules! rounds {
    ($rows:ident; $at:literal $($more:literal)*; $c0:literal $($c:literal)*) => {
        concat!(
            $rows!($at; $c0 $($c)*),
            fold!($c0 $($c)*),
            rounds!($rows; $($more)*; $($c)* $c0),
        )
    };
    ($rows:ident; ; $($c:literal)*) => {
        concat!($rows!(256; $($c)*), last_fold!($($c)*), store_all!($($c)*))
    };
}

/// The row of one product.
macro_rules! one {
    ($at:literal; $($c:literal)*) => { row!("rsi" "rdx" $at; $($c)*) };
}

/// The rows of two products.
macro_rules! two {
    ($at:literal; $($c:literal)*) => {
        concat!(row!("rsi" "rdx" $at; $($c)*), row!("r8" "r9" $at; $($c)*))
    };
}

/// `a b / 2^261`, carried. The limbs of `a` and `b` must be below `x 2^29` and `y 2^29` with
/// `x y <= 6`.
#[inline(always)]
pub(super) fn product(table: &Table, a: &Halves, b: &Halves) -> Halves {
    // SAFETY: there are vectors, so there is AVX2.
    unsafe { returned_product(a, b, table) }
}

/// Multiplies `a` by `b` in place, as [`product`].
#[inline(always)]
pub(super) fn product_assign(table: &Table, a: &mut Halves, b: &Halves) {
    let a = &raw mut *a;
    // SAFETY: as in `product`; the pointers come from references, and a factor may be the result's
    // place.
    unsafe { product_into(a, a, b, table) }
}

/// `(a b + c d) / 2^261`, carried. The limbs of `a` and `c` must be below `3 x 2^29`, those of `b` and
/// `d` carried.
#[inline(always)]
pub(super) fn product_sum(
    table: &Table,
    (a, b): (&Halves, &Halves),
    (c, d): (&Halves, &Halves),
) -> Halves {
    // SAFETY: as in `product`.
    unsafe { returned_product_sum(a, b, table, c, d) }
}

/// [`product_sum`] of `a b` and `c d` in the place of `b`.
#[inline(always)]
pub(super) fn product_sum_assign(
    table: &Table,
    b: &mut Halves,
    a: &Halves,
    (c, d): (&Halves, &Halves),
) {
    let b = &raw mut *b;
    // SAFETY: as in `product_assign`.
    unsafe { product_sum_into(b, a, b, table, c, d) }
}

/// [`product`].
///
/// The result is returned in memory, as the convention has it for a structure of this size: its address
/// comes in `rdi` and goes back in `rax`. So the caller chooses where, and nothing is copied.
///
/// # Safety
///
/// The machine has AVX2.
#[unsafe(naked)]
unsafe extern "sysv64" fn returned_product(a: &Halves, b: &Halves, table: &Table) -> Halves {
    naked_asm!("jmp {}", sym product_into)
}

/// Writes [`product`] to `out`.
///
/// # Safety
///
/// The machine has AVX2, and the pointers are valid. Each half of `out` is written after the same
/// halves of `a` and `b` have been read, so it may be one of them.
#[unsafe(naked)]
unsafe extern "sysv64" fn product_into(
    out: *mut Halves,
    a: *const Halves,
    b: *const Halves,
    table: *const Table,
) {
    naked_asm!(
        "vmovdqa ymm15, [rcx + 576]",
        "mov rax, rdi",
        "mov r10d, 2",
        "2:",
        first_row!("ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9"),
        fold!("ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9"),
        rounds!(one; 32 64 96 128 160 192 224;
            "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9" "ymm0"),
        "add rdi, 288",
        "add rsi, 288",
        "add rdx, 288",
        "dec r10d",
        "jnz 2b",
        "vzeroupper",
        "ret",
    )
}

/// [`product_sum`], returned as by [`returned_product`].
///
/// # Safety
///
/// As there.
#[unsafe(naked)]
unsafe extern "sysv64" fn returned_product_sum(
    a: &Halves,
    b: &Halves,
    table: &Table,
    c: &Halves,
    d: &Halves,
) -> Halves {
    naked_asm!("jmp {}", sym product_sum_into)
}

/// Writes [`product_sum`] to `out`.
///
/// # Safety
///
/// As for [`product_into`].
#[unsafe(naked)]
unsafe extern "sysv64" fn product_sum_into(
    out: *mut Halves,
    a: *const Halves,
    b: *const Halves,
    table: *const Table,
    c: *const Halves,
    d: *const Halves,
) {
    naked_asm!(
        "vmovdqa ymm15, [rcx + 576]",
        "mov rax, rdi",
        "mov r10d, 2",
        "2:",
        first_row!("ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9"),
        row!("r8" "r9" 0;
            "ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9"),
        fold!("ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9"),
        rounds!(two; 32 64 96 128 160 192 224;
            "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9" "ymm0"),
        "add rdi, 288",
        "add rsi, 288",
        "add rdx, 288",
        "add r8, 288",
        "add r9, 288",
        "dec r10d",
        "jnz 2b",
        "vzeroupper",
        "ret",
    )
}

/// Where the assembly finds the fields of the table.
const _: () = assert!(
    std::mem::offset_of!(Table, fold) == 0
        && std::mem::offset_of!(Table, modulus) == 288
        && std::mem::offset_of!(Table, mask) == 576
        && std::mem::offset_of!(Table, neg_inverse) == 608
        && size_of::<Limbs>() == 288
        && size_of::<Number>() == 288
);
