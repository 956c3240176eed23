//! poseidon
