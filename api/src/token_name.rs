//! What a token may be called: a name that cannot be taken for an amount, for ether, or for a token
//! without a name. The node's operator gives such names, and a wallet takes no others.

/// A longer name is not one.
const BYTES_MAX: usize = 16;
/// What wallets call ether and its parts.
const OF_ETHER: [&str; 3] = ["ETH", "GWEI", "WEI"];
/// What wallets call a token without a name, before its number.
const UNNAMED: &str = "TOKEN";

/// Whether a token may be called so: up to 16 ASCII letters and digits, the first a letter.
#[must_use]
pub fn is_token_name(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let number = upper.strip_prefix(UNNAMED).or(upper.strip_prefix('E'));
    let is_number = number.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.len() <= BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !OF_ETHER.contains(&upper.as_str())
        && !is_number
}
