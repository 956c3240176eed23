//! What is kept on the user's disk.

pub(crate) mod address_book;
pub(crate) mod data_dir;
pub(crate) mod directories;
pub(crate) mod node_data;
pub(crate) mod password;
pub(crate) mod wallet_key;
