//! Decimal floats: `mantissa * 10^exponent` with a 5-bit exponent (`docs/spec/primitives.md`).

pub mod r1cs;

/// Bits of every format's exponent.
pub const EXPONENT_BITS: u32 = 5;
/// The largest exponent.
const EXPONENT_MAX: u32 = (1 << EXPONENT_BITS) - 1;

/// Fees: 16 bits in all.
pub const FEE: Format = Format { mantissa_bits: 11 };
/// Amounts in transfer records: 40 bits in all.
pub const AMOUNT: Format = Format { mantissa_bits: 35 };

/// A float of `mantissa_bits + 5` bits, encoded as `exponent << mantissa_bits | mantissa`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Bits of the mantissa.
    pub mantissa_bits: u32,
}

/// A value that has no encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{value} is not representable; the nearest value below is {nearest_below}")]
pub struct NotRepresentable {
    /// The value asked for.
    pub value: u128,
    /// The largest representable value less than it.
    pub nearest_below: u128,
}

/// Why a code is not a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FloatError {
    /// The code has more bits than the format.
    #[error("float code {code} has more than {bits} bits")]
    TooManyBits {
        /// The code given.
        code: u64,
        /// Bits of the format.
        bits: u32,
    },
    /// The same value has an encoding with a lower exponent.
    #[error("{mantissa} * 10^{exponent} is not the canonical encoding of its value")]
    NonCanonical {
        /// Its mantissa.
        mantissa: u64,
        /// Its exponent.
        exponent: u32,
    },
    /// The value is 2^128 or more.
    #[error("{mantissa} * 10^{exponent} is 2^128 or more")]
    TooLarge {
        /// Its mantissa.
        mantissa: u64,
        /// Its exponent.
        exponent: u32,
    },
}

