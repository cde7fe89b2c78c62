//! Files over HTTP: one GET at a time, with limits of time and size, tried again where that can help.

mod error;

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
use crate::base::progress::Progress;
use crate::pack::credentials::{Credentials, Origin};
use crate::pack::source::without_user_info;
use error::innermost;

pub use error::{HttpCause, HttpError};

/// How long nothing may come, unless `NAUTA_HTTP_TIMEOUT` says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest time that it may say: a day.
const LONGEST_PATIENCE: Duration = Duration::from_secs(86_400);
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
    /// How long nothing may come.
    patience: Duration,
    /// What the environment says instead of a time.
    no_time: Option<String>,
    client: std::sync::OnceLock<Client>,
}

impl Http {
    /// Returns a client that waits as long as the environment says.
    pub fn of(environment: &Environment) -> Self {
        let text = environment.get("NAUTA_HTTP_TIMEOUT").filter(|it| !it.is_empty());
        let seconds = text.map_or(Some(PATIENCE.as_secs()), |it| it.parse().ok().filter(|it| *it > 0));
        Self {
            patience: seconds.map_or(PATIENCE, Duration::from_secs).min(LONGEST_PATIENCE),
            no_time: text.filter(|_| seconds.is_none()).map(str::to_owned),
            client: std::sync::OnceLock::new(),
        }
    }

    fn client(&self) -> Result<&Client, HttpError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        if let Some(text) = &self.no_time {
            return Err(HttpError::Timeout(text.clone()));
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
            return slow(url, self.patience).into();
        }
        let again = if error.is_connect() || error.is_builder() { Again::Never } else { Again::Soon };
        Attempt { error: HttpError::Broken { url: shown(url), source: error.into() }, again }
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
                return Err(slow(get.url, self.patience * WHOLE).into());
            }
        }
    }

    fn cut_off(&self, url: &Url, error: &io::Error) -> Attempt {
        let inner = error.get_ref().and_then(|it| it.downcast_ref::<reqwest::Error>());
        if error.kind() == io::ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout) {
            return slow(url, self.patience).into();
        }
        let cause = HttpCause(innermost(error));
        Attempt { error: HttpError::Broken { url: shown(url), source: cause }, again: Again::Soon }
    }
}

fn slow(url: &Url, waited: Duration) -> HttpError {
    HttpError::Slow { url: shown(url), seconds: waited.as_secs() }
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
