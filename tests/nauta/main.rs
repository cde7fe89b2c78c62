//! `helm nauta`, as a process: by itself, as a plugin of real Helms, and with a recording stand-in for Helm.
#![allow(clippy::disallowed_methods, reason = "tests do what the edge does")]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod bed;
mod help;
mod plugin;
mod words;
mod wrap;
