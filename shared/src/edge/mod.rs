//! Everything outside this program: environment, streams, disk, zoos, processes. The only place that touches them.
#![expect(clippy::disallowed_methods, reason = "this is the edge: the one place where I/O happens")]

pub mod builtin;
pub mod environment;
pub mod files;
pub mod folder;
pub mod helm;
pub mod kubeconfig;
pub mod locate;
pub mod parent;
pub mod paths;
pub mod random;
pub mod sandbox;
pub mod settings;
pub mod signals;
pub mod staging;
pub mod streams;
