use super::*;

fn applied(values: Value, items: &[&str], reads_env: bool) -> (Value, EnvOutcome) {
    let Value::Object(mut map) = values else { panic!("values are a map") };
    let items: Vec<EnvItem> = items.iter().map(|it| EnvItem::of_value(it).unwrap()).collect();
    let outcome = apply(&mut map, &items, reads_env).unwrap();
    (Value::Object(map), outcome)
}

#[test]
fn variables_are_split_at_the_first_equals_sign() {
    let value = |text: &str| EnvItem::of_value(text).map(|it| (it.name, it.source));
    assert_eq!(value("A=b=c"), Ok(("A".to_owned(), EnvSource::Value("b=c".to_owned()))));
    assert_eq!(value("A="), Ok(("A".to_owned(), EnvSource::Value(String::new()))));
    assert_eq!(value("=x"), Err(EnvError::Format));
    assert_eq!(value("A"), Err(EnvError::Format));
    for text in ["A=b", "A=b:", "=b:c", "A=:c"] {
        assert_eq!(EnvItem::of_secret(text), Err(EnvError::SecretFormat), "{text}");
    }
}

#[test]
fn every_list_gets_the_variables() {
    let (values, _) = applied(
        json!({"cpu": "2", "env": null, "master": {"env": [{"name": "A", "value": "0"}]}, "worker": {"env": []}}),
        &["A=B"],
        false,
    );
    let both = json!([{"name": "A", "value": "B"}, {"name": "OMP_NUM_THREADS", "value": "2"}]);
    assert_eq!(values["env"], both);
    assert_eq!(values["master"]["env"], both);
    assert_eq!(values["worker"]["env"], both);
}

#[test]
fn a_list_is_created_only_where_a_template_reads_it() {
    let (values, outcome) = applied(json!({"cpu": 2}), &["A=B"], true);
    assert_eq!((values, outcome), (json!({"cpu": 2, "env": [{"name": "A", "value": "B"}]}), EnvOutcome::Set));
    let (values, outcome) = applied(json!({"cpu": 2}), &["A=B"], false);
    assert_eq!((values, outcome), (json!({"cpu": 2}), EnvOutcome::NoPlace));
    let (values, outcome) = applied(json!({"cpu": 2}), &[], true);
    assert_eq!((values, outcome), (json!({"cpu": 2}), EnvOutcome::Set));
}

#[test]
fn a_named_variable_is_replaced_in_place() {
    let list = json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "A", "value": "3"}]});
    let (values, _) = applied(list, &["A=x", "OMP_NUM_THREADS=3"], false);
    let expected = json!([{"name": "A", "value": "x"}, {"name": "B", "value": "2"},
                          {"name": "OMP_NUM_THREADS", "value": "3"}]);
    assert_eq!(values["env"], expected);
}

#[test]
fn secrets_are_referred_to() {
    let item = EnvItem::of_secret("TOKEN=creds:api").unwrap();
    let mut values = Map::new();
    values.insert("env".to_owned(), Value::Null);
    apply(&mut values, &[item], false).unwrap();
    let expected = json!([{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "creds", "key": "api"}}}]);
    assert_eq!(values["env"], expected);
}

#[test]
fn threads_follow_the_cpus() {
    for (values, expected) in [
        (json!({"resources": {"limits": {"cpu": 19}}}), Some(19)),
        (json!({"cpu": "2750m"}), Some(2)),
        (json!({"cpu": "500m"}), Some(1)),
        (json!({"cpu": "0.5"}), Some(1)),
        (json!({"cpu": null, "resources": {"limits": {"cpu": "3"}}}), Some(3)),
        (json!({"cpu": "null", "resources": {"limits": {"cpu": 4.9}}}), Some(4)),
        (json!({"worker_resources": {"limits": {"cpu": 38}}, "worker_cpu": null}), Some(38)),
        (json!({"worker_resources": {"limits": {"cpu": 38}}, "worker_cpu": "4"}), Some(4)),
        (json!({"worker_cpu": "4", "cpu": "7"}), Some(7)),
        (json!({"cpu": "many"}), None),
        (json!({"cpu": "1.5m"}), None),
        (json!({"cpu": -1}), None),
        (json!({}), None),
    ] {
        let Value::Object(map) = values.clone() else { panic!("values are a map") };
        assert_eq!(threads(&map), expected, "{values}");
    }
}

#[test]
fn a_map_is_no_list() {
    let mut values = Map::new();
    values.insert("env".to_owned(), json!({"A": "B"}));
    let error = apply(&mut values, &[], false).unwrap_err();
    assert_eq!(error.to_string(), "`env` in the pack's values is a map, variables need a list");
}
