//! One request after the other: sent, tried again where that can help, timed, logged.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use kube::client::Body;
use kube::core::Status;

use super::error::{ClusterError, Right};
use super::flags::ClusterFlags;
use super::settings::host;
use super::{load, network};
use crate::edge::clock;
use crate::edge::environment::Environment;

/// How often a request that failed in passing is made again.
const RETRIES: u32 = 3;
/// How long we wait before that at first; each wait is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// The longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long before their end credentials are asked for anew.
const EARLY: SignedDuration = SignedDuration::from_secs(10);
/// The longest page of an answer that says no which is read.
const LONGEST_TEXT: usize = 200;

/// Where the lines of `-v 6` and above go.
pub type Log = Box<dyn Fn(&str) + Send + Sync>;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The method.
    pub(crate) method: Method,
    /// The path with its parameters.
    pub(crate) path: String,
    /// What may come back; JSON if nothing is said.
    pub(crate) accept: &'static str,
    /// Whether the answer is a stream: it comes uncompressed, for a server may compress each part on its own.
    pub(crate) streamed: bool,
    /// What goes along: its type and bytes.
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
    /// What one must be allowed to do.
    pub(crate) right: Right,
}

impl Call {
    /// Returns a GET.
    pub(crate) fn get(path: impl Into<String>, right: Right) -> Self {
        Self { method: Method::GET, path: path.into(), accept: "application/json", streamed: false, body: None, right }
    }
}

/// A failed attempt: the error, and whether the next one may go well.
struct Attempt {
    error: ClusterError,
    again: Option<Duration>,
    any_method: bool,
}

/// What all requests share; cheap to clone.
#[derive(Clone)]
pub(crate) struct Session(Arc<Shared>);

/// A client, since when there is this one, and until when its credentials are good.
struct LoggedIn {
    client: Client,
    since: Instant,
    until: Option<Timestamp>,
}

struct Shared {
    flags: ClusterFlags,
    environment: Environment,
    agent: String,
    server: String,
    guessed: bool,
    timeout: Option<Duration>,
    refreshable: bool,
    client: Mutex<Option<LoggedIn>>,
    log: OnceLock<Log>,
}

impl Session {
    pub(super) fn new(
        flags: &ClusterFlags,
        environment: &Environment,
        agent: String,
        target: &super::settings::Target,
    ) -> Result<Self, ClusterError> {
        let user = &target.user;
        let server = target.cluster.server.clone().unwrap_or_default();
        Ok(Self(Arc::new(Shared {
            timeout: flags.timeout()?,
            flags: flags.clone(),
            environment: environment.clone(),
            agent,
            server,
            guessed: target.guessed,
            refreshable: user.exec.is_some() || user.token_file.is_some() || user.auth_provider.is_some(),
            client: Mutex::new(None),
            log: OnceLock::new(),
        })))
    }

    pub(super) fn set_log(&self, log: Log) {
        // The first one stays: there is one per process.
        let _ = self.0.log.set(log);
    }

