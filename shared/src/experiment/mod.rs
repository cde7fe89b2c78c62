//! The names of experiments and runs, and the runs of a sweep.

mod decimal;
pub mod name;
mod range;
pub mod selection;
pub mod sweep;
