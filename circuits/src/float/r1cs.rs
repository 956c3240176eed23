//! The same as constraints.
