//! How many pods a run has.

use serde_json::{Map, Value};

use crate::base::failure::Failure;

/// The pod count is missing or no positive integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Unable to determine pod count: make sure that values.yaml file in your pack has podCount field with positive \
     integer value."
)]
pub struct NoPodCount;

impl Failure for NoPodCount {}

/// Computes `podCount`, writes it into the values as an integer, and returns it.
///
/// `workersCount` and `pServersCount` decide together; `workersCount` alone decides where `podCount` is absent.
///
/// # Errors
///
/// Fails if a count that decides is no integer, or if the result is below 1.
pub fn settle(values: &mut Map<String, Value>) -> Result<u64, NoPodCount> {
    let count = computed(values)?;
    if count == 0 {
        return Err(NoPodCount);
    }
    values.insert("podCount".to_owned(), Value::from(count));
    Ok(count)
}

fn computed(values: &Map<String, Value>) -> Result<u64, NoPodCount> {
    let set = |key| values.get(key).filter(|it| !it.is_null());
    match (set("workersCount"), set("pServersCount"), set("podCount")) {
        (Some(workers), Some(servers), _) => integer(workers)?.checked_add(integer(servers)?).ok_or(NoPodCount),
        (Some(workers), None, None) if !values.contains_key("podCount") => {
            integer(workers)?.checked_add(1).ok_or(NoPodCount)
        }
        (_, _, Some(count)) => integer(count),
        _ => Err(NoPodCount),
    }
}

/// Returns a count that is an integer, or a decimal text of one.
fn integer(value: &Value) -> Result<u64, NoPodCount> {
    match value {
        Value::Number(it) => it.as_u64().ok_or(NoPodCount),
        Value::String(text) if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) => {
            text.parse().map_err(|_| NoPodCount)
        }
        _ => Err(NoPodCount),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_follow_the_rule() {
        for (values, expected) in [
            (json!({"podCount": 1}), Some(1)),
            (json!({"podCount": "2"}), Some(2)),
            (json!({"workersCount": 3, "pServersCount": 1}), Some(4)),
            (json!({"workersCount": "12", "pServersCount": "1", "podCount": 9}), Some(13)),
            (json!({"workersCount": 3, "podCount": 1}), Some(1)),
            (json!({"workersCount": 1}), Some(2)),
            (json!({"workersCount": 0}), Some(1)),
            (json!({"workersCount": 0, "pServersCount": 0}), None),
            (json!({"podCount": 0}), None),
            (json!({"podCount": -1}), None),
            (json!({"podCount": "x"}), None),
            (json!({"podCount": 1.5}), None),
            (json!({"podCount": true}), None),
            (json!({"podCount": null}), None),
            (json!({}), None),
        ] {
            let Value::Object(mut map) = values.clone() else { panic!("values are a map") };
            assert_eq!(settle(&mut map).ok(), expected, "{values}");
            if let Some(count) = expected {
                assert_eq!(map["podCount"], json!(count));
            }
        }
    }
}
