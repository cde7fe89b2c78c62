//! One request, and what its failure means.

use std::error::Error;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::header::{ACCEPT, ACCEPT_ENCODING, DATE, RETRY_AFTER};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use jiff::fmt::rfc2822;
use kube::client::{Body, Client};
use serde::Deserialize;

use super::Stream;
use crate::base::failure::Failure;

/// The most that is read of an answer that is no log.
const LONGEST_ANSWER: usize = 2 << 20;

/// Why a log cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The credentials are no longer good.
    #[error("{0}")]
    LoggedOut(String),
    /// The right to read it is missing.
    #[error("{0}")]
    Forbidden(String),
    /// The pod is gone.
    #[error("{0}")]
    Gone(String),
    /// The container has no log, or none yet.
    #[error("{0}")]
    NoLog(String),
    /// The server is busy and says when to come again.
    #[error("{message}")]
    Busy {
        /// What it said.
        message: String,
        /// When to come again.
        wait: Option<Duration>,
    },
    /// The server failed.
    #[error("{0}")]
    Server(String),
    /// There is no connection, or it broke.
    #[error("{0}")]
    Connection(String),
    /// Nothing came for too long.
    #[error("nothing came for {} s", .0.as_secs())]
    Silence(Duration),
}

impl Failure for Fault {}

impl Fault {
    /// Tells whether it may pass.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::LoggedOut(_) | Self::Busy { .. } | Self::Server(_) | Self::Connection(_) | Self::Silence(_)
        )
    }

    pub(super) fn broken(error: &(dyn Error + 'static)) -> Self {
        let mut cause = error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        Self::Connection(cause.to_string())
    }

    fn answered(status: StatusCode, headers: &HeaderMap, text: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Status {
            message: String,
        }
        let message = match serde_json::from_slice::<Status>(text) {
            Ok(status) => status.message.trim().to_owned(),
            Err(_) => match String::from_utf8_lossy(text).trim() {
                "" => format!("the server answers {status}"),
                text => text.to_owned(),
            },
        };
        match status {
            StatusCode::UNAUTHORIZED => Self::LoggedOut(message),
            StatusCode::FORBIDDEN => Self::Forbidden(message),
            StatusCode::NOT_FOUND => Self::Gone(message),
            StatusCode::TOO_MANY_REQUESTS => Self::Busy { message, wait: retry_after(headers) },
            it if it.is_server_error() && headers.contains_key(RETRY_AFTER) => {
                Self::Busy { message, wait: retry_after(headers) }
            }
            it if it.is_server_error() => Self::Server(message),
            _ => Self::NoLog(message),
        }
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Sends requests, each with credentials that are good as far as that is known.
pub trait Transport {
    /// Returns the answer to a request, its body yet to come.
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, Fault>>;
    /// Asks for new credentials: the server does not take those in hand.
    fn renew(&self);
}

impl Transport for Client {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, Fault>> {
        Box::pin(async { Self::send(self, request).await.map_err(|it| Fault::broken(&it)) })
    }

    fn renew(&self) {}
}

/// A log that has begun to come.
pub(super) struct Answer {
    pub(super) body: Body,
    /// The server's clock when it began.
    pub(super) second: Option<i64>,
}

/// Asks for the log of `stream`.
pub(super) async fn open(client: &dyn Transport, stream: &Stream, query: &str) -> Result<Answer, Fault> {
    let path = format!("/api/v1/namespaces/{}/pods/{}/log?{query}", stream.namespace, stream.pod);
    // A server may compress each part on its own, which helps nobody.
    let request = Request::get(path).header(ACCEPT_ENCODING, "identity").body(Body::empty());
    let request = request.map_err(|it| Fault::broken(&it))?;
    let response = client.send(request).await?;
    let (parts, body) = response.into_parts();
    if parts.status.is_success() {
        let date = parts.headers.get(DATE).and_then(|it| it.to_str().ok());
        let second = date.and_then(|it| rfc2822::parse(it).ok()).map(|it| it.timestamp().as_second());
        return Ok(Answer { body, second });
    }
    let text = whole(body).await.unwrap_or_default();
    Err(Fault::answered(parts.status, &parts.headers, &text))
}

/// Returns the last line of the log of `stream`, with its end if it has one.
pub(super) async fn last_line(client: &dyn Transport, stream: &Stream, query: &str) -> Result<Vec<u8>, Fault> {
    let answer = open(client, stream, query).await?;
    let mut text = whole(answer.body).await?;
    let inner = text.strip_suffix(b"\n").unwrap_or(&text);
    let at = memchr::memrchr(b'\n', inner).map_or(0, |it| it + 1);
    Ok(text.split_off(at))
}

/// Tells whether the pod of the name that `stream` gives is the one that it means; where that cannot be known, yes.
pub(super) async fn is_same_pod(client: &dyn Transport, stream: &Stream) -> bool {
    #[derive(Deserialize)]
    struct Object {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        uid: String,
    }
    if stream.uid.is_empty() {
        return true;
    }
    let path = format!("/api/v1/namespaces/{}/pods/{}", stream.namespace, stream.pod);
    let accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
    let Ok(request) = Request::get(path).header(ACCEPT, accept).body(Body::empty()) else { return true };
    let Ok(response) = client.send(request).await else { return true };
    let status = response.status();
    let Ok(text) = whole(response.into_body()).await else { return true };
    match serde_json::from_slice::<Object>(&text) {
        Ok(object) if status.is_success() => object.metadata.uid == stream.uid,
        _ => status != StatusCode::NOT_FOUND,
    }
}

async fn whole(body: Body) -> Result<Vec<u8>, Fault> {
    match Limited::new(body, LONGEST_ANSWER).collect().await {
        Ok(collected) => Ok(collected.to_bytes().to_vec()),
        Err(error) => Err(Fault::broken(&*error)),
    }
}
