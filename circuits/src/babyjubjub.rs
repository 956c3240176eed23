//! babyjubjub
