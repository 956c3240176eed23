//! assay-l1
