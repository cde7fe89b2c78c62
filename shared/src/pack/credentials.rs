//! What a private zoo is shown: tokens and logins, and where they may be sent.

use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::fmt;

use data_encoding::BASE64;

/// The variable that holds the token of the only remote zoo.
pub const TOKEN_VARIABLE: &str = "NAUTA_ZOO_TOKEN";

/// Scheme, host and port of a URL: what two addresses must share to be one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// Returns where `url` leads; `None` if it is no URL with a host.
    ///
    /// ```
    /// # use shared::pack::credentials::Origin;
    /// assert_eq!(Origin::of("https://me@Host/a"), Origin::of("https://host:443/b"));
    /// assert_ne!(Origin::of("https://host/a"), Origin::of("https://host:8443/a"));
    /// assert_eq!(Origin::of("git@host:a"), None);
    /// ```
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let place = &rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())];
        let place = place.rsplit_once('@').map_or(place, |(_, it)| it);
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (place, None),
        };
        let scheme = scheme.to_ascii_lowercase();
        let port = match port.filter(|it| !it.is_empty()) {
            Some(port) => Some(port.parse().ok()?),
            None => [("https", 443), ("http", 80)].iter().find(|it| it.0 == scheme).map(|it| it.1),
        };
        (!host.is_empty()).then(|| Self { host: host.to_ascii_lowercase(), scheme, port })
    }

    /// Tells whether a secret may travel there: encrypted, or not beyond this machine.
    pub fn keeps_secrets(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let address = host.parse::<std::net::IpAddr>();
        let is_loopback = host == "localhost" || address.is_ok_and(|it| it.is_loopback());
        self.scheme == "https" || (self.scheme == "http" && is_loopback)
    }
}

/// Tells whether a URL is an `http` one that no secret may be sent to.
pub fn is_open_http(url: &str) -> bool {
    Origin::of(url).is_some_and(|it| it.scheme == "http" && !it.keeps_secrets())
}

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Login({}, <redacted>)", self.user)
    }
}

/// The logins of a `.netrc` file by their host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Netrc {
    machines: Vec<(Option<String>, Login)>,
}

impl Netrc {
    /// Reads a `.netrc` file; what it does not know is passed over.
    pub fn read(text: &str) -> Self {
        let mut machines: Vec<(Option<String>, Login)> = Vec::new();
        let none = || Login { user: String::new(), password: String::new() };
        let mut in_macro = false;
        for line in text.lines() {
            in_macro &= !line.trim().is_empty();
            let mut words = netrc_words(line).into_iter();
            while let Some(word) = words.next().filter(|it| !in_macro && !it.starts_with('#')) {
                match (word.as_str(), machines.last_mut()) {
                    ("machine", _) => machines.push((words.next().map(|it| it.to_ascii_lowercase()), none())),
                    ("default", _) => machines.push((None, none())),
                    ("login", Some((_, it))) => it.user = words.next().unwrap_or_default(),
                    ("password", Some((_, it))) => it.password = words.next().unwrap_or_default(),
                    ("macdef", _) => in_macro = true,
                    ("account", _) => drop(words.next()),
                    _ => {}
                }
            }
        }
        Self { machines }
    }

    /// Returns the login for a host.
    fn login(&self, host: &str) -> Option<&Login> {
        self.machines.iter().find(|(name, _)| name.as_deref().is_none_or(|it| it == host)).map(|(_, login)| login)
    }
}

/// Returns the words of a line. One in double quotes may hold blanks, as curl reads it; a backslash in it stands before a
/// quote, a backslash, or the letter of a line end or TAB.
fn netrc_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
            continue;
        };
        let mut word = String::new();
        let mut chars = quoted.char_indices();
        let mut end = quoted.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    end = at + 1;
                    break;
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => word.push('\n'),
                    Some((_, 'r')) => word.push('\r'),
                    Some((_, 't')) => word.push('\t'),
                    other => word.extend(other.map(|it| it.1)),
                },
                c => word.push(c),
            }
        }
        words.push(word);
        rest = quoted[end..].trim_start();
    }
    words
}

