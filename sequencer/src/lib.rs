//! assay-sequencer
