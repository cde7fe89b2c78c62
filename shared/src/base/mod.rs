//! Words that every subject uses.

pub mod digest;
pub mod failure;
pub mod progress;
pub mod suggest;
pub mod version;
