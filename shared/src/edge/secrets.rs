//! The user's tokens and logins, read once.

use etcetera::BaseStrategy as _;

use super::environment::Environment;
use super::files::read_text_if_any;
use crate::pack::credentials::Secrets;

/// Reads the variables `NAUTA_ZOO_TOKEN…`, and `$NETRC` or `~/.netrc` if it is there and can be read.
pub fn of(environment: &Environment) -> Secrets {
    let home = || etcetera::base_strategy::choose_native_strategy().ok().map(|it| it.home_dir().to_owned());
    let file = environment.path("NETRC").or_else(|| {
        let name = if cfg!(windows) { "_netrc" } else { ".netrc" };
        environment.path("HOME").or_else(home).map(|it| it.join(name))
    });
    let netrc = file.and_then(|it| read_text_if_any(&it).ok().flatten()).unwrap_or_default();
    let variables = environment.variables().iter();
    Secrets::new(variables.filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?))), &netrc)
}