/// Everything secret that the user's environment holds for zoos.
#[derive(Clone, Default)]
pub struct Secrets {
    tokens: BTreeMap<String, String>,
    netrc: Netrc,
}

/// What becomes of the tokens for one zoo.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// What may be shown to the zoo.
    pub credentials: Credentials,
    /// Whether there is a token that was not chosen, since it might be another zoo's.
    pub is_withheld: bool,
}

impl Secrets {
    /// Takes the variables that hold tokens, and the text of the `.netrc` file.
    pub fn new<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>, netrc: &str) -> Self {
        let tokens =
            variables.into_iter().filter(|(name, value)| name.starts_with(TOKEN_VARIABLE) && !value.is_empty());
        Self {
            tokens: tokens.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(),
            netrc: Netrc::read(netrc),
        }
    }

    /// Returns what may be shown to the zoo called `zoo` at `url`, one of `remotes` remote zoos.
    ///
    /// A URL that is no zoo of the configuration has no name: it is shown no token.
    pub fn choose(&self, zoo: Option<&str>, url: &str, remotes: usize) -> Chosen {
        let own = zoo.and_then(|it| self.tokens.get(&token_variable(it)));
        let plain = self.tokens.get(TOKEN_VARIABLE);
        let token = own.or(plain.filter(|_| zoo.is_some() && remotes == 1)).cloned();
        let is_withheld = token.is_none() && plain.is_some();
        let home = Origin::of(url);
        Chosen {
            credentials: Credentials { token, home, login: login_of(url), netrc: self.netrc.clone() },
            is_withheld,
        }
    }
}

/// Returns the variable that holds the token of one zoo.
///
/// ```
/// # use shared::pack::credentials::token_variable;
/// assert_eq!(token_variable("team-a"), "NAUTA_ZOO_TOKEN_TEAM_A");
/// ```
pub fn token_variable(zoo: &str) -> String {
    format!("{TOKEN_VARIABLE}_{}", zoo.to_ascii_uppercase().replace('-', "_"))
}

/// Returns the user and password inside a URL, as they are written there.
fn login_of(url: &str) -> Option<Login> {
    let (_, rest) = url.split_once("://")?;
    let place = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let (user, password) = place.rsplit_once('@')?.0.split_once(':')?;
    let plain = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some(Login { user: plain(user), password: plain(password) })
}

/// What may be shown to one zoo.
#[derive(Clone, Default)]
pub struct Credentials {
    token: Option<String>,
    login: Option<Login>,
    home: Option<Origin>,
    netrc: Netrc,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Credentials({:?}, <redacted>)", self.home)
    }
}

impl Credentials {
    /// Returns the `Authorization` header of a request to `url`: the zoo's token at the zoo's own place, else the
    /// login that the URL or the user's `.netrc` has for it. Nothing is sent where others could read it.
    pub fn authorization(&self, url: &str) -> Option<String> {
        let place = Origin::of(url).filter(Origin::keeps_secrets)?;
        if let Some(token) = self.token.as_ref().filter(|_| Some(&place) == self.home.as_ref()) {
            return Some(format!("Bearer {token}"));
        }
        let login = self.login(&place)?;
        Some(format!("Basic {}", BASE64.encode(format!("{}:{}", login.user, login.password).as_bytes())))
    }

    /// Returns the login for git at `url`: the zoo's token is the password.
    pub fn git_login(&self, url: &str, user: Option<&str>) -> Option<Login> {
        let place = Origin::of(url).filter(Origin::keeps_secrets)?;
        if let Some(token) = self.token.as_ref().filter(|_| Some(&place) == self.home.as_ref()) {
            // Servers that take a token as the password do not look at the user.
            return Some(Login { user: user.unwrap_or("oauth2").to_owned(), password: token.clone() });
        }
        self.login(&place).cloned()
    }

    fn login(&self, place: &Origin) -> Option<&Login> {
        let own = self.login.as_ref().filter(|_| Some(place) == self.home.as_ref());
        own.or_else(|| self.netrc.login(&place.host))
    }
}

#[cfg(test)]
mod tests;
