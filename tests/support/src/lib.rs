//! What the tests have in common: clean places to run a program in, terminals, real Helms, a real
//! Kubernetes, and git repositories.
#![allow(clippy::disallowed_methods, reason = "tests do what the edge does")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    reason = "a test that cannot be set up fails, and says what it skips"
)]

pub mod archive;
pub mod bare;
#[cfg(unix)]
pub mod bed;
pub mod git;
pub mod helm;
pub mod http;
pub mod sandbox;
#[cfg(unix)]
pub mod signals;
#[cfg(unix)]
pub mod terminal;
pub mod tools;

pub use sandbox::{Output, Sandbox};
