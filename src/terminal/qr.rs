//! QR codes of addresses in block characters, for a terminal with light letters on dark ground.

use anyhow::{Context as _, Result};
use console::Term;
use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};

/// The code of an address, or why it is not shown: on a terminal that is too narrow its lines would break,
/// and nobody could read it.
///
/// # Errors
/// As [`code`].
pub(crate) fn shown(address: &str) -> Result<String> {
    let code = code(address)?;
    let needed = code.lines().next().map_or(0, |line| line.chars().count());
    Ok(match Term::stdout().size_checked() {
        Some((_, columns)) if usize::from(columns) < needed => format!(
            "The QR code takes {needed} columns, and this terminal has {columns}: make it wider, and ask again."
        ),
        _ => code,
    })
}

/// The code of an address. In upper case, which addresses may be in, it needs fewer squares.
///
/// # Errors
/// A text that is too long for a code; no address is.
fn code(address: &str) -> Result<String> {
    let text = address.to_ascii_uppercase();
    let code = QrCode::with_error_correction_level(text, EcLevel::M).context("the QR code")?;
    // What is drawn is light on a dark terminal, and so the light squares are drawn.
    let mut drawn = code.render::<Dense1x2>();
    Ok(drawn
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_code_fits_a_terminal_and_has_a_light_border() {
        // That of the first key in `docs/spec/vectors.json`.
        let address = "assaydev1j8csjkkqrx6svy94edtwtkec3ythlm5tvs30eg76cp8wryeyxx5s6aee76";
        let drawn = code(address).unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        // Version 4 of ISO 18004 has 33 squares a side; it holds 90 letters at level M. Four squares of
        // border on each side, and two rows of squares in one of letters.
        assert_eq!(lines.len(), (33 + 8usize).div_ceil(2));
        assert!(lines.iter().all(|line| line.chars().count() == 33 + 8));
        let border: String = std::iter::repeat_n('\u{2588}', 33 + 8).collect();
        assert_eq!(lines[..2], [&border, &border]);
        // The corner of a finder pattern: seven dark squares, light around them.
        let corner: String = lines[2].chars().take(12).collect();
        assert_eq!(corner, "████ ▄▄▄▄▄ █");
    }
}
