//! What Helm does to the words and the environment of a plugin, and the flags it knows.

pub mod call;
pub mod environment;
pub mod flags;
pub mod global;
pub mod namespace;
pub mod words;
