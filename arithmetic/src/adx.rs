//! Four-word products with two chains of carries: `mulx`, `adcx` and `adox`.
//!
//! The compiler knows one carry flag and so spends an instruction on each carry of the second
//! chain. This file holds `unsafe` code of three kinds: assembly that reads through the pointers it is
//! given, writes registers only and uses instructions whose presence [`Adx::detect`] has
//! established, hints to the cache, and the entry into code compiled for these instructions.
#![expect(
    unsafe_code,
    reason = "instructions the compiler does not use; each block says what makes it sound"
)]

use std::arch::asm;
use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

use crate::kernel::Kernel;
use crate::line::Line;
use crate::montgomery::{self, Multiplier, Words};
use crate::serial::Serial;

/// Proof that the machine has BMI2, ADX and AVX2: only [`Adx::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Adx(());

impl Adx {
    /// Asks the machine for the instructions.
    pub(crate) fn detect() -> Option<Self> {
        (std::is_x86_feature_detected!("bmi2")
            && std::is_x86_feature_detected!("adx")
            && std::is_x86_feature_detected!("avx2"))
        .then_some(Self(()))
    }
}

/// Runs a kernel on these instructions.
pub(crate) fn enter<K: Kernel>(multiplier: Adx, kernel: K) -> K::Output {
    // SAFETY: `multiplier` exists only where `detect` found every feature that `entry` enables.
    unsafe { entry(multiplier, kernel) }
}

/// AVX2 is for moving values about: half as many loads and stores.
#[target_feature(enable = "bmi2,adx,avx2")]
fn entry<K: Kernel>(multiplier: Adx, kernel: K) -> K::Output {
    kernel.run(Serial(multiplier))
}

/// The first row of a product: `[t4, .., t0] = a * b[0]`.
macro_rules! first_row {
    ($a:literal $b:literal; $t0:literal $t1:literal $t2:literal $t3:literal $t4:literal) => {
        concat!(
            "mov rdx, [",
            $b,
            "]\n",
            "xor {h:e}, {h:e}\n",
            "mulx ",
            $t1,
            ", ",
            $t0,
            ", [",
            $a,
            "]\n",
            "mulx ",
            $t2,
            ", {l}, [",
            $a,
            " + 8]\n",
            "adcx ",
            $t1,
            ", {l}\n",
            "mulx ",
            $t3,
            ", {l}, [",
            $a,
            " + 16]\n",
            "adcx ",
            $t2,
            ", {l}\n",
            "mulx ",
            $t4,
            ", {l}, [",
            $a,
            " + 24]\n",
            "adcx ",
            $t3,
            ", {l}\n",
            "adcx ",
            $t4,
            ", {h}\n",
        )
    };
}

/// A later row: `[t4, .., t0] = [t3, .., t0] + a * b[i]`.
macro_rules! row {
    ($a:literal $b:literal; $t0:literal $t1:literal $t2:literal $t3:literal $t4:literal) => {
        concat!(
            "mov rdx, [",
            $b,
            "]\n",
            "mulx {h}, {l}, [",
            $a,
            "]\n",
            "adox ",
            $t0,
            ", {l}\n",
            "adcx ",
            $t1,
            ", {h}\n",
            "mulx {h}, {l}, [",
            $a,
            " + 8]\n",
            "adox ",
            $t1,
            ", {l}\n",
            "adcx ",
            $t2,
            ", {h}\n",
            "mulx {h}, {l}, [",
            $a,
            " + 16]\n",
            "adox ",
            $t2,
            ", {l}\n",
            "adcx ",
            $t3,
            ", {h}\n",
            "mulx ",
            $t4,
            ", {l}, [",
            $a,
            " + 24]\n",
            "mov {h:e}, 0\n",
            "adox ",
            $t3,
            ", {l}\n",
            "adcx ",
            $t4,
            ", {h}\n",
            "adox ",
            $t4,
            ", {h}\n",
        )
    };
}

