//! `helm nauta`, as a process.
