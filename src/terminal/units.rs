//! Sums as people write them.

/// Base units written in units of a token, without trailing zeros: `1.5 ETH`.
#[must_use]
pub(crate) fn in_units(base_units: u128, decimals: u8, symbol: &str) -> String {
    let digits = format!("{base_units:0>width$}", width = usize::from(decimals) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    match fraction.trim_end_matches('0') {
        "" => format!("{whole} {symbol}"),
        fraction => format!("{whole}.{fraction} {symbol}"),
    }
}
