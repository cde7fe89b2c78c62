//! Logins for git: each one that the user has is tried once, so that a refusal ends and does not go round for ever.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use git2::{Config, Cred, CredentialType, Error, ErrorClass, ErrorCode};

use super::git_error::{GitError, HostKey};
use crate::pack::credentials::Credentials;

/// The key files that are tried, best first.
const KEY_FILES: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// A login that was not tried yet.
enum Untried {
    Agent,
    KeyFile(PathBuf),
    Own,
    Helper,
}

/// The logins of one fetch.
pub(super) struct Logins<'a> {
    credentials: &'a Credentials,
    named: bool,
    ssh: Vec<Untried>,
    https: Vec<Untried>,
}

impl<'a> Logins<'a> {
    /// Returns all that there are.
    pub(super) fn new(credentials: &'a Credentials) -> Self {
        let home = etcetera::base_strategy::choose_native_strategy().map(|it| it.home_dir().join(".ssh"));
        let files = home.iter().flat_map(|folder| KEY_FILES.map(|it| folder.join(it))).filter(|it| it.is_file());
        let mut ssh: Vec<Untried> = [Untried::Agent].into_iter().chain(files.map(Untried::KeyFile)).collect();
        ssh.reverse();
        Self { credentials, named: false, ssh, https: vec![Untried::Helper, Untried::Own] }
    }

    /// Returns the next one that the other end allows.
    pub(super) fn next(&mut self, url: &str, user: Option<&str>, allowed: CredentialType) -> Result<Cred, Error> {
        if allowed.contains(CredentialType::USERNAME) {
            if std::mem::replace(&mut self.named, true) {
                return Err(none(ErrorClass::Ssh));
            }
            return Cred::username(user.unwrap_or("git"));
        }
        if allowed.contains(CredentialType::SSH_KEY) {
            return self.key(user.unwrap_or("git"));
        }
        if allowed.contains(CredentialType::USER_PASS_PLAINTEXT) && url.starts_with("http") {
            return self.password(url, user);
        }
        Err(none(if url.starts_with("http") { ErrorClass::Http } else { ErrorClass::Ssh }))
    }

    fn key(&mut self, user: &str) -> Result<Cred, Error> {
        while let Some(untried) = self.ssh.pop() {
            let made = match untried {
                Untried::KeyFile(path) => Cred::ssh_key(user, None, &path, None),
                _ => Cred::ssh_key_from_agent(user),
            };
            if made.is_ok() {
                return made;
            }
        }
        Err(none(ErrorClass::Ssh))
    }

    fn password(&mut self, url: &str, user: Option<&str>) -> Result<Cred, Error> {
        while let Some(untried) = self.https.pop() {
            let made = match untried {
                Untried::Helper => Config::open_default().and_then(|it| Cred::credential_helper(&it, url, user)).ok(),
                _ => self
                    .credentials
                    .git_login(url, user)
                    .and_then(|it| Cred::userpass_plaintext(&it.user, &it.password).ok()),
            };
            if let Some(made) = made {
                return Ok(made);
            }
        }
        Err(none(ErrorClass::Http))
    }
}

fn none(class: ErrorClass) -> Error {
    Error::new(ErrorCode::Auth, class, "none of the logins at hand was accepted")
}

/// Returns the host of a git URL, `git@host:path` included.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |it| it.1);
    let place = &rest[..rest.find('/').unwrap_or(rest.len())];
    let place = place.rsplit_once('@').map_or(place, |it| it.1);
    place.split(':').next().unwrap_or(place)
}

/// Returns the port of a git URL, if it has one.
fn port_of(url: &str) -> Option<&str> {
    let place = url.strip_prefix("ssh://").and_then(|it| it.split('/').next()).unwrap_or_default();
    place.rsplit_once(':').map(|it| it.1).filter(|it| it.parse::<u16>().is_ok())
}

