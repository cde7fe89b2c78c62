//! What the three Nauta plugins have in common.
//!
//! Data flows one way: a plugin asks [`edge`] (all input and output) for bytes, hands them to the pure subjects
//! ([`pack`], [`experiment`], [`helm`], [`tfjob`], [`logs`]), and shows the result with [`term`].
//!
//! | module | what it holds |
//! |---|---|
//! | [`base`] | words that every subject uses: failures, versions, suggestions, progress |
//! | [`yaml`] | reading YAML as Helm does, writing it so that Helm cannot misread it, editing it in place |
//! | [`jinja`] | rendering a template whose values stay data |
//! | [`pack`] | template packs: files, charts, versions, values, placeholders |
//! | [`experiment`] | the names of experiments and runs, sweeps |
//! | [`helm`] | what Helm does to a plugin's words, and the flags it knows |
//! | [`tfjob`] | what `TFJobs` of every API version say of themselves |
//! | [`logs`] | container logs as bytes: lines, resuming, merging |
//! | [`edge`] | everything outside: environment, disk, git, HTTP, clusters, processes |
//! | [`term`] | everything that is printed: formats, tables, errors, prompts, progress |
//!
//! The subjects never print, exit, or read the environment, the disk, the network or the clock, and none of them
//! imports another.

pub mod base;
pub mod edge;
pub mod experiment;
pub mod helm;
pub mod jinja;
pub mod logs;
pub mod pack;
pub mod term;
pub mod tfjob;
pub mod yaml;
