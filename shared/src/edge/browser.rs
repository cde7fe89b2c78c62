//! The user's browser.

use std::process::Stdio;

use super::environment::Environment;
use crate::base::failure::Failure;

/// Why no browser shows a page.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// Nobody would see it.
    #[error("no browser was opened: there is no display here")]
    NoDisplay,
    /// There is no program that opens pages.
    #[error("no browser was opened: there is no program for it")]
    NoProgram,
}

impl Failure for BrowserError {
    fn hint(&self) -> Option<String> {
        Some("open the URL yourself".to_owned())
    }
}

/// Opens a URL in the user's browser, and does not wait for it.
///
/// # Errors
///
/// Fails if there is no display, or no program that opens URLs.
pub fn open(url: &str, environment: &Environment) -> Result<(), BrowserError> {
    let needs_display = cfg!(all(unix, not(target_os = "macos")));
    // WSLENV: the browser is that of the Windows around us.
    let has_display =
        ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSLENV"].iter().any(|it| environment.get(it).is_some());
    if needs_display && !has_display {
        return Err(BrowserError::NoDisplay);
    }
    for mut command in ::open::commands(url) {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        // Ctrl-C on our terminal is not for the browser.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        if command.spawn().is_ok() {
            return Ok(());
        }
    }
    Err(BrowserError::NoProgram)
}
