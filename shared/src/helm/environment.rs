//! The environment of the Helm that we start, cleaned of what the Helm that started us made of the script's words.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use super::global::{GROUPS, KUBECONFIG};
use super::words::Words;
use crate::base::failure::Failure;

/// Variables by name.
pub type Variables = BTreeMap<OsString, OsString>;

/// Variables to set (`Some`) or to remove (`None`); what is not named stays as it is.
pub type Changes = BTreeMap<&'static str, Option<OsString>>;

/// Why the environment cannot be cleaned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// What the variables held before Helm overwrote them stands only in Helm's own environment.
    #[error(
        "cannot tell what {} should be: Helm made it of words behind `--`, and Helm's own environment cannot be read",
        variables.join(", ")
    )]
    Unreadable {
        /// The variables, sorted.
        variables: Vec<&'static str>,
    },
}

impl Failure for EnvironmentError {
    fn hint(&self) -> Option<String> {
        Some("write each argument as `--script-arg=WORD`, or call `helm-nauta` directly".to_owned())
    }

    fn exit_code(&self) -> u8 {
        2
    }
}

/// Returns the variables whose values must come from the environment of the Helm that started us.
pub fn needed_from_parent(words: &Words) -> Vec<&'static str> {
    words.overwritten.iter().copied().filter(|name| given(words, name).is_none()).collect()
}

/// Returns what to change in `own`, our own environment.
///
/// A variable that Helm overwrote gets its value from the words before `--`, else from `parent`, the environment that
/// Helm itself was started with; a variable that is in neither is removed, so that Helm falls back on the kubeconfig
/// and its own defaults. Groups that Helm wrote twice are left once.
///
/// # Errors
///
/// Refuses if `parent` is needed and is not there.
pub fn clean(words: &Words, parent: Option<&Variables>, own: &Variables) -> Result<Changes, EnvironmentError> {
    let needed = needed_from_parent(words);
    if parent.is_none() && !needed.is_empty() {
        return Err(EnvironmentError::Unreadable { variables: needed });
    }
    let mut changes = Changes::new();
    for name in &words.overwritten {
        let before = || value(parent?, name);
        changes.insert(*name, given(words, name).map(OsString::from).or_else(before));
    }
    if let Some(groups) = value(own, GROUPS).filter(|_| !words.overwritten.contains(GROUPS)) {
        let once = without_doubles(&groups);
        if once.as_deref().is_some_and(|it| OsStr::new(it) != groups) {
            changes.insert(GROUPS, once.map(OsString::from));
        }
    }
    Ok(changes)
}

/// Returns `variables` with `changes` made.
pub fn changed(mut variables: Variables, changes: &Changes) -> Variables {
    for (name, value) in changes {
        match value {
            Some(value) => variables.insert(OsString::from(*name), value.clone()),
            None => variables.remove(OsStr::new(*name)),
        };
    }
    variables
}

/// Returns the value that the words before `--` give to a variable; the last one counts, groups add up.
fn given(words: &Words, name: &str) -> Option<String> {
    let mut values = words.given.iter().filter(|(variable, _)| *variable == name).map(|(_, value)| value.as_str());
    if name == GROUPS {
        let groups: Vec<&str> = values.collect();
        return (!groups.is_empty()).then(|| groups.join(","));
    }
    // An empty `--kubeconfig=` is as good as none: Helm does not hand it over.
    values.next_back().filter(|it| name != KUBECONFIG || !it.is_empty()).map(str::to_owned)
}

/// Returns the variable's value; empty is as good as unset, for Helm as well.
fn value(variables: &Variables, name: &str) -> Option<OsString> {
    variables.get(OsStr::new(name)).filter(|it| !it.is_empty()).cloned()
}

fn without_doubles(groups: &OsStr) -> Option<String> {
    let mut seen = BTreeSet::new();
    Some(groups.to_str()?.split(',').filter(|it| seen.insert(*it)).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::words::recover;

    fn variables(entries: &[(&str, &str)]) -> Variables {
        entries.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
    }

    /// Returns the changes after `helm nauta <typed>`, of which `arrived` arrived.
    fn cleaned(
        typed: &str,
        arrived: &str,
        parent: Option<&Variables>,
        own: &Variables,
    ) -> Result<Changes, Vec<&'static str>> {
        let split = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let words = recover("nauta", Some(&split(&format!("helm {typed}"))), &split(arrived)).unwrap();
        clean(&words, parent, own).map_err(|EnvironmentError::Unreadable { variables }| variables)
    }

    #[test]
    fn overwritten_variables_come_from_where_they_were_meant_to_come_from() {
        let none = variables(&[]);
        let team = variables(&[("HELM_NAMESPACE", "team-a"), ("KUBECONFIG", "/k"), ("HELM_KUBECONTEXT", "")]);
        let set = |value: &str| Some(OsString::from(value));
        for (typed, arrived, parent, expected) in [
            // Nothing behind `--` was eaten: all stays, and Helm's environment is not asked for.
            ("nauta e -n a -- x", "e -- x", None, vec![]),
            ("nauta e -- -n 4", "e --", Some(&none), vec![("HELM_NAMESPACE", None)]),
            ("nauta e -- -n 4", "e --", Some(&team), vec![("HELM_NAMESPACE", set("team-a"))]),
            ("nauta e -n foo -- -n 4", "e --", None, vec![("HELM_NAMESPACE", set("foo"))]),
            ("-n foo nauta -n=bar e -- -n 4", "e --", None, vec![("HELM_NAMESPACE", set("bar"))]),
            (
                "nauta e -- --kubeconfig /other",
                "e --",
                Some(&team),
                vec![("HELM_NAMESPACE", set("team-a")), ("KUBECONFIG", set("/k"))],
            ),
            (
                "nauta e -- --kube-context x",
                "e --",
                Some(&team),
                vec![("HELM_KUBECONTEXT", None), ("HELM_NAMESPACE", set("team-a"))],
            ),
            ("nauta e --debug -- --debug", "e --", None, vec![("HELM_DEBUG", set("true"))]),
            (
                "nauta e --kube-as-group a --kube-as-group=b -- --kube-as-group c",
                "e --",
                None,
                vec![("HELM_KUBEASGROUPS", set("a,b"))],
            ),
            ("nauta e -eLANG=en", "e -eLANG=en", Some(&team), vec![("HELM_NAMESPACE", set("team-a"))]),
        ] {
            let changes = cleaned(typed, arrived, parent, &none).expect(typed);
            assert_eq!(changes, expected.into_iter().collect(), "{typed}");
        }
    }

    #[test]
    fn without_helms_environment_nothing_is_guessed() {
        let own = variables(&[]);
        assert_eq!(cleaned("nauta e -- -n 4", "e --", None, &own), Err(vec!["HELM_NAMESPACE"]));
    }

    #[test]
    fn doubled_groups_are_left_once() {
        let own = variables(&[("HELM_KUBEASGROUPS", "g1,g2,g1,g2")]);
        let changes = cleaned("nauta e --kube-as-group g1", "e", None, &own).unwrap();
        assert_eq!(changed(own, &changes), variables(&[("HELM_KUBEASGROUPS", "g1,g2")]));
    }
}
