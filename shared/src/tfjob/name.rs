//! How a user names a job on the command line.

use std::str::FromStr;

use super::api::GROUPS;
use crate::base::failure::Failure;

/// A job as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobRef {
    /// The API group, where it was given; `None` = whichever group has a job of that name.
    pub group: Option<String>,
    /// The job's name.
    pub name: String,
}

/// Why a word names no job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobRefError {
    /// The kind before the slash is none of ours.
    #[error("`{0}` is no TFJob")]
    OtherKind(String),
    /// The group is none that serves TFJobs.
    #[error("`{0}` is no API group of TFJobs")]
    UnknownGroup(String),
    /// No object of Kubernetes can have the name.
    #[error("`{}` is no name that a job can have", .0.escape_debug())]
    BadName(String),
}

impl Failure for JobRefError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::OtherKind(_) => "write `NAME`, `tfjob/NAME` or `tfjobs.GROUP/NAME`".to_owned(),
            Self::UnknownGroup(_) => format!("the groups are {}", GROUPS.join(", ")),
            Self::BadName(_) => "`kubectl tfjob list` shows the names; they hold a-z, 0-9, `-` and `.` only".to_owned(),
        })
    }

    fn exit_code(&self) -> u8 {
        2
    }
}

impl FromStr for JobRef {
    type Err = JobRefError;

    /// Reads `NAME`, `tfjob/NAME`, `tfjobs/NAME`, and both with `.GROUP` or `.VERSION.GROUP` after the kind. The kind's
    /// case does not matter.
    fn from_str(word: &str) -> Result<Self, JobRefError> {
        let Some((resource, name)) = word.split_once('/') else {
            return Ok(Self { group: None, name: checked(word)? });
        };
        let (kind, group) = resource.split_once('.').map_or((resource, None), |(kind, group)| (kind, Some(group)));
        if !kind.eq_ignore_ascii_case("tfjob") && !kind.eq_ignore_ascii_case("tfjobs") {
            return Err(JobRefError::OtherKind(resource.to_owned()));
        }
        Ok(Self { group: group.map(known_group).transpose()?, name: checked(name)? })
    }
}

impl JobRef {
    /// Returns the job as it is written where two groups hold the same name: `tfjobs.GROUP/NAME`.
    pub fn qualified(group: &str, name: &str) -> String {
        format!("tfjobs.{group}/{name}")
    }
}

fn known_group(text: &str) -> Result<String, JobRefError> {
    let without_version = text.split_once('.').filter(|(version, _)| is_version(version)).map_or(text, |(_, it)| it);
    if GROUPS.contains(&without_version) {
        return Ok(without_version.to_owned());
    }
    Err(JobRefError::UnknownGroup(text.to_owned()))
}

fn is_version(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns `name` if it is a DNS subdomain, as every name of Kubernetes is; so it can stand in a request's path.
fn checked(name: &str) -> Result<String, JobRefError> {
    let is_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_part = |part: &str| part.starts_with(is_edge) && part.ends_with(is_edge);
    let is_inner = |c: char| is_edge(c) || c == '-' || c == '.';
    if name.len() <= 253 && name.chars().all(is_inner) && name.split('.').all(is_part) {
        return Ok(name.to_owned());
    }
    Err(JobRefError::BadName(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_can_be_written_in_every_way_of_kubectl() {
        for (word, group, name) in [
            ("mnist", None, "mnist"),
            ("a.b", None, "a.b"),
            ("tfjob/mnist", None, "mnist"),
            ("tfjobs/mnist", None, "mnist"),
            ("TFJob/mnist", None, "mnist"),
            ("tfjobs.kubeflow.org/x", Some("kubeflow.org"), "x"),
            ("tfjob.kubeflow.org/x", Some("kubeflow.org"), "x"),
            ("tfjobs.training.kubedl.io/x", Some("training.kubedl.io"), "x"),
            ("tfjobs.v1.kubeflow.org/x", Some("kubeflow.org"), "x"),
            ("tfjobs.v1alpha1.training.kubedl.io/x", Some("training.kubedl.io"), "x"),
            ("tfjobs.v1beta1.mlkube.io/x", Some("mlkube.io"), "x"),
        ] {
            let expected = JobRef { group: group.map(str::to_owned), name: name.to_owned() };
            assert_eq!(word.parse::<JobRef>(), Ok(expected), "{word}");
        }
    }

    #[test]
    fn other_words_say_what_is_wrong() {
        for (word, expected) in [
            ("", "`` is no name that a job can have"),
            ("pod/x", "`pod` is no TFJob"),
            ("tfjobs.example.com/x", "`example.com` is no API group of TFJobs"),
            ("tfjobs.v1/x", "`v1` is no API group of TFJobs"),
            ("tfjob/", "`` is no name that a job can have"),
            ("tfjob/../x", "`../x` is no name that a job can have"),
            ("..", "`..` is no name that a job can have"),
            ("Mnist", "`Mnist` is no name that a job can have"),
            ("-x", "`-x` is no name that a job can have"),
            ("a\nb", "`a\\nb` is no name that a job can have"),
        ] {
            let error = word.parse::<JobRef>().unwrap_err();
            assert_eq!((error.to_string().as_str(), error.exit_code()), (expected, 2));
            assert!(error.hint().is_some());
        }
    }
}
