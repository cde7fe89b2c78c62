//! Why a file did not come over HTTP.

use std::error::Error;
use std::time::Duration;

use reqwest::StatusCode;

use super::MOST_REDIRECTIONS;
use crate::base::failure::Failure;
use crate::pack::credentials::is_open_http;

/// What a lower layer said, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HttpCause(pub(super) String);

impl From<reqwest::Error> for HttpCause {
    fn from(error: reqwest::Error) -> Self {
        Self(innermost(&error.without_url()))
    }
}

/// Why a file did not come. URLs in it have no user info.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// TLS cannot be set up on this machine.
    #[error("HTTP cannot be set up")]
    Setup(#[source] HttpCause),
    /// `NAUTA_HTTP_TIMEOUT` is no number of seconds.
    #[error("NAUTA_HTTP_TIMEOUT is `{0}`, which is no number of seconds")]
    Timeout(String),
    /// It is no URL that we follow.
    #[error("`{url}` is no http or https URL")]
    BadUrl {
        /// What was to be followed.
        url: String,
    },
    /// The server says no.
    #[error("`{url}` answers {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// What the server said.
        status: StatusCode,
        /// For how long it does not want to be asked, if that is longer than we wait.
        wait: Option<Duration>,
    },
    /// No answer came, or it was cut off.
    #[error("cannot download `{url}`")]
    Broken {
        /// What was asked for.
        url: String,
        /// What stands in the way.
        #[source]
        source: HttpCause,
    },
    /// It took too long.
    #[error("`{url}` did not answer within {seconds} s")]
    Slow {
        /// What was asked for.
        url: String,
        /// How long we waited.
        seconds: u64,
    },
    /// It is larger than anything of its kind.
    #[error("`{url}` is too large: over {limit} MiB")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// It leads from one place to the next.
    #[error("`{url}` redirects more than {MOST_REDIRECTIONS} times")]
    Redirects {
        /// What was asked for.
        url: String,
    },
    /// It leads from an encrypted place to an open one.
    #[error("`{url}` redirects to `{to}`, which is not encrypted")]
    Downgrade {
        /// What was asked for.
        url: String,
        /// Where it leads.
        to: String,
    },
}

impl HttpError {
    /// Tells whether a server answered, though not with the file.
    pub fn is_answer(&self) -> bool {
        match self {
            Self::Status { .. } | Self::TooLarge { .. } | Self::Redirects { .. } | Self::Downgrade { .. } => true,
            Self::Setup(_) | Self::Timeout(_) | Self::BadUrl { .. } | Self::Broken { .. } | Self::Slow { .. } => false,
        }
    }

    /// Tells whether the server said that there is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Status { status, .. } if matches!(*status, StatusCode::NOT_FOUND | StatusCode::GONE))
    }
}

impl Failure for HttpError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Status { url, status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, .. } if is_open_http(url) => {
                "tokens and ~/.netrc are shown to https servers only: give the zoo's https address".to_owned()
            }
            Self::Status { status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, .. } => {
                "set NAUTA_ZOO_TOKEN_<ZOO>, or give the host a login in ~/.netrc".to_owned()
            }
            Self::Status { wait: Some(wait), .. } => format!("try again in {} s", wait.as_secs()),
            Self::Status { .. } | Self::Broken { .. } => "check the URL and the network, or try again later".to_owned(),
            Self::Slow { .. } => "try again later; NAUTA_HTTP_TIMEOUT sets how many seconds to wait".to_owned(),
            Self::Downgrade { .. } => "give the address that it leads to, if it can be trusted".to_owned(),
            Self::Timeout(_) => "write whole seconds, such as NAUTA_HTTP_TIMEOUT=60, or unset it for 30".to_owned(),
            Self::Setup(_) | Self::BadUrl { .. } | Self::TooLarge { .. } | Self::Redirects { .. } => return None,
        })
    }
}

/// Returns what the innermost layer says: the outer ones only say that something failed.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_login_over_http_is_told_why_there_is_none() {
        let hint = |url: &str| {
            let status = StatusCode::UNAUTHORIZED;
            HttpError::Status { url: url.to_owned(), status, wait: None }.hint().unwrap()
        };
        assert!(hint("http://zoo.example.com/index.json").contains("https servers only"));
        for url in ["https://zoo.example.com/index.json", "http://127.0.0.1:8000/index.json"] {
            assert!(hint(url).starts_with("set NAUTA_ZOO_TOKEN_<ZOO>"), "{url}");
        }
    }
}
