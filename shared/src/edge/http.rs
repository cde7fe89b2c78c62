//! Files over HTTP: one GET at a time, with limits of time and size, tried again where that can help.

use std::error::Error;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use flate2::read::MultiGzDecoder;
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use reqwest::redirect::Policy;
use url::Url;

use super::environment::Environment;
use super::{clock, random};
use crate::base::failure::Failure;
use crate::base::progress::Progress;
use crate::pack::credentials::{Credentials, Origin};
use crate::pack::source::without_user_info;

/// How long nothing may come, unless `NAUTA_HTTP_TIMEOUT` says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many times longer than that one file may take.
const WHOLE: u32 = 10;
/// How often a request that failed in passing is made again.
const RETRIES: u32 = 3;
/// How long we wait before that at first; each wait is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(400);
/// The longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The most redirections of one request.
const MOST_REDIRECTIONS: usize = 5;

/// What a lower layer said, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HttpCause(String);

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
            Self::Setup(_) | Self::BadUrl { .. } | Self::Broken { .. } | Self::Slow { .. } => false,
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
            Self::Status { status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, .. } => {
                "set NAUTA_ZOO_TOKEN_<ZOO>, or give the host a login in ~/.netrc".to_owned()
            }
            Self::Status { wait: Some(wait), .. } => format!("try again in {} s", wait.as_secs()),
            Self::Status { .. } | Self::Broken { .. } => "check the URL and the network, or try again later".to_owned(),
            Self::Slow { .. } => "try again later; NAUTA_HTTP_TIMEOUT sets how many seconds to wait".to_owned(),
            Self::Downgrade { .. } => "give the address that it leads to, if it can be trusted".to_owned(),
            Self::Setup(_) | Self::BadUrl { .. } | Self::TooLarge { .. } | Self::Redirects { .. } => return None,
        })
    }
}

/// One file that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Get<'a> {
    /// Where it is.
    pub url: &'a Url,
    /// What the server may be shown.
    pub credentials: &'a Credentials,
    /// The most bytes that it may have.
    pub limit: u64,
    /// Whether it may come compressed by the way, which an archive must not: its digest is that of the file.
    pub may_be_encoded: bool,
    /// What the copy that we have was called when it came.
    pub copy: Option<&'a Validators>,
}

/// What a server calls the state of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Validators {
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub modified: Option<String>,
}

/// What a server answered.
#[derive(Debug)]
pub enum Answer {
    /// The copy that we have is what it has.
    Unchanged,
    /// The file.
    File {
        /// Its bytes.
        bytes: Vec<u8>,
        /// What the server calls this state of it.
        validators: Validators,
    },
}

/// A failed attempt.
struct Attempt {
    error: HttpError,
    again: Again,
}

/// Whether an attempt that failed may go well next time.
#[derive(Clone, Copy)]
enum Again {
    Never,
    Soon,
    /// The server says when.
    After(Duration),
}

impl From<HttpError> for Attempt {
    fn from(error: HttpError) -> Self {
        Self { error, again: Again::Never }
    }
}

/// Makes requests; the connection is set up by the first one.
#[derive(Debug)]
pub struct Http {
    patience: Duration,
    client: std::sync::OnceLock<Client>,
}

impl Http {
    /// Returns a client that waits as long as the environment says.
    pub fn of(environment: &Environment) -> Self {
        let seconds = environment.get("NAUTA_HTTP_TIMEOUT").and_then(|it| it.parse().ok()).filter(|it| *it > 0);
        Self { patience: seconds.map_or(PATIENCE, Duration::from_secs), client: std::sync::OnceLock::new() }
    }

