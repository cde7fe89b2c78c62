//! What is there already.

use serde_json::Value;

use crate::tfjob::json;

/// What a plan may lack, and what the server does not make up: where it is there, it was planned before.
const OURS: [&str; 5] = ["env", "envFrom", "imagePullSecrets", "serviceAccountName", "subPath"];

/// Tells whether a pod spec is there as it is planned: the server adds defaults, and drops what is empty.
pub(super) fn is_there(planned: &Value, there: &Value) -> bool {
    match (planned, there) {
        (Value::Object(planned), Value::Object(fields)) => {
            let is_kept = |key: &str| planned.contains_key(key) || fields.get(key).is_none_or(is_nothing);
            OURS.iter().all(|it| is_kept(it))
                && planned.iter().all(|(key, value)| is_there(value, fields.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Array(planned), Value::Array(items)) => {
            planned.len() == items.len() && planned.iter().zip(items).all(|(planned, it)| is_there(planned, it))
        }
        _ => planned == there || (is_nothing(planned) && is_nothing(there)),
    }
}

/// Tells whether a server may leave a value out.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// Tells whether the pod of a Deployment is the one that its spec asks for, and is ready.
pub fn is_rolled_out(deployment: &Value) -> bool {
    let count = |path: &[&str]| json::whole(deployment, path).unwrap_or(0);
    count(&["status", "observedGeneration"]) >= count(&["metadata", "generation"])
        && count(&["status", "updatedReplicas"]) >= 1
        && count(&["status", "readyReplicas"]) >= 1
}
