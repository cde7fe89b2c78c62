//! The one normal form.

use serde_json::{Value, json};

use super::*;
use crate::tfjob::job::BrokenJob;
use crate::tfjob::state::State;

const TYPES: [(&str, &str); 7] = [
    ("Failed", "Failed"),
    ("Succeeded", "Succeeded"),
    ("Suspended", "Suspended"),
    ("Restarting", "Restarting"),
    ("Running", "Running"),
    ("Queuing", "Queuing"),
    ("Created", "Pending"),
];

fn v1(status: &Value) -> Summary {
    alone(&job("kubeflow.org/v1", &map_spec(&[("Worker", 2)]), status))
}

#[test]
fn the_weightier_condition_of_each_pair_decides_wherever_it_stands() {
    for (weight, (heavy, state)) in TYPES.iter().enumerate() {
        for (light, _) in &TYPES[weight..] {
            for pair in [[(*heavy, 1), (*light, 2)], [(*light, 1), (*heavy, 2)], [(*light, 3), (*heavy, 3)]] {
                let found = v1(&conditions(&pair));
                assert_eq!(found.state.as_str(), *state, "26: {pair:?}");
                assert_eq!(found.reason, Some(format!("R{heavy}")));
                assert_eq!(found.message, Some(format!("m {heavy}")));
            }
        }
        let mut object = object("kubeflow.org/v1", &map_spec(&[]), &conditions(&[(heavy, 1)]));
        object["metadata"]["deletionTimestamp"] = json!(at(9));
        let found = alone(&Job::read(&object).unwrap());
        assert_eq!((found.state, found.reason, found.state_since), (State::Terminating, None, None), "32: {heavy}");
    }
}

#[test]
fn only_the_string_true_counts() {
    for status in [json!("False"), json!("Unknown"), json!("true"), json!(true), json!(1), Value::Null, json!({})] {
        let mut all = conditions(&[("Created", 1), ("Running", 2)]);
        all["conditions"][1]["status"] = status.clone();
        let found = v1(&all);
        let is_word = status == "False" || status == "Unknown";
        assert_eq!(found.state, State::Pending, "25: {status}");
        assert_eq!(codes(&found).contains(&"odd-condition"), !is_word, "25: {status}");
    }
    let found = v1(&json!({"conditions": [{"type": "Created"}, {"status": "True"}, 5, null]}));
    assert_eq!((found.state.as_str(), codes(&found)), ("Unknown", vec!["no-status", "odd-condition"]));
}

#[test]
fn conditions_of_resumed_and_suspended_jobs() {
    let with_false = |kinds: &[(&str, u32)], off: &str| {
        let mut all = conditions(kinds);
        for it in all["conditions"].as_array_mut().unwrap() {
            if it["type"] == off {
                it["status"] = json!("False");
            }
        }
        v1(&all).state
    };
    let resumed = [("Created", 1), ("Suspended", 2), ("Running", 3)];
    assert_eq!(with_false(&resumed, "Suspended"), State::Running, "21");
    assert_eq!(with_false(&resumed[..2], "Suspended"), State::Pending, "21");
    assert_eq!(with_false(&[("Created", 1), ("Running", 2), ("Suspended", 3)], "Running"), State::Suspended, "22");
}

#[test]
fn what_decides_nothing_is_unknown() {
    for status in [
        Value::Null,
        json!({}),
        json!([]),
        json!("x"),
        json!({"conditions": null, "replicaStatuses": null}),
        json!({"conditions": []}),
        json!({"conditions": "x", "replicaStatuses": []}),
    ] {
        let found = v1(&status);
        assert_eq!((found.state.as_str(), found.counts_from.as_str()), ("Unknown", "none"), "6, 23: {status}");
        assert_eq!(codes(&found), ["no-status"], "6, 23: {status}");
    }
}

#[test]
fn the_operator_is_asked_for_after_a_minute_only() {
    for (created, is_asked) in
        [("2026-01-01T11:59:58Z", false), ("2026-01-01T11:59:01Z", false), ("2026-01-01T11:50:00Z", true), ("", false)]
    {
        for api_version in ["kubeflow.org/v1", "tensorflow.org/v1alpha1"] {
            let mut object = object(api_version, &Value::Null, &json!({"phase": ""}));
            object["metadata"]["creationTimestamp"] = json!(created);
            let found = alone(&Job::read(&object).unwrap());
            let note = found.notes.iter().find(|it| it.code == "no-status").unwrap();
            assert_eq!(note.message.contains("is the operator running?"), is_asked, "6: {created}");
            assert_eq!(found.hints.len(), usize::from(is_asked), "6: {created}");
        }
    }
}

#[test]
fn unknown_words_are_told_verbatim() {
    assert_eq!(v1(&conditions(&[("Queuing", 1)])).state, State::Queuing, "24");
    assert_eq!(v1(&conditions(&[("Frobbed", 1)])).state, State::Other("Frobbed".to_owned()), "24");
    let newest = v1(&conditions(&[("Frobbed", 5), ("Fribbed", 2)]));
    assert_eq!((newest.state.as_str(), newest.reason.as_deref()), ("Frobbed", Some("RFrobbed")));
    assert_eq!(v1(&conditions(&[("Created", 1), ("Frobbed", 5)])).state, State::Pending);
    assert_eq!(State::parse("rUNNING"), State::Running);
    assert_eq!(State::parse("Odd"), State::Other("Odd".to_owned()));
}