    /// Returns the server's URL without user info.
    pub(super) fn server(&self) -> String {
        let server = &self.0.server;
        match server.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://{}", rest.rsplit_once('@').map_or(rest, |it| it.1)),
            None => server.clone(),
        }
    }

    /// Returns kube's client, made by the first call. Must be called inside the runtime.
    pub(crate) fn client(&self) -> Result<Client, ClusterError> {
        let soon = clock::now() + EARLY;
        if let Some(it) = self.lock().as_ref().filter(|it| it.until.is_none_or(|until| until > soon)) {
            return Ok(it.client.clone());
        }
        self.reload()
    }

    /// Reads kubeconfig and credentials anew, for those in hand are no longer good.
    pub(crate) fn reload(&self) -> Result<Client, ClusterError> {
        // Somebody else in this process may have installed one before us, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let target = load::target(&self.0.flags, &self.0.environment)?;
        let (config, until) = load::config(&target, &self.0.environment, &self.0.agent)?;
        let client = Client::try_from(config).map_err(|it| self.network(&it))?;
        *self.lock() = Some(LoggedIn { client: client.clone(), since: Instant::now(), until });
        Ok(client)
    }

    /// Tells whether the credentials in hand were read a moment ago: many requests may be refused at once.
    pub(crate) fn is_fresh(&self) -> bool {
        self.lock().as_ref().is_some_and(|it| it.since.elapsed() < FIRST_WAIT)
    }

    fn lock(&self) -> MutexGuard<'_, Option<LoggedIn>> {
        self.0.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the error for one of kube's.
    pub(crate) fn network(&self, error: &kube::Error) -> ClusterError {
        network::of_kube(error, &host(&self.0.server), self.0.guessed)
    }

    /// Sends a request once and returns the answer, its body yet to come; an answer that says no is an error.
    pub(crate) async fn send(&self, call: &Call) -> Result<Response<Body>, ClusterError> {
        self.attempt(call).await.map_err(|it| it.error)
    }

    /// Sends a request and returns the whole answer. What may pass is tried again, within the time of
    /// `--request-timeout`.
    pub(crate) async fn fetch(&self, call: &Call) -> Result<Vec<u8>, ClusterError> {
        let Some(timeout) = self.0.timeout else { return self.fetch_patiently(call).await };
        tokio::time::timeout(timeout, self.fetch_patiently(call)).await.unwrap_or_else(|_| {
            Err(ClusterError::Unreachable {
                message: "context deadline exceeded (Client.Timeout exceeded while awaiting headers)".to_owned(),
                passing: false,
                hint: Some("give it more time with --request-timeout".to_owned()),
            })
        })
    }

    async fn fetch_patiently(&self, call: &Call) -> Result<Vec<u8>, ClusterError> {
        let mut tries = 0;
        let mut reloaded = false;
        loop {
            let failed = match self.attempt_whole(call).await {
                Ok(bytes) => return Ok(bytes),
                Err(failed) => failed,
            };
            if failed.error.is_unauthorized() && self.0.refreshable && !reloaded {
                self.reload()?;
                reloaded = true;
                continue;
            }
            let may_repeat = failed.any_method || call.method == Method::GET;
            let Some(wait) = failed.again.filter(|it| may_repeat && tries < RETRIES && *it <= LONGEST_WAIT) else {
                return Err(failed.error);
            };
            tokio::time::sleep(wait.max(FIRST_WAIT * 2_u32.pow(tries))).await;
            tries += 1;
        }
    }

    async fn attempt_whole(&self, call: &Call) -> Result<Vec<u8>, Attempt> {
        let response = self.attempt(call).await?;
        let bytes = response.into_body().collect_bytes().await.map_err(|it| Attempt::of(self.network(&it)))?;
        Ok(Vec::from(bytes))
    }

    async fn attempt(&self, call: &Call) -> Result<Response<Body>, Attempt> {
        let mut request = Request::builder().method(&call.method).uri(&call.path).header(ACCEPT, call.accept);
        if call.streamed {
            request = request.header(ACCEPT_ENCODING, "identity");
        }
        if let Some((kind, _)) = &call.body {
            request = request.header(CONTENT_TYPE, *kind);
        }
        let bytes = call.body.as_ref().map(|it| it.1.clone()).unwrap_or_default();
        let request = request
            .body(Body::from(bytes))
            .map_err(|it| Attempt::of(ClusterError::config(format!("`{}` cannot be asked for: {it}", call.path))))?;
        let client = self.client().map_err(Attempt::of)?;
        let response = self.exchange(&client, request).await.map_err(|it| Attempt::of(self.network(&it)))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refused(response, call).await)
    }

    /// Sends a request as it is, and tells of it where `-v` asks for that.
    pub(crate) async fn exchange(&self, client: &Client, request: Request<Body>) -> kube::Result<Response<Body>> {
        self.log_headers("Request", request.headers());
        let (method, path) = (request.method().clone(), request.uri().clone());
        let begun = Instant::now();
        let answer = client.send(request).await;
        self.log(6, || {
            let status = answer.as_ref().map_or_else(|_| String::new(), |it| it.status().to_string());
            let url = format!("{}{path}", self.server());
            let millis = begun.elapsed().as_millis();
            format!("\"Response\" verb=\"{method}\" url=\"{url}\" status=\"{status}\" milliseconds={millis}")
        });
        if let Ok(response) = &answer {
            self.log_headers("Response", response.headers());
        }
        answer
    }

    fn log(&self, level: u8, line: impl FnOnce() -> String) {
        if self.0.flags.verbosity >= level
            && let Some(log) = self.0.log.get()
        {
            log(&line());
        }
    }

    fn log_headers(&self, what: &str, headers: &HeaderMap) {
        self.log(8, || {
            let mut text = format!("{what} Headers:");
            for (name, value) in headers {
                let is_secret = value.is_sensitive() || *name == AUTHORIZATION;
                let value = if is_secret { "<masked>".into() } else { String::from_utf8_lossy(value.as_bytes()) };
                text.push_str("\n    ");
                text.push_str(name.as_str());
                text.push_str(": ");
                text.push_str(&value);
            }
            text
        });
    }
}

impl Attempt {
    fn of(error: ClusterError) -> Self {
        let passing = matches!(error, ClusterError::Unreachable { passing: true, .. });
        Self { error, again: passing.then_some(FIRST_WAIT), any_method: false }
    }
}

/// Returns the error for an answer that says no.
async fn refused(response: Response<Body>, call: &Call) -> Attempt {
    let code = response.status().as_u16();
    let asked = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()).and_then(|it| it.parse().ok());
    let asked = asked.map(Duration::from_secs);
    let body = response.into_body().collect_bytes().await.map(Vec::from).unwrap_or_default();
    let error = ClusterError::Api { status: Box::new(status(code, &body)), right: call.right.clone() };
    let again = matches!(code, 429 | 503 | 504).then(|| asked.unwrap_or(FIRST_WAIT));
    // A server that says 429 has not begun.
    Attempt { error, again, any_method: code == 429 }
}

/// Reads what a server says about its no.
pub(super) fn status(code: u16, body: &[u8]) -> Status {
    if let Ok(mut status) = serde_json::from_slice::<Status>(body)
        && (!status.message.is_empty() || !status.reason.is_empty())
    {
        status.code = code;
        return status;
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let is_plain = text.len() <= LONGEST_TEXT && !text.contains(['<', '{', '\n']) && code != 404;
    Status::failure(if is_plain { text } else { "" }, "").with_code(code)
}

#[cfg(test)]
mod tests;
