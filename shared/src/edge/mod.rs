//! Everything outside this program: environment, streams, disk, zoos, processes. The only place that touches them.
#![expect(clippy::disallowed_methods, reason = "this is the edge: the one place where I/O happens")]

pub mod archive;
#[cfg(feature = "http")]
pub mod archive_file;
#[cfg(all(feature = "git", feature = "http"))]
pub mod asking;
pub mod base;
pub mod batch;
#[cfg(feature = "cluster")]
pub mod board;
#[cfg(feature = "cluster")]
pub mod browser;
pub mod builtin;
pub mod chart_source;
pub mod clock;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod command_line;
pub mod config;
pub mod environment;
pub mod files;
pub mod folder;
#[cfg(feature = "cluster")]
pub mod forward;
#[cfg(feature = "git")]
pub mod git;
#[cfg(all(feature = "git", feature = "http"))]
mod git_access;
#[cfg(feature = "git")]
mod git_error;
#[cfg(feature = "git")]
mod git_login;
pub mod helm;
#[cfg(feature = "http")]
pub mod http;
#[cfg(all(feature = "git", feature = "http"))]
pub mod http_zoo;
pub mod installed;
#[cfg(feature = "cluster")]
pub mod jobs;
pub mod kubeconfig;
pub mod locate;
pub mod lock;
#[cfg(feature = "cluster")]
pub mod logs;
#[cfg(feature = "git")]
pub mod mirror;
pub mod nctl;
pub mod parent;
pub mod paths;
pub mod random;
#[cfg(all(feature = "git", feature = "http"))]
mod remote;
pub mod sandbox;
pub mod secrets;
pub mod settings;
pub mod signals;
pub mod site;
pub mod staging;
pub mod store;
pub mod streams;
mod swap;
#[cfg(all(feature = "git", feature = "http"))]
pub mod zoo;
#[cfg(all(feature = "git", feature = "http"))]
mod zoo_error;
