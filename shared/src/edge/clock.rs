//! The time.

use jiff::{Timestamp, Unit};

/// Returns the present time in whole seconds.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Second).unwrap_or(now)
}

/// Returns the present time as exactly as the system tells it.
pub fn now_exactly() -> Timestamp {
    Timestamp::now()
}
