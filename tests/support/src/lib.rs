#![allow(clippy::disallowed_methods, reason = "tests set up files and start programs")]
#![allow(clippy::return_self_not_must_use, reason = "a checked output may be dropped")]
#![allow(clippy::missing_panics_doc, clippy::unwrap_used, reason = "a test that cannot be set up fails")]
//! What the tests have in common: clean environments, terminals and git repositories.
//!
//! ```
//! let sandbox = support::Sandbox::new();
//! sandbox.write("hello", "world");
//! let output = sandbox.run("cat", ["hello"]);
//! assert_eq!((output.stdout.as_str(), output.code), ("world", 0));
//! ```

pub mod pack;
pub mod repository;
mod sandbox;
#[cfg(unix)]
mod terminal;

pub use repository::GitRepository;
pub use sandbox::{Output, Sandbox};
