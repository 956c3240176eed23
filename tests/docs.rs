//! The documentation as its readers use it: every page is in the book, every link leads somewhere, every
//! command can be typed as it stands, and what is counted is as it was counted. `tests/end_to_end/start.rs` runs those of the first page.
#![allow(clippy::unwrap_used)]

#[path = "docs/book.rs"]
mod book;
#[path = "docs/commands.rs"]
mod commands;
#[path = "docs/figures.rs"]
mod figures;
#[path = "docs/files.rs"]
mod files;
#[path = "docs/links.rs"]
mod links;
#[path = "docs/markdown.rs"]
mod markdown;
#[path = "docs/messages.rs"]
mod messages;
#[path = "docs/pages.rs"]
mod pages;
#[path = "docs/words.rs"]
mod words;
