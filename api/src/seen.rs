//! Text that comes from others and is shown to people: nothing of it may move a cursor, turn text around
//! or hide.

use std::ops::RangeInclusive;

use serde::{Deserialize as _, Deserializer};

/// Signs that end a line, turn text around, or are not seen (categories Cf, Zl and Zp of Unicode), by which
/// a text could show as another. Those of category Cc are none either.
const UNSEEN: [RangeInclusive<char>; 19] = [
    '\u{ad}'..='\u{ad}',
    '\u{600}'..='\u{605}',
    '\u{61c}'..='\u{61c}',
    '\u{6dd}'..='\u{6dd}',
    '\u{70f}'..='\u{70f}',
    '\u{890}'..='\u{891}',
    '\u{8e2}'..='\u{8e2}',
    '\u{180e}'..='\u{180e}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
    '\u{fff9}'..='\u{fffb}',
    '\u{110bd}'..='\u{110bd}',
    '\u{110cd}'..='\u{110cd}',
    '\u{13430}'..='\u{1343f}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0001}'..='\u{e007f}',
];

/// Whether a sign is seen as what it is.
#[must_use]
pub fn is_seen(sign: char) -> bool {
    !sign.is_control() && !UNSEEN.iter().any(|range| range.contains(&sign))
}

/// A text of others with `\u{fffd}` in the place of what is not seen, ends of lines included.
#[must_use]
pub fn seen(text: &str) -> String {
    let sign = |sign| if is_seen(sign) { sign } else { '\u{fffd}' };
    text.chars().map(sign).collect()
}

/// Reads a text as [`seen`] shows it.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(seen(&String::deserialize(deserializer)?))
}

/// Reads texts as [`seen`] shows them.
pub(crate) fn deserialize_all<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    Ok(texts.iter().map(|text| seen(text)).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::{ErrorDetail, FaultView};

    #[test]
    fn what_a_node_says_moves_no_cursor_and_turns_no_text_around() {
        let hostile = "\u{1b}]0;title\u{7}\u{1b}[2Jpaid\r\n\u{202e}1\u{200b}";
        let shown = "\u{fffd}]0;title\u{fffd}\u{fffd}[2Jpaid\u{fffd}\u{fffd}\u{fffd}1\u{fffd}";
        assert_eq!(seen(hostile), shown);
        let json = json!({"code": hostile, "message": hostile});
        let error: ErrorDetail = serde_json::from_value(json.clone()).unwrap();
        assert_eq!((&*error.code, &*error.message), (shown, shown));
        let fault: FaultView = serde_json::from_value(json).unwrap();
        assert_eq!((&*fault.code, &*fault.message), (shown, shown));
        assert_eq!(
            seen("grün 0x12, 5 ETH (a_code)"),
            "grün 0x12, 5 ETH (a_code)"
        );
    }
}
