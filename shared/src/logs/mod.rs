//! Container logs as bytes: lines, their timestamps, and one stream made of many.
//!
//! The API server is always asked for timestamps: they tell where to read on after a cut. A [`lane::Lane`] takes the
//! bytes of one container as they arrive, cuts or all, and gives the lines as they are to be shown; [`merge`] orders
//! the lines of many lanes by time. Nothing here knows of connections.
//!
//! ```text
//! bytes ─► lines ─► stamp::StampReader ─► resume::Resume (seen before?) ─► filter ─► lane's form ─► bytes out
//! ```
//!
//! The way of a line is a copy of its bytes: nothing is allocated or formatted for it.

pub mod escape;
pub mod filter;
pub mod form;
pub mod json;
pub mod lane;
pub mod merge;
pub mod prefix;
pub mod resume;
pub mod stamp;
pub mod window;