/// `[t4, .., t0] += a * b`, for one more factor of the same weight.
macro_rules! more {
    ($a:literal $b:literal; $t0:literal $t1:literal $t2:literal $t3:literal $t4:literal) => {
        concat!(
            "mov rdx, [",
            $b,
            "]\n",
            "mulx {h}, {l}, [",
            $a,
            "]\n",
            "adox ",
            $t0,
            ", {l}\n",
            "adcx ",
            $t1,
            ", {h}\n",
            "mulx {h}, {l}, [",
            $a,
            " + 8]\n",
            "adox ",
            $t1,
            ", {l}\n",
            "adcx ",
            $t2,
            ", {h}\n",
            "mulx {h}, {l}, [",
            $a,
            " + 16]\n",
            "adox ",
            $t2,
            ", {l}\n",
            "adcx ",
            $t3,
            ", {h}\n",
            "mulx {h}, {l}, [",
            $a,
            " + 24]\n",
            "adox ",
            $t3,
            ", {l}\n",
            "adcx ",
            $t4,
            ", {h}\n",
            "mov {h:e}, 0\n",
            "adox ",
            $t4,
            ", {h}\n",
        )
    };
}

/// Adds the multiple of the prime that makes `t0` zero; what remains is `[t4, .., t1]`.
macro_rules! fold {
    ($t0:literal $t1:literal $t2:literal $t3:literal $t4:literal) => {
        concat!(
            "mov rdx, ",
            $t0,
            "\n",
            "imul rdx, [{words} + 64]\n",
            "xor {h:e}, {h:e}\n",
            "mulx {h}, {l}, [{words}]\n",
            "adcx {l}, ",
            $t0,
            "\n",
            "adcx ",
            $t1,
            ", {h}\n",
            "mulx {h}, {l}, [{words} + 8]\n",
            "adox ",
            $t1,
            ", {l}\n",
            "adcx ",
            $t2,
            ", {h}\n",
            "mulx {h}, {l}, [{words} + 16]\n",
            "adox ",
            $t2,
            ", {l}\n",
            "adcx ",
            $t3,
            ", {h}\n",
            "mulx {h}, {l}, [{words} + 24]\n",
            "adox ",
            $t3,
            ", {l}\n",
            "adcx ",
            $t4,
            ", {h}\n",
            "mov {h:e}, 0\n",
            "adox ",
            $t4,
            ", {h}\n",
        )
    };
}

impl Multiplier for Adx {
    #[inline(always)]
    fn product(self, a: &[u64; 4], b: &[u64; 4], words: &Words) -> [u64; 4] {
        let (w0, w1, w2, w3);
        // SAFETY: `self` proves the instructions; the three references are valid for the 32, 32 and 72
        // bytes that are read, and nothing is written.
        unsafe {
            asm!(
                first_row!("{a}" "{b}"; "{t0}" "{t1}" "{t2}" "{t3}" "{t4}"),
                fold!("{t0}" "{t1}" "{t2}" "{t3}" "{t4}"),
                row!("{a}" "{b} + 8"; "{t1}" "{t2}" "{t3}" "{t4}" "{t0}"),
                fold!("{t1}" "{t2}" "{t3}" "{t4}" "{t0}"),
                row!("{a}" "{b} + 16"; "{t2}" "{t3}" "{t4}" "{t0}" "{t1}"),
                fold!("{t2}" "{t3}" "{t4}" "{t0}" "{t1}"),
                row!("{a}" "{b} + 24"; "{t3}" "{t4}" "{t0}" "{t1}" "{t2}"),
                fold!("{t3}" "{t4}" "{t0}" "{t1}" "{t2}"),
                a = in(reg) a,
                b = in(reg) b,
                words = in(reg) words,
                t0 = out(reg) w1,
                t1 = out(reg) w2,
                t2 = out(reg) w3,
                t3 = out(reg) _,
                t4 = out(reg) w0,
                h = out(reg) _,
                l = out(reg) _,
                out("rdx") _,
                options(pure, readonly, nostack),
            );
        }
        [w0, w1, w2, w3]
    }

