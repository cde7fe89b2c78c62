//! The user's browser.

use std::process::{Command, Stdio};

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

/// Returns the commands that `BROWSER` names: several with `:` between them, `%s` for the URL, else it stands last.
fn of_variable(url: &str, environment: &Environment) -> Vec<Command> {
    let names = environment.get("BROWSER").unwrap_or_default().split(':');
    let command = |name: &str| {
        let mut words = name.split_whitespace();
        let mut command = Command::new(words.next()?);
        command.args(words.map(|it| it.replace("%s", url)));
        if !name.contains("%s") {
            command.arg(url);
        }
        Some(command)
    };
    names.filter_map(command).collect()
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
    for mut command in of_variable(url, environment).into_iter().chain(::open::commands(url)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_names_commands() {
        for (text, expected) in [
            ("", &[][..]),
            ("firefox", &["firefox http://u"]),
            ("a --new %s:b -x", &["a --new http://u", "b -x http://u"]),
        ] {
            let environment = Environment::of_variables([("BROWSER".to_owned(), std::ffi::OsString::from(text))]);
            let shown = of_variable("http://u", &environment).into_iter().map(|it| {
                let words = std::iter::once(it.get_program()).chain(it.get_args());
                words.map(|it| it.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
            });
            assert_eq!(shown.collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
