//! Lists, one page at a time.

use serde::Deserialize;
use serde_json::Value;

use super::error::{ClusterCause, ClusterError, Right};
use super::resource::{Query, Resource, Scope, with_parameters};
use super::session::{Call, Session};

/// What comes of a list while it is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    /// The next objects, each with its `apiVersion` and `kind`.
    Items(Vec<Value>),
    /// The list begins anew: whatever came before is to be forgotten.
    Restarted,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decoded {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    items: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    #[serde(rename = "continue")]
    next: Option<String>,
    resource_version: Option<String>,
}

/// Returns what one must be allowed to do.
pub(super) fn right(verb: &str, resource: &Resource, scope: Scope<'_>) -> Right {
    let namespace = match scope {
        Scope::Namespace(namespace) if resource.namespaced => Some(namespace.to_owned()),
        _ => None,
    };
    Right { verb: verb.to_owned(), resource: resource.plural.clone(), group: resource.group.clone(), namespace }
}

/// Reads a list and returns its version.
pub(crate) async fn list(
    session: &Session,
    resource: &Resource,
    scope: Scope<'_>,
    query: &Query,
    on_page: &mut dyn FnMut(Page),
) -> Result<String, ClusterError> {
    let path = resource.path(scope);
    let mut next: Option<String> = None;
    let mut restarted = false;
    loop {
        let mut parameters = query.selectors();
        if query.chunk > 0 {
            parameters.push(("limit", query.chunk.to_string()));
        }
        if let Some(next) = &next {
            parameters.push(("continue", next.clone()));
        }
        let call = Call::get(with_parameters(&path, &parameters), right("list", resource, scope));
        let bytes = match session.fetch(&call).await {
            Err(error) if error.is_gone() && next.is_some() && !restarted => {
                restarted = true;
                next = None;
                on_page(Page::Restarted);
                continue;
            }
            answer => answer?,
        };
        let Decoded { kind, metadata, items } = decoded(&bytes, &path)?;
        if kind.as_deref() == Some("Status") {
            // A server in between has said no, and 200 nevertheless.
            let right = right("list", resource, scope);
            return Err(ClusterError::Api { status: Box::new(decoded(&bytes, &path)?), right });
        }
        let items = items.unwrap_or_default().into_iter().map(|it| complete(it, resource)).collect();
        on_page(Page::Items(items));
        match metadata.next.filter(|it| !it.is_empty()) {
            Some(token) => next = Some(token),
            None => return Ok(metadata.resource_version.unwrap_or_default()),
        }
    }
}

/// Reads JSON of the API.
pub(crate) fn decoded<T: serde::de::DeserializeOwned>(bytes: &[u8], path: &str) -> Result<T, ClusterError> {
    serde_json::from_slice(bytes)
        .map_err(|it| ClusterError::Answer { path: path.to_owned(), source: ClusterCause(it.to_string()) })
}

/// Puts in `apiVersion` and `kind`, which lists leave out.
pub(super) fn complete(mut object: Value, resource: &Resource) -> Value {
    if let Value::Object(fields) = &mut object {
        if !fields.contains_key("kind") {
            fields.shift_insert(0, "kind".to_owned(), Value::from(resource.kind.clone()));
        }
        if !fields.contains_key("apiVersion") {
            fields.shift_insert(0, "apiVersion".to_owned(), Value::from(resource.api_version()));
        }
    }
    object
}