#[test]
fn phases_of_the_list_form() {
    for (phase, state, expected, reason) in [
        ("", "", "Unknown", None),
        ("Creating", "Running", "Pending", None),
        ("Running", "", "Running", None),
        ("Running", "Failed", "Running", None),
        ("CleanUp", "Succeeded", "Succeeded (cleaning up)", None),
        ("CleanUp", "Failed", "Failed (cleaning up)", None),
        ("CleanUp", "Running", "Terminating", None),
        ("Done", "Succeeded", "Succeeded", None),
        ("Done", "Failed", "Failed", None),
        ("Done", "Running", "Unknown", None),
        ("Failed", "", "Failed", Some("invalid job spec: x")),
        ("Failed", "Failed", "Failed", None),
        ("Odd", "", "Odd", None),
    ] {
        let status = json!({"phase": phase, "state": state, "reason": reason.unwrap_or("")});
        for api_version in ["mlkube.io/v1beta1", "tensorflow.org/v1alpha1", "kubeflow.org/v1alpha1"] {
            let found = alone(&job(api_version, &list_spec(&[("MASTER", 1)]), &status));
            assert_eq!(found.state_text(), expected, "2-6: {phase} {state}");
            assert_eq!(
                (found.reason.as_deref(), found.message.clone(), found.state_since),
                (reason, None, None),
                "4: {phase}"
            );
            assert_eq!(codes(&found).contains(&"no-status"), expected == "Unknown", "{phase} {state}");
        }
    }
}

#[test]
fn times_that_lie_the_wrong_way_round_count_as_nothing() {
    let finished = |start: Option<&str>, end: Option<&str>| {
        let mut status = conditions(&[("Created", 0), ("Succeeded", 9)]);
        (status["startTime"], status["completionTime"]) = (json!(start), json!(end));
        v1(&status)
    };
    let (one, two) = (at(1), at(2));
    assert_eq!(finished(Some(&one), Some(&two)).duration_seconds, Some(60));
    let negative = finished(Some(&two), Some(&one));
    assert_eq!((negative.duration_seconds, codes(&negative)), (Some(0), vec!["clock-skew"]), "34");
    assert_eq!(finished(None, Some(&two)).duration_seconds, None, "34");
    let endless = finished(Some(&one), None);
    assert_eq!((endless.duration_seconds, endless.json()["stateSince"].clone()), (None, json!(at(9))));
    assert_eq!(finished(Some(&one), Some(&two)).json()["stateSince"], json!(two));

    let mut object = object("kubeflow.org/v1", &map_spec(&[("Worker", 1)]), &conditions(&[("Running", 1)]));
    object["status"]["startTime"] = json!(at(59));
    assert_eq!(alone(&Job::read(&object).unwrap()).duration_seconds, Some(60), "until now");
    object["metadata"]["creationTimestamp"] = json!("2026-01-01T12:00:05Z");
    let future = alone(&Job::read(&object).unwrap());
    assert_eq!((future.age_seconds, codes(&future)), (Some(0), vec!["clock-skew"]), "34");
}

#[test]
fn v1alpha2_has_the_right_time_in_the_other_field() {
    let mut status = conditions(&[("Created", 1), ("Running", 1)]);
    status["conditions"][1]["lastUpdateTime"] = json!(at(7));
    for (version, expected) in [("v1alpha2", at(7)), ("v1beta1", at(1)), ("v1", at(1))] {
        let found = alone(&job(&format!("kubeflow.org/{version}"), &map_spec(&[("Worker", 1)]), &status));
        assert_eq!(found.json()["stateSince"], json!(expected), "{version}");
    }
}

#[test]
fn what_is_no_job_says_why() {
    let named =
        |api_version: &str, kind: &str| json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}});
    for (value, expected) in [
        (json!([]), "it is no mapping"),
        (json!("x"), "it is no mapping"),
        (Value::Null, "it is no mapping"),
        (json!({}), "it has no `kind`"),
        (json!({"kind": "TFJob"}), "it has no `apiVersion`"),
        (named("v1", "Pod"), "`Pod` of `v1` is no TFJob"),
        (named("example.com/v1", "TFJob"), "`TFJob` of `example.com/v1` is no TFJob"),
        (json!({"apiVersion": "kubeflow.org/v1", "kind": "TFJob", "metadata": null}), "it has no `metadata.name`"),
        (
            json!({"apiVersion": "kubeflow.org/v1", "kind": "TFJob", "metadata": {"name": ""}}),
            "it has no `metadata.name`",
        ),
    ] {
        let error: BrokenJob = Job::read(&value).unwrap_err();
        assert_eq!(error.to_string(), expected, "{value}");
    }
}
