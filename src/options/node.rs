//! Reaching a node.

/// Where `assay node` listens by default.
pub(crate) const DEFAULT_NODE_URL: &str = "http://127.0.0.1:8645";
