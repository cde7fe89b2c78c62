//! Everything that is printed: results in every format, tables, errors, warnings, prompts and progress.

mod batch;
pub mod escape;
pub mod flags;
pub mod output;
mod patch;
pub mod progress;
pub mod report;
pub mod screen;
pub mod table;
pub mod template;
pub mod terminal;

pub use batch::Batch;
pub use output::{Format, Render};
pub use table::{Table, or_dash};
pub use terminal::{Teller, Terminal};
