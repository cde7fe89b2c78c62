//! Signals that were ignored when the tests began, as in a script's background.

use std::sync::Arc;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// Lets programs that are started from now on get signals in the default manner, also those that this process was
/// started to ignore: what is handled becomes the default in a child, what is ignored stays ignored.
pub fn handle_ignored() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|it| it.strip_prefix("SigIgn:")).map_or("0", str::trim);
    let mask = u64::from_str_radix(mask, 16).unwrap();
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|it| mask & (1 << (it - 1)) != 0) {
        signal_hook::flag::register(signal, Arc::default()).unwrap();
    }
}
