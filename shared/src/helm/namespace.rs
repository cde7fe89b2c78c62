//! The namespace that kubeconfig files ask for.

use serde_json::{Map, Value};

use crate::yaml::read;

/// Returns the namespace of a context in the merged kubeconfig `texts`; `None` if they name none.
///
/// As in kubectl and Helm, the first file that says something wins. `context` is the context asked for; without one,
/// the current context of the files counts.
///
/// ```
/// # use shared::helm::namespace::of_kubeconfigs;
/// let text = "current-context: a\ncontexts:\n- {name: a, context: {namespace: team}}\n- {name: b, context: {}}\n";
/// assert_eq!(of_kubeconfigs(&[text.to_owned()], None).as_deref(), Some("team"));
/// assert_eq!(of_kubeconfigs(&[text.to_owned()], Some("b")), None);
/// ```
pub fn of_kubeconfigs(texts: &[String], context: Option<&str>) -> Option<String> {
    let files = texts.iter().map(|it| read::mapping_as_written(it)).collect::<Result<Vec<_>, _>>().ok()?;
    let current = || files.iter().find_map(|it| filled(it.get("current-context")));
    let wanted = context.or_else(current)?;
    let found = files.iter().find_map(|it| context_of(it, wanted))?;
    filled(found.get("namespace")).map(str::to_owned)
}

fn context_of<'a>(file: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let contexts = file.get("contexts")?.as_array()?;
    contexts.iter().find(|it| it.get("name").and_then(Value::as_str) == Some(name))?.get("context")
}

fn filled(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_file_that_says_something_wins() {
        let first = "contexts: [{name: a, context: {namespace: one}}]\ncurrent-context: \"\"\n".to_owned();
        let second =
            "{\"current-context\": \"a\", \"contexts\": [{\"name\": \"a\", \"context\": {\"namespace\": \"two\"}}, \
                      {\"name\": \"b\", \"context\": {\"namespace\": \"4\"}}]}"
                .to_owned();
        let both = [first.clone(), second.clone()];
        for (texts, context, expected) in [
            (&both[..], None, Some("one")),
            (&both[..], Some("b"), Some("4")),
            (&both[1..], None, Some("two")),
            (&both[..1], None, None),
            (&both[..], Some("nope"), None),
            (&[], None, None),
            (&["- no mapping".to_owned()], None, None),
        ] {
            assert_eq!(of_kubeconfigs(texts, context).as_deref(), expected, "{context:?}");
        }
    }
}
