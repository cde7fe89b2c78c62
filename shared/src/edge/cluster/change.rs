//! Requests that change something.

use http::Method;
use serde_json::{Map, Value, json};

use super::error::ClusterError;
use super::list::{complete, decoded, right};
use super::resource::{Resource, Scope, with_parameters};
use super::session::{Call, Session};

/// What becomes of the objects that belong to a deleted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Propagation {
    /// They are deleted afterwards.
    #[default]
    Background,
    /// They are deleted first.
    Foreground,
    /// They stay.
    Orphan,
}

impl Propagation {
    fn name(self) -> &'static str {
        match self {
            Self::Background => "Background",
            Self::Foreground => "Foreground",
            Self::Orphan => "Orphan",
        }
    }
}

/// How to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeleteOptions {
    /// What becomes of the objects that belong to it.
    pub propagation: Propagation,
    /// How many seconds it has to end; `None` for its own.
    pub grace_period: Option<u32>,
    /// Whether the server only tries.
    pub dry_run: bool,
}

/// Who changes, and whether the server only tries.
pub(super) fn parameters(manager: &str, dry_run: bool) -> Vec<(&'static str, String)> {
    let mut parameters = vec![("fieldManager", manager.to_owned())];
    if dry_run {
        parameters.push(("dryRun", "All".to_owned()));
    }
    parameters
}

/// Sends an object to a path, and returns it as the server has it then.
pub(super) async fn send(
    session: &Session,
    resource: &Resource,
    call: (Method, String, &'static str),
    body: &Value,
    place: (&str, &str),
) -> Result<Value, ClusterError> {
    let (method, path, kind) = call;
    let (verb, namespace) = place;
    let right = right(verb, resource, Scope::Namespace(namespace));
    let body = Some((kind, body.to_string().into_bytes()));
    let call = Call { method, body, ..Call::get(path, right) };
    let bytes = session.fetch(&call).await?;
    Ok(complete(decoded(&bytes, &call.path)?, resource))
}

/// Deletes an object.
pub(super) async fn delete(
    session: &Session,
    resource: &Resource,
    namespace: &str,
    name: &str,
    options: &DeleteOptions,
) -> Result<(), ClusterError> {
    let mut body = Map::new();
    body.insert("apiVersion".to_owned(), json!("v1"));
    body.insert("kind".to_owned(), json!("DeleteOptions"));
    body.insert("propagationPolicy".to_owned(), json!(options.propagation.name()));
    if let Some(seconds) = options.grace_period {
        body.insert("gracePeriodSeconds".to_owned(), json!(seconds));
    }
    if options.dry_run {
        body.insert("dryRun".to_owned(), json!(["All"]));
    }
    let right = right("delete", resource, Scope::Namespace(namespace));
    let body = Some(("application/json", Value::Object(body).to_string().into_bytes()));
    let path = with_parameters(&resource.object_path(namespace, name), &[]);
    session.fetch(&Call { method: Method::DELETE, body, ..Call::get(path, right) }).await?;
    Ok(())
}
