//! eddsa
