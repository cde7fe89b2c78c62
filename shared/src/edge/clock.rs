//! The time.

use jiff::{Timestamp, Unit};

/// Returns the present time in whole seconds.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Second).unwrap_or(now)
}