    #[inline(always)]
    fn product_sum(self, a: [&[u64; 4]; 2], b: &[[u64; 4]; 2], words: &Words) -> [u64; 4] {
        let (w0, w1, w2, w3);
        // SAFETY: as in `product`; 64 bytes are read of `b`.
        unsafe {
            asm!(
                first_row!("{a}" "{b}"; "{t0}" "{t1}" "{t2}" "{t3}" "{t4}"),
                more!("{c}" "{b} + 32"; "{t0}" "{t1}" "{t2}" "{t3}" "{t4}"),
                fold!("{t0}" "{t1}" "{t2}" "{t3}" "{t4}"),
                row!("{a}" "{b} + 8"; "{t1}" "{t2}" "{t3}" "{t4}" "{t0}"),
                more!("{c}" "{b} + 40"; "{t1}" "{t2}" "{t3}" "{t4}" "{t0}"),
                fold!("{t1}" "{t2}" "{t3}" "{t4}" "{t0}"),
                row!("{a}" "{b} + 16"; "{t2}" "{t3}" "{t4}" "{t0}" "{t1}"),
                more!("{c}" "{b} + 48"; "{t2}" "{t3}" "{t4}" "{t0}" "{t1}"),
                fold!("{t2}" "{t3}" "{t4}" "{t0}" "{t1}"),
                row!("{a}" "{b} + 24"; "{t3}" "{t4}" "{t0}" "{t1}" "{t2}"),
                more!("{c}" "{b} + 56"; "{t3}" "{t4}" "{t0}" "{t1}" "{t2}"),
                fold!("{t3}" "{t4}" "{t0}" "{t1}" "{t2}"),
                a = in(reg) a[0],
                c = in(reg) a[1],
                b = in(reg) b,
                words = in(reg) words,
                t0 = out(reg) w1,
                t1 = out(reg) w2,
                t2 = out(reg) w3,
                t3 = out(reg) _,
                t4 = out(reg) w0,
                h = out(reg) _,
                l = out(reg) _,
                out("rdx") _,
                options(pure, readonly, nostack),
            );
        }
        montgomery::reduced([w0, w1, w2, w3], &words.p)
    }

    #[inline(always)]
    fn sum(self, a: [u64; 4], b: &[u64; 4], words: &Words) -> [u64; 4] {
        let [mut w0, mut w1, mut w2, mut w3] = a;
        // SAFETY: as in `product`; plain instructions.
        unsafe {
            asm!(
                "add {w0}, [{b}]",
                "adc {w1}, [{b} + 8]",
                "adc {w2}, [{b} + 16]",
                "adc {w3}, [{b} + 24]",
                "mov {m0}, {w0}",
                "mov {m1}, {w1}",
                "mov {m2}, {w2}",
                "mov {m3}, {w3}",
                "sub {m0}, [{words} + 32]",
                "sbb {m1}, [{words} + 40]",
                "sbb {m2}, [{words} + 48]",
                "sbb {m3}, [{words} + 56]",
                "cmovnc {w0}, {m0}",
                "cmovnc {w1}, {m1}",
                "cmovnc {w2}, {m2}",
                "cmovnc {w3}, {m3}",
                b = in(reg) b,
                words = in(reg) words,
                w0 = inout(reg) w0,
                w1 = inout(reg) w1,
                w2 = inout(reg) w2,
                w3 = inout(reg) w3,
                m0 = out(reg) _,
                m1 = out(reg) _,
                m2 = out(reg) _,
                m3 = out(reg) _,
                options(pure, readonly, nostack),
            );
        }
        [w0, w1, w2, w3]
    }

    #[inline(always)]
    fn less(self, a: [u64; 4], b: &[u64; 4], words: &Words) -> [u64; 4] {
        let [mut w0, mut w1, mut w2, mut w3] = a;
        // SAFETY: as in `product`; plain instructions.
        unsafe {
            asm!(
                "sub {w0}, [{b}]",
                "sbb {w1}, [{b} + 8]",
                "sbb {w2}, [{b} + 16]",
                "sbb {w3}, [{b} + 24]",
                // All bits are set where the difference is negative: 2p is added there.
                "sbb {m3}, {m3}",
                "mov {m0}, [{words} + 32]",
                "and {m0}, {m3}",
                "mov {m1}, [{words} + 40]",
                "and {m1}, {m3}",
                "mov {m2}, [{words} + 48]",
                "and {m2}, {m3}",
                "and {m3}, [{words} + 56]",
                "add {w0}, {m0}",
                "adc {w1}, {m1}",
                "adc {w2}, {m2}",
                "adc {w3}, {m3}",
                b = in(reg) b,
                words = in(reg) words,
                w0 = inout(reg) w0,
                w1 = inout(reg) w1,
                w2 = inout(reg) w2,
                w3 = inout(reg) w3,
                m0 = out(reg) _,
                m1 = out(reg) _,
                m2 = out(reg) _,
                m3 = out(reg) _,
                options(pure, readonly, nostack),
            );
        }
        [w0, w1, w2, w3]
    }

    #[inline(always)]
    fn prefetch(line: &Line) {
        // SAFETY: a hint that neither reads nor writes.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(line).cast()) }
    }
}
