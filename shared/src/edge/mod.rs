//! Everything outside this program: environment, streams, disk, zoos, processes. The only place that touches them.
#![expect(clippy::disallowed_methods, reason = "this is the edge: the one place where I/O happens")]

pub mod archive;
pub mod batch;
pub mod builtin;
pub mod chart_source;
pub mod clock;
pub mod config;
pub mod environment;
pub mod files;
pub mod folder;
#[cfg(feature = "git")]
pub mod git;
pub mod helm;
pub mod installed;
pub mod kubeconfig;
pub mod locate;
pub mod lock;
#[cfg(feature = "git")]
pub mod mirror;
pub mod parent;
pub mod paths;
pub mod random;
pub mod sandbox;
pub mod settings;
pub mod signals;
pub mod staging;
pub mod store;
pub mod streams;
mod swap;
#[cfg(feature = "git")]
pub mod zoo;
