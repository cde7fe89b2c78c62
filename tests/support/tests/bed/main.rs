//! The test bed itself: what it plays, and that nothing of it stays.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests do what the edge does")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod ending;
mod playing;
mod reaching;
