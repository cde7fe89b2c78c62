//! TFJobs of every API version: one model over nine shapes.
//!
//! Everything here is a pure function over objects as the API serves them ([`serde_json::Value`]) and the time as it is
//! handed in. Whatever an object holds, reading it never panics: what cannot be understood counts as absent, and where
//! users should know, a [note](notes) says so.
//!
//! | module | what it answers |
//! |---|---|
//! | [`api`], [`name`] | which objects are TFJobs, and how a user names one |
//! | [`job`], [`status`], [`policy`], [`replica`] | what one object says: both forms of replicas, both forms of status |
//! | [`pod`], [`container`] | what a pod of any operator says |
//! | [`select`] | which pods belong to a job |
//! | [`state`], [`chief`], [`counts`] | the one normal form of the state, the chief, pods counted by type |
//! | [`notes`], [`summary`] | what users read, and the JSON that scripts read |
//! | [`documents`] | TFJobs in a file |
//! | [`service`], [`endpoints`], [`board`] | TensorBoard's Service and URL, who is behind it, one of our own making |
//! | [`events`], [`age`] | events, ages as kubectl prints them |

pub mod age;
pub mod api;
pub mod board;
pub mod chief;
pub mod container;
pub mod counts;
pub mod documents;
pub mod endpoints;
pub mod events;
pub mod job;
mod json;
pub mod name;
pub mod notes;
pub mod pod;
mod pod_row;
pub mod policy;
pub mod replica;
pub mod select;
pub mod service;
pub mod state;
pub mod status;
pub mod summary;

#[cfg(test)]
mod tests;
