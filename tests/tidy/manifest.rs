//! Just enough of `Cargo.toml` to see who depends on whom.

use std::path::Path;

use crate::source;

/// Names in a manifest's dependency sections, `[workspace.dependencies]` aside.
pub(crate) fn dependencies(path: &Path) -> Vec<String> {
    let text = source::read(path);
    let mut found = Vec::new();
    let mut section = "";
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('[') {
            section = title.trim_end_matches(']');
            let table = section.rsplit_once("dependencies.").map(|(_, name)| name);
            found.extend(table.map(str::to_owned));
            continue;
        }
        let of_dependencies =
            section.ends_with("dependencies") && section != "workspace.dependencies";
        if let Some((name, _)) = line.split_once(['=', '.']).filter(|_| of_dependencies) {
            found.push(name.trim().to_owned());
        }
    }
    found
}
