//! How a table of metrics is written down.

/// Names metrics once: a constant for each, by which it is recorded, and `ALL`. A line is
///
/// ```ignore
/// Counter PROOFS = "assay_proofs_total" ["result" in &["taken", "wrong"]], "Proofs, by result.";
/// ```
///
/// The label may be missing; the values of one that is there are told at 0 from the start.
#[macro_export]
macro_rules! table {
    ($($kind:ident $constant:ident = $name:literal $([$label:literal in $values:expr])?, $help:literal;)*) => {
        $(
            #[doc = $help]
            pub(crate) const $constant: $crate::kinds::$kind = $crate::kinds::$kind::new($crate::kinds::Description {
                name: $name,
                kind: $crate::kinds::Kind::$kind,
                label: $crate::table!(@label $($label, $values)?),
                help: $help,
            });
        )*

        /// All of them.
        pub const ALL: &[$crate::kinds::Description] = &[$($constant.description()),*];
    };
    (@label) => { None };
    (@label $label:literal, $values:expr) => {
        Some($crate::kinds::Label { name: $label, values: $values })
    };
}
