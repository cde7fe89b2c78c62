//! `helm nauta`, as a process: by itself, as a plugin of real Helms, and with a recording stand-in for Helm.
#![allow(clippy::disallowed_methods, reason = "tests do what the edge does")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod bed;
mod cluster;
mod exact;
mod help;
mod packs;
mod plugin;
mod render;
mod sweep;
mod words;
mod wrap;

/// The binary under test.
const BIN: &str = env!("CARGO_BIN_EXE_helm-nauta");
