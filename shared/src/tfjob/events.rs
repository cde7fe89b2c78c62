//! Events, as kubectl shows them.

use jiff::Timestamp;
use serde_json::Value;

use super::age::age;
use super::job::seconds_between;
use super::json;

/// One event of `core/v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its own name.
    pub name: String,
    /// The event's uid; tells what a watch repeats.
    pub uid: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// The kind of the object that it is about.
    pub object_kind: String,
    /// The name of the object that it is about.
    pub object_name: String,
    /// The uid of the object that it is about.
    pub object_uid: Option<String>,
    /// `Normal`, `Warning`, or whatever its source wrote.
    pub kind: String,
    /// The reason, a word.
    pub reason: String,
    /// The message.
    pub message: String,
    /// How often it was seen, 1 at least.
    pub count: u64,
    /// When it was first seen.
    pub first_seen: Option<Timestamp>,
    /// When it was last seen.
    pub last_seen: Option<Timestamp>,
    /// The nanosecond at which it was first made, as its name ends in it; 0 where it does not.
    made: u64,
}

impl EventRow {
    /// Reads an event as the API serves it; `None` if it is no mapping. What it lacks is empty.
    ///
    /// A series counts before `count`, its last observation before `lastTimestamp`, and where neither is set
    /// `eventTime` does.
    pub fn read(value: &Value) -> Option<Self> {
        value.as_object()?;
        let text = |path: &[&str]| json::text(value, path).unwrap_or_default();
        let event_time = json::time(value, &["eventTime"]);
        let first = json::time(value, &["firstTimestamp"]);
        let last = json::time(value, &["series", "lastObservedTime"])
            .or_else(|| json::time(value, &["lastTimestamp"]))
            .or(event_time)
            .or(first);
        let count = json::whole(value, &["series", "count"]).or_else(|| json::whole(value, &["count"]));
        let name = text(&["metadata", "name"]);
        Some(Self {
            made: name.rsplit_once('.').and_then(|it| u64::from_str_radix(it.1, 16).ok()).unwrap_or(0),
            name,
            uid: json::text(value, &["metadata", "uid"]),
            namespace: json::text(value, &["metadata", "namespace"]),
            object_kind: text(&["involvedObject", "kind"]),
            object_name: text(&["involvedObject", "name"]),
            object_uid: json::text(value, &["involvedObject", "uid"]),
            kind: text(&["type"]),
            reason: text(&["reason"]),
            message: text(&["message"]),
            count: count.and_then(|it| u64::try_from(it).ok()).unwrap_or(1).max(1),
            first_seen: event_time.or(first).or(last),
            last_seen: last,
        })
    }

    /// Returns the object as tables show it: `tfjob/mnist`.
    pub fn object(&self) -> String {
        format!("{}/{}", self.object_kind.to_lowercase(), self.object_name)
    }

    /// Returns when it was seen, as kubectl writes it: `3m`, or `3m (x5 over 10m)`.
    pub fn seen(&self, now: Timestamp) -> String {
        let ago = |time: Option<Timestamp>| age(time.map(|it| seconds_between(it, now)));
        if self.count > 1 {
            format!("{} (x{} over {})", ago(self.last_seen), self.count, ago(self.first_seen))
        } else {
            ago(self.last_seen)
        }
    }

    /// Returns whether it warns.
    pub fn is_warning(&self) -> bool {
        self.kind == "Warning"
    }
}

/// Sorts events from the oldest to the newest by when they were last seen; those without a time come first. Within a
/// second their names tell: they end in the nanosecond at which each was first made.
pub fn sort(events: &mut [EventRow]) {
    events.sort_by(|a, b| {
        let order = (a.last_seen, a.first_seen, a.made).cmp(&(b.last_seen, b.first_seen, b.made));
        order
            .then_with(|| (&a.object_kind, &a.object_name, &a.reason).cmp(&(&b.object_kind, &b.object_name, &b.reason)))
    });
}

/// Returns why an operator refused a job of which it wrote no status: the newest warning of the job whose reason ends in
/// `FailedValidation` (operators 1.6 and 1.7).
pub fn refusal(events: &[EventRow]) -> Option<&EventRow> {
    let refusals = events.iter().filter(|it| it.is_warning() && it.reason.ends_with("FailedValidation"));
    refusals.max_by_key(|it| it.last_seen)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-01-01T01:00:00Z";

    #[test]
    fn repeats_are_told_as_kubectl_tells_them() {
        for (event, expected) in [
            (json!({"lastTimestamp": "2026-01-01T00:57:00Z", "firstTimestamp": "2026-01-01T00:57:00Z"}), "3m"),
            (
                json!({"count": 5, "lastTimestamp": "2026-01-01T00:57:00Z", "firstTimestamp": "2026-01-01T00:50:00Z"}),
                "3m (x5 over 10m)",
            ),
            (
                json!({"eventTime": "2026-01-01T00:50:00.000001Z", "lastTimestamp": null,
                    "series": {"count": 3, "lastObservedTime": "2026-01-01T00:59:00.5Z"}}),
                "60s (x3 over 10m)",
            ),
            (json!({"eventTime": "2026-01-01T00:58:00.000000Z", "count": null}), "2m"),
            (json!({"count": -4}), "<unknown>"),
        ] {
            assert_eq!(EventRow::read(&event).unwrap().seen(NOW.parse().unwrap()), expected, "{event}");
        }
        assert_eq!(EventRow::read(&json!([])), None);
    }

    #[test]
    fn events_are_sorted_by_when_they_were_last_seen() {
        let event = |name: &str, last: &str, reason: &str| {
            let object = json!({"kind": "TFJob", "name": name});
            let value = json!({"involvedObject": object, "lastTimestamp": last, "reason": reason, "type": "Warning"});
            EventRow::read(&value).unwrap()
        };
        let mut events = vec![
            event("c", "2026-01-01T00:00:03Z", "TFJobFailedValidation"),
            event("a", "2026-01-01T00:00:01Z", "FailedValidation"),
            event("x", "", ""),
            event("b", "2026-01-01T00:00:02Z", "TFJobFailed"),
        ];
        sort(&mut events);
        let objects: Vec<String> = events.iter().map(EventRow::object).collect();
        assert_eq!(objects, ["tfjob/x", "tfjob/a", "tfjob/b", "tfjob/c"]);
        assert_eq!(refusal(&events).map(|it| it.object_name.as_str()), Some("c"));
    }
}
