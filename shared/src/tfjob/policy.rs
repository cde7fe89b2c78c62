//! What a job wants to happen at its end, and who heeds it.

use std::fmt;

use serde_json::Value;

use super::api::{self, GroupVersion};
use super::json;
use super::pod::Pod;

/// The policies that `spec` held directly until `kubeflow.org/v1` got a `runPolicy`.
pub const FLAT: [&str; 4] = ["cleanPodPolicy", "ttlSecondsAfterFinished", "activeDeadlineSeconds", "backoffLimit"];

/// Which pods the operator deletes when the job ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CleanPodPolicy {
    /// All of them.
    All,
    /// Those still running, from operator 1.0.1 on also the pending ones.
    Running,
    /// None.
    None,
    /// A word that no operator knows, as written.
    Other(String),
}

impl CleanPodPolicy {
    fn parse(word: &str) -> Self {
        [Self::All, Self::Running, Self::None]
            .into_iter()
            .find(|it| it.as_str().eq_ignore_ascii_case(word))
            .unwrap_or_else(|| Self::Other(word.to_owned()))
    }

    /// Returns the policy's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::All => "All",
            Self::Running => "Running",
            Self::None => "None",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for CleanPodPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A job's policies; `None` everywhere means that the object does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policies {
    /// `cleanPodPolicy` (`cleanupPodPolicy` in `kubeflow.org/v1alpha1`), from `runPolicy` first, then from `spec`.
    pub clean_pods: Option<CleanPodPolicy>,
    /// Whether [`Self::clean_pods`] stands in `spec` itself, where operators from 1.0.1 on do not look.
    pub clean_pods_is_flat: bool,
    /// Seconds after its end at which the operator deletes the job: of `runPolicy`, or of `spec` where only that says.
    pub ttl_seconds: Option<i64>,
    /// Whether [`Self::ttl_seconds`] stands in `spec` itself.
    pub ttl_is_flat: bool,
    /// Seconds after which the operator ends the job.
    pub deadline_seconds: Option<i64>,
    /// How many restarts the operator allows.
    pub backoff_limit: Option<i64>,
    /// Whether `runPolicy.suspend` is true.
    pub is_suspended: bool,
    /// Which of [`FLAT`] stand in `spec` itself, in that order.
    pub flat: Vec<&'static str>,
}

impl Policies {
    /// Reads the policies of a `spec`; those of the list form are `cleanupPodPolicy` alone.
    pub(super) fn read(api: &GroupVersion, spec: &Value) -> Self {
        if api::is_list_form(api) {
            let word = json::any_case(spec, "cleanupPodPolicy").and_then(json::word);
            let clean_pods = word.filter(|_| !api::is_of_2017(&api.group)).map(|it| CleanPodPolicy::parse(&it));
            return Self { clean_pods, ..Self::default() };
        }
        let number = |key| json::whole(spec, &["runPolicy", key]).or_else(|| json::whole(spec, &[key]));
        let (own, flat) = (json::text(spec, &["runPolicy", FLAT[0]]), json::text(spec, &[FLAT[0]]));
        Self {
            clean_pods_is_flat: own.is_none() && flat.is_some(),
            clean_pods: own.or(flat).map(|it| CleanPodPolicy::parse(&it)),
            ttl_seconds: number(FLAT[1]),
            ttl_is_flat: json::whole(spec, &["runPolicy", FLAT[1]]).is_none(),
            deadline_seconds: number("activeDeadlineSeconds"),
            backoff_limit: number("backoffLimit"),
            is_suspended: json::at(spec, &["runPolicy", "suspend"]) == Some(&Value::Bool(true)),
            flat: FLAT.into_iter().filter(|it| json::at(spec, &[it]).is_some()).collect(),
        }
    }

    /// Returns the policy that the operator follows; `None` where that cannot be known.
    ///
    /// A policy that the object does not set, or sets where its operator does not look, is the operator's default:
    /// nothing was ever deleted by those of 2017, everything by `kubeflow.org/v1alpha1`, running pods until operator
    /// 1.5, nothing from 1.6 on. Operators of `kubeflow.org/v1` are told apart by the labels of their pods.
    pub fn in_force(&self, api: &GroupVersion, pods: Option<&[Pod]>) -> Option<CleanPodPolicy> {
        let pods = pods.unwrap_or_default();
        let is_v1 = api.group == "kubeflow.org" && api.version == "v1";
        let ignores_flat = is_v1 && !pods.is_empty() && !pods.iter().any(Pod::has_flat_operator);
        if self.clean_pods.is_some() && !(self.clean_pods_is_flat && ignores_flat) {
            return self.clean_pods.clone();
        }
        match (api.group.as_str(), api.version.as_str()) {
            (group, _) if api::is_of_2017(group) => Some(CleanPodPolicy::None),
            ("kubeflow.org", "v1alpha1") => Some(CleanPodPolicy::All),
            ("kubeflow.org", "v1alpha2" | "v1beta1" | "v1beta2") => Some(CleanPodPolicy::Running),
            ("kubeflow.org", "v1") => {
                let pod = pods.first()?;
                Some(if pod.has_only_newest_labels() { CleanPodPolicy::None } else { CleanPodPolicy::Running })
            }
            _ => None,
        }
    }
}
