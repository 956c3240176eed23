//! assay-prover
