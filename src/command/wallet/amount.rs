//! Amounts as people write them: `1500000` is base units, `1.5eth` and `20.25 USDX` are in units of
//! the token. Exact decimal arithmetic; no floating point.

use std::{fmt, str::FromStr};

/// The units of ether besides `eth` itself, with their decimals.
const ETHER_UNITS: [(&str, u8); 3] = [("wei", 0), ("gwei", 9), ("eth", 18)];

/// An amount as it was written; what it is in base units depends on its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AmountText {
    /// All digits, without the point.
    digits: String,
    /// How many of the digits come after the point.
    fraction_digits: u32,
    /// `eth`, `gwei`, `wei` or a token's symbol; `None` means base units.
    unit: Option<String>,
}

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AmountError {
    /// Not digits with at most one point and a unit.
    #[error("`{0}` is no amount: write base units like 1500000, or a unit like 1.5eth")]
    Syntax(String),
    /// Less than nothing.
    #[error("`{0}` is negative, and nothing here can be less than 0")]
    Negative(String),
    /// Digits of a number to the base 16.
    #[error("`{0}` is hexadecimal: write amounts with decimal digits, like 1500000 or 1.5eth")]
    Hexadecimal(String),
    /// A point, but of which unit?
    #[error("`{0}` has a decimal point but no unit: write for example {0}eth, or whole base units")]
    NoUnit(String),
    /// More digits after the point than the unit has.
    #[error("`{amount}` is finer than a base unit: {unit} has {decimals} decimals")]
    TooFine {
        /// What was written.
        amount: String,
        /// Its unit.
        unit: String,
        /// How many decimals the unit has.
        decimals: u8,
    },
    /// 2^128 base units or more.
    #[error("`{0}` is 2^128 base units or more")]
    TooLarge(String),
}

impl FromStr for AmountText {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let text = text.trim();
        let syntax = || AmountError::Syntax(text.to_owned());
        let is_number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        if text.strip_prefix('-').is_some_and(is_number) {
            return Err(AmountError::Negative(text.to_owned()));
        }
        // Elsewhere it would be nothing of a token `x10`.
        if let Some(digits) = text.strip_prefix("0x").or(text.strip_prefix("0X"))
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            return Err(AmountError::Hexadecimal(text.to_owned()));
        }
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let (whole, fraction) = match number.split_once('.') {
            Some((_, "")) => return Err(syntax()),
            Some(parts) => parts,
            None => (number, ""),
        };
        if whole.is_empty() || fraction.contains('.') {
            return Err(syntax());
        }
        let unit = unit.trim();
        // `1e18` means 10^18 elsewhere; here it is nothing, rather than 1 of a token `e18`.
        let is_exponent = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        let exponent = unit.strip_prefix(['e', 'E']).is_some_and(is_exponent);
        if exponent || !unit.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(syntax());
        }
        if unit.is_empty() && !fraction.is_empty() {
            return Err(AmountError::NoUnit(text.to_owned()));
        }
        Ok(Self {
            digits: format!("{whole}{fraction}"),
            fraction_digits: u32::try_from(fraction.len()).map_err(|_| syntax())?,
            unit: (!unit.is_empty()).then(|| unit.to_owned()),
        })
    }
}

impl fmt::Display for AmountText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let point = self.digits.len() - self.fraction_digits as usize;
        f.write_str(&self.digits[..point])?;
        if self.fraction_digits > 0 {
            write!(f, ".{}", &self.digits[point..])?;
        }
        f.write_str(self.unit.as_deref().unwrap_or_default())
    }
}

impl AmountText {
    /// The unit, where one was written.
    #[must_use]
    pub(crate) fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// The decimals of the unit where it is one of ether's.
    #[must_use]
    pub(crate) fn ether_decimals(&self) -> Option<u8> {
        ether_decimals(self.unit.as_deref()?)
    }

    /// The amount in base units, where its unit has `decimals` decimals; base units where it has
    /// no unit.
    ///
    /// # Errors
    /// [`AmountError::TooFine`] and [`AmountError::TooLarge`].
    pub(crate) fn base_units(&self, decimals: u8) -> Result<u128, AmountError> {
        let decimals = if self.unit.is_some() { decimals } else { 0 };
        let zeros = self.digits.len() - self.digits.trim_end_matches('0').len();
        let trimmed = zeros.min(self.fraction_digits as usize);
        let digits = &self.digits[..self.digits.len() - trimmed];
        let fraction_digits = self.fraction_digits - trimmed as u32;
        let shift = u32::from(decimals).checked_sub(fraction_digits);
        let shift = shift.ok_or_else(|| AmountError::TooFine {
            amount: self.to_string(),
            unit: self.unit.clone().unwrap_or_default(),
            decimals,
        })?;
        let value = digits.parse::<u128>().ok();
        let scaled = value.and_then(|value| value.checked_mul(10u128.checked_pow(shift)?));
        scaled.ok_or_else(|| AmountError::TooLarge(self.to_string()))
    }
}

fn ether_decimals(name: &str) -> Option<u8> {
    let mut units = ETHER_UNITS.iter();
    let found = units.find(|(unit, _)| unit.eq_ignore_ascii_case(name));
    found.map(|(_, decimals)| *decimals)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::terminal::units::in_units;
    use proptest::prelude::*;

    fn parse(text: &str, decimals: u8) -> Result<u128, AmountError> {
        text.parse::<AmountText>()?.base_units(decimals)
    }

    #[test]
    fn amounts_are_exact() {
        // By hand.
        for (text, decimals, value) in [
            ("0", 18, 0),
            ("1500000", 18, 1_500_000),
            ("1.5eth", 18, 1_500_000_000_000_000_000),
            ("0.000000000000000001 ETH", 18, 1),
            ("2gwei", 9, 2_000_000_000),
            ("20.250USDX", 2, 2_025),
            ("7 X", 0, 7),
            (" 7gwei ", 9, 7_000_000_000),
            ("007eth", 0, 7),
            ("340282366920938463463374607431768211455", 18, u128::MAX),
        ] {
            assert_eq!(parse(text, decimals), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "", ".", ".5eth", "1.eth", "1..2eth", "1.2.3eth", "-", "-x", "+1", "1e18", "1e",
            "1e18!", "eth", "1,5eth", "1_000", "0x10!",
        ] {
            assert!(
                matches!(parse(text, 18), Err(AmountError::Syntax(_))),
                "{text}"
            );
        }
        assert!(matches!(parse("1.5", 18), Err(AmountError::NoUnit(_))));
        for text in ["-1", "-0.5eth", "-.5eth"] {
            assert!(
                matches!(parse(text, 18), Err(AmountError::Negative(_))),
                "{text}"
            );
        }
        for text in ["0x10", "0XfF", "0x"] {
            let refused = parse(text, 18);
            assert!(
                matches!(refused, Err(AmountError::Hexadecimal(_))),
                "{text}"
            );
        }
        assert!(matches!(
            parse("0.001X", 2),
            Err(AmountError::TooFine { .. })
        ));
        let too_large = "340282366920938463463374607431768211456";
        assert!(matches!(
            parse(too_large, 18),
            Err(AmountError::TooLarge(_))
        ));
        assert!(matches!(
            parse("340282366920938463464eth", 18),
            Err(AmountError::TooLarge(_))
        ));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(value: u128, decimals in 0u8..30) {
            let text = in_units(value, decimals, "TOK");
            prop_assert_eq!(parse(&text, decimals), Ok(value));
        }
    }
}