    fn client(&self) -> Result<&Client, HttpError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // Somebody else in this process may have installed one before us, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("nauta/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.patience.min(Duration::from_secs(10)))
            .timeout(self.patience)
            // Redirections are followed here, where it is known what may be shown to whom.
            .redirect(Policy::none())
            .build()
            .map_err(|it| HttpError::Setup(it.into()))?;
        Ok(self.client.get_or_init(|| client))
    }

    /// Gets a file.
    ///
    /// # Errors
    ///
    /// Fails if the server does not give it. What may pass (429, 5xx, a connection that breaks) is tried again, with
    /// growing waits.
    pub fn get(&self, get: &Get<'_>, progress: &dyn Progress) -> Result<Answer, HttpError> {
        progress.begin(&format!("Downloading {}", shown(get.url)), None);
        let mut tries = 0;
        let answer = loop {
            match self.attempt(get, progress) {
                Ok(answer) => break Ok(answer),
                Err(Attempt { error, again }) => {
                    let wait = match again {
                        Again::Soon => FIRST_WAIT * 2_u32.pow(tries),
                        Again::After(wait) => wait,
                        Again::Never => break Err(error),
                    };
                    if tries == RETRIES || wait > LONGEST_WAIT {
                        break Err(error);
                    }
                    std::thread::sleep(wait + jitter());
                    tries += 1;
                }
            }
        };
        progress.end();
        answer
    }

    fn attempt(&self, get: &Get<'_>, progress: &dyn Progress) -> Result<Answer, Attempt> {
        let begun = Instant::now();
        let mut url = get.url.clone();
        for _ in 0..=MOST_REDIRECTIONS {
            let response = self.send(get, &url)?;
            let status = response.status();
            if status == StatusCode::NOT_MODIFIED && get.copy.is_some() {
                return Ok(Answer::Unchanged);
            }
            let location = header(&response, &LOCATION).filter(|_| status.is_redirection());
            let Some(location) = location else {
                if status != StatusCode::OK {
                    return Err(refused(&url, &response));
                }
                return self.body(get, response, begun, progress);
            };
            url = next(&url, &location)?;
        }
        Err(HttpError::Redirects { url: shown(get.url) }.into())
    }

    fn send(&self, get: &Get<'_>, url: &Url) -> Result<Response, Attempt> {
        let encoding = if get.may_be_encoded { "gzip" } else { "identity" };
        let mut bare = url.clone();
        // What stands in a URL is sent as any other login: only where it may go.
        let _ = bare.set_username("").and_then(|()| bare.set_password(None));
        let mut request = self.client()?.get(bare).header(ACCEPT_ENCODING, encoding);
        let is_home = Origin::of(url.as_str()) == Origin::of(get.url.as_str());
        if let Some(secret) = get.credentials.authorization(url.as_str()).filter(|_| is_home) {
            request = request.header(AUTHORIZATION, secret);
        }
        let copy = get.copy.cloned().unwrap_or_default();
        for (name, value) in [(IF_NONE_MATCH, copy.etag), (IF_MODIFIED_SINCE, copy.modified)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request.send().map_err(|it| self.broken(url, it))
    }

    fn broken(&self, url: &Url, error: reqwest::Error) -> Attempt {
        if error.is_timeout() {
            return self.slow(url, self.patience).into();
        }
        let again = if error.is_connect() || error.is_builder() { Again::Never } else { Again::Soon };
        Attempt { error: HttpError::Broken { url: shown(url), source: error.into() }, again }
    }

    #[expect(clippy::unused_self, reason = "one of three that tell how an attempt ends")]
    fn slow(&self, url: &Url, waited: Duration) -> HttpError {
        HttpError::Slow { url: shown(url), seconds: waited.as_secs() }
    }

    /// Reads the body, no further and no longer than it may be.
    fn body(
        &self,
        get: &Get<'_>,
        response: Response,
        begun: Instant,
        progress: &dyn Progress,
    ) -> Result<Answer, Attempt> {
        let validators = Validators { etag: header(&response, &ETAG), modified: header(&response, &LAST_MODIFIED) };
        let is_gzip = get.may_be_encoded && header(&response, &CONTENT_ENCODING).is_some_and(|it| it.contains("gzip"));
        let total = response.content_length();
        let too_large = || HttpError::TooLarge { url: shown(get.url), limit: get.limit >> 20 };
        if total.is_some_and(|it| it > get.limit) {
            return Err(too_large().into());
        }
        let mut reader: Box<dyn Read> =
            if is_gzip { Box::new(MultiGzDecoder::new(response)) } else { Box::new(response) };
        let mut bytes = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => return Ok(Answer::File { bytes, validators }),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.cut_off(get.url, &error)),
            };
            bytes.extend_from_slice(&buffer[..read]);
            progress.advance(bytes.len() as u64, total.filter(|_| !is_gzip));
            if bytes.len() as u64 > get.limit {
                return Err(too_large().into());
            }
            if begun.elapsed() > self.patience * WHOLE {
                return Err(self.slow(get.url, self.patience * WHOLE).into());
            }
        }
    }

    fn cut_off(&self, url: &Url, error: &io::Error) -> Attempt {
        let inner = error.get_ref().and_then(|it| it.downcast_ref::<reqwest::Error>());
        if error.kind() == io::ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout) {
            return self.slow(url, self.patience).into();
        }
        let cause = HttpCause(innermost(error));
        Attempt { error: HttpError::Broken { url: shown(url), source: cause }, again: Again::Soon }
    }
}

/// Returns what the innermost layer says: the outer ones only say that something failed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    innermost.to_string()
}

fn header(response: &Response, name: &HeaderName) -> Option<String> {
    response.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
}

fn refused(url: &Url, response: &Response) -> Attempt {
    let status = response.status();
    let asked = header(response, &RETRY_AFTER).and_then(|it| retry_after(&it));
    let is_passing = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    let wait = asked.filter(|it| *it > LONGEST_WAIT);
    let again = match asked {
        _ if !is_passing => Again::Never,
        Some(wait) => Again::After(wait),
        None => Again::Soon,
    };
    Attempt { error: HttpError::Status { url: shown(url), status, wait }, again }
}

/// Reads `Retry-After`: seconds, or a date.
fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Duration::try_from(date.duration_since(clock::now())).ok()
}

fn next(url: &Url, location: &str) -> Result<Url, HttpError> {
    let to = url.join(location).map_err(|_| HttpError::BadUrl { url: location.to_owned() })?;
    if !matches!(to.scheme(), "http" | "https") {
        return Err(HttpError::BadUrl { url: shown(&to) });
    }
    if url.scheme() == "https" && to.scheme() == "http" {
        return Err(HttpError::Downgrade { url: shown(url), to: shown(&to) });
    }
    Ok(to)
}

/// Returns up to a quarter of a second, so that many who were refused at once do not come back at once.
fn jitter() -> Duration {
    let word = random::word(1).unwrap_or_default();
    Duration::from_millis(word.bytes().next().map_or(0, |it| u64::from(it % 26) * 10))
}

fn shown(url: &Url) -> String {
    without_user_info(url.as_str())
}
