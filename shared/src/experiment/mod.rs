//! The names of experiments and runs.

pub mod name;