/// Returns the error about a host whose key is not the known one, after a look into the user's list.
pub(super) fn unknown_host(url: &str, location: String) -> GitError {
    let home = etcetera::base_strategy::choose_native_strategy().map(|it| it.home_dir().join(".ssh/known_hosts"));
    let list = home.ok().and_then(|it| std::fs::read_to_string(it).ok()).unwrap_or_default();
    let host = host_of(url);
    let (host, entry) = match port_of(url) {
        Some("22") | None => (host.to_owned(), host.to_owned()),
        Some(port) => (format!("-p {port} {host}"), format!("[{host}]:{port}")),
    };
    let key = key_in(&list, &entry);
    GitError::UnknownHost { location, host, entry, key }
}

/// Returns what a list of known hosts tells of a host that does not have the key that it should have.
fn key_in(list: &str, entry: &str) -> HostKey {
    let mut key = HostKey::Unknown;
    for names in list.lines().filter_map(|it| it.split_whitespace().next()) {
        if names.split(',').any(|it| it.eq_ignore_ascii_case(entry)) {
            return HostKey::Changed;
        }
        if names.starts_with(['|', '@']) || names.contains(['*', '?']) {
            key = HostKey::Either;
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::credentials::Secrets;

    #[test]
    fn hosts_of_git_urls_are_found() {
        for url in ["ssh://git@host:22/a", "git@host:a/b", "https://host/a", "ssh://host"] {
            assert_eq!(host_of(url), "host", "{url}");
        }
        let told = |url: &str| match unknown_host(url, String::new()) {
            GitError::UnknownHost { host, entry, .. } => (host, entry),
            other => panic!("{other:?}"),
        };
        assert_eq!(told("ssh://git@host:2222/a"), ("-p 2222 host".to_owned(), "[host]:2222".to_owned()));
        for url in ["git@host:22/a", "ssh://host/a", "ssh://host:22/a"] {
            assert_eq!(told(url), ("host".to_owned(), "host".to_owned()), "{url}");
        }
    }

    #[test]
    fn a_list_of_known_hosts_tells_new_hosts_from_new_keys() {
        for (list, expected) in [
            ("", HostKey::Unknown),
            ("# host\nother ssh-ed25519 A\n[host]:2222 ssh-ed25519 A\n", HostKey::Unknown),
            ("other,host ssh-ed25519 A\n", HostKey::Changed),
            ("|1|a=|b= ssh-ed25519 A\n", HostKey::Either),
            ("*.example.org ssh-ed25519 A\n", HostKey::Either),
            ("|1|a=|b= ssh-ed25519 A\nHost ssh-rsa A", HostKey::Changed),
        ] {
            assert_eq!(key_in(list, "host"), expected, "{list}");
        }
    }

    #[test]
    fn every_login_is_tried_once_and_then_there_is_none() {
        let chosen = Secrets::new([("NAUTA_ZOO_TOKEN", "t")], "").choose(Some("a"), "https://host/zoo", 1);
        let mut logins = Logins::new(&chosen.credentials);
        logins.https.retain(|it| !matches!(it, Untried::Helper));
        logins.ssh.retain(|it| !matches!(it, Untried::KeyFile(_)));
        let plain = CredentialType::USER_PASS_PLAINTEXT;
        let ssh = CredentialType::SSH_KEY;
        assert!(logins.next("https://host/zoo", None, plain).is_ok());
        assert!(logins.next("ssh://host/zoo", None, CredentialType::USERNAME).is_ok());
        assert!(logins.next("ssh://host/zoo", Some("git"), ssh).is_ok());
        for (url, kind) in
            [("https://host/zoo", plain), ("ssh://host/zoo", CredentialType::USERNAME), ("ssh://host/zoo", ssh)]
        {
            let error = logins.next(url, None, kind).err().expect("another login");
            assert_eq!(error.code(), ErrorCode::Auth, "{url}");
        }
        let mut logins = Logins::new(&chosen.credentials);
        logins.https.retain(|it| !matches!(it, Untried::Helper));
        assert!(logins.next("https://other/zoo", None, plain).is_err(), "the token is for another host");
    }
}