impl Format {
    /// Bits of an encoded value.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        self.mantissa_bits + EXPONENT_BITS
    }

    const fn mantissa_max(&self) -> u64 {
        (1 << self.mantissa_bits) - 1
    }

    /// The one canonical code of `value`.
    ///
    /// # Errors
    /// [`NotRepresentable`] where there is none.
    pub fn encode(&self, value: u128) -> Result<u64, NotRepresentable> {
        let (code, nearest_below) = self.floor(value);
        if nearest_below == value {
            Ok(code)
        } else {
            Err(NotRepresentable {
                value,
                nearest_below,
            })
        }
    }

    /// The value of a canonical code.
    ///
    /// # Errors
    /// [`FloatError`] for codes that are not canonical or mean 2^128 or more.
    pub fn decode(&self, code: u64) -> Result<u128, FloatError> {
        let (mantissa, exponent) = (code & self.mantissa_max(), code >> self.mantissa_bits);
        let exponent = u32::try_from(exponent)
            .ok()
            .filter(|exponent| *exponent <= EXPONENT_MAX)
            .ok_or(FloatError::TooManyBits {
                code,
                bits: self.bits(),
            })?;
        if exponent > 0 && u128::from(mantissa) * 10 <= u128::from(self.mantissa_max()) {
            return Err(FloatError::NonCanonical { mantissa, exponent });
        }
        u128::from(mantissa)
            .checked_mul(10u128.pow(exponent))
            .ok_or(FloatError::TooLarge { mantissa, exponent })
    }

    /// The largest representable value not above `value`.
    #[must_use]
    pub fn round_down(&self, value: u128) -> u128 {
        self.floor(value).1
    }

    /// The smallest representable value not below `value`; `None` where that would be 2^128 or more.
    #[must_use]
    pub fn round_up(&self, value: u128) -> Option<u128> {
        let with_exponent = |exponent| {
            let power = 10u128.pow(exponent);
            let mantissa = value.div_ceil(power);
            let fits = mantissa <= u128::from(self.mantissa_max());
            mantissa.checked_mul(power).filter(|_| fits)
        };
        (0..=EXPONENT_MAX).filter_map(with_exponent).min()
    }

    /// The code and value of the largest representable value not above `value`. With a larger
    /// exponent the grid is coarser, but the largest mantissa reaches further; of equal values the
    /// lowest exponent is the canonical one.
    fn floor(&self, value: u128) -> (u64, u128) {
        let mut best = (0, 0);
        for exponent in 0..=EXPONENT_MAX {
            let power = 10u128.pow(exponent);
            let mantissa = u64::try_from(value / power)
                .unwrap_or(u64::MAX)
                .min(self.mantissa_max());
            let rounded = u128::from(mantissa) * power;
            if rounded > best.1 {
                best = (
                    u64::from(exponent) << self.mantissa_bits | mantissa,
                    rounded,
                );
            }
        }
        best
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Small enough that every code can be listed.
    const SMALL: Format = Format { mantissa_bits: 6 };

    /// Oracle: all codes of the format, by the definition of the specification.
    fn all(format: Format) -> Vec<(u64, u128)> {
        let codes = 0u64..1 << format.bits();
        codes
            .filter_map(|code| {
                let (mantissa, exponent) = (
                    code % (1 << format.mantissa_bits),
                    code >> format.mantissa_bits,
                );
                let canonical = exponent == 0 || 10 * mantissa >= 1 << format.mantissa_bits;
                let value = 10u128.pow(exponent as u32).checked_mul(mantissa.into())?;
                canonical.then_some((code, value))
            })
            .collect()
    }

    #[test]
    fn every_code_agrees_with_the_definition() {
        for format in [SMALL, FEE] {
            let valid: std::collections::BTreeMap<u64, u128> = all(format).into_iter().collect();
            for code in 0..1u64 << format.bits() {
                assert_eq!(
                    format.decode(code).ok(),
                    valid.get(&code).copied(),
                    "{code}"
                );
            }
            for (code, value) in valid {
                assert_eq!(format.encode(value), Ok(code));
            }
        }
    }

    #[test]
    fn every_small_value_rounds_to_the_nearest_below_and_above() {
        let mut values: Vec<u128> = all(SMALL).into_iter().map(|(_, value)| value).collect();
        values.sort_unstable();
        for value in 0..20_000 {
            let at_most = values.partition_point(|v| *v <= value);
            assert_eq!(SMALL.round_down(value), values[at_most - 1], "{value}");
            let below = values.partition_point(|v| *v < value);
            assert_eq!(SMALL.round_up(value), Some(values[below]), "{value}");
        }
    }

    #[test]
    fn nothing_is_above_the_largest_value() {
        for format in [SMALL, FEE, AMOUNT] {
            let most = format.round_down(u128::MAX);
            assert_eq!(format.round_up(most), Some(most));
            assert_eq!(format.round_up(most + 1), None);
            assert_eq!(format.round_up(u128::MAX), None);
            assert_eq!(format.round_up(0), Some(0));
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        assert_eq!(
            FEE.decode(1 << 16),
            Err(FloatError::TooManyBits {
                code: 1 << 16,
                bits: 16
            })
        );
        assert_eq!(
            FEE.decode(1 << 11 | 204),
            Err(FloatError::NonCanonical {
                mantissa: 204,
                exponent: 1
            })
        );
        assert_eq!(FEE.decode(1 << 11 | 205), Ok(2050));
        assert_eq!(
            AMOUNT.decode((31 << 35) | ((1 << 35) - 1)),
            Err(FloatError::TooLarge {
                mantissa: (1 << 35) - 1,
                exponent: 31
            })
        );
        assert_eq!(
            FEE.encode(2049),
            Err(NotRepresentable {
                value: 2049,
                nearest_below: 2047
            })
        );
        assert_eq!(FEE.encode(0), Ok(0));
    }

    proptest! {
        #[test]
        fn amounts_round_down_to_a_fixed_point(value: u128, shift in 0u32..128) {
            let value = value >> shift;
            let rounded = AMOUNT.round_down(value);
            prop_assert!(rounded <= value);
            let code = AMOUNT.encode(rounded).unwrap();
            prop_assert_eq!(AMOUNT.decode(code), Ok(rounded));
            prop_assert_eq!(AMOUNT.encode(value).is_ok(), rounded == value);
        }

        #[test]
        fn nothing_representable_is_nearer(value in 1u128..1 << 100) {
            for format in [FEE, AMOUNT] {
                let (below, above) = (format.round_down(value), format.round_up(value).unwrap());
                prop_assert!(format.encode(above).is_ok() && above >= value);
                prop_assert_eq!(above == value, below == value);
                if above > value {
                    prop_assert_eq!(format.round_down(above - 1), below);
                }
            }
        }

        #[test]
        fn every_valid_amount_code_survives(exponent in 0u64..28, mantissa in (1u64 << 35) / 10 + 1..1 << 35) {
            let code = exponent << 35 | mantissa;
            prop_assert_eq!(AMOUNT.encode(AMOUNT.decode(code).unwrap()), Ok(code));
        }
    }
}
