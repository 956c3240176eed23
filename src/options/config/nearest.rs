//! What somebody may have meant.

/// Names that are less alike are not offered; 1 is the same.
const ALIKE: f64 = 0.75;

/// `; did you mean NAME?` with the name that is most alike, or nothing where none is.
pub(super) fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> String {
    let alike = |name: &'a str| (strsim::jaro_winkler(given, name), name);
    let best = names.map(alike).max_by(|(a, _), (b, _)| a.total_cmp(b));
    match best {
        Some((alike, name)) if alike >= ALIKE => format!("; did you mean {name}?"),
        _ => String::new(),
    }
}
