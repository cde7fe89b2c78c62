//! Which replicas and containers are wanted.

use std::str::FromStr;

use shared::tfjob::pod::Pod;
use shared::tfjob::replica::ReplicaType;

use super::subject::Subject;

/// What the flags choose.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// Types; all if there are none.
    pub(super) replicas: Vec<ReplicaType>,
    pub(super) indices: Option<Indices>,
    pub(super) chief: bool,
    pub(super) previous: bool,
    pub(super) containers: Containers,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Containers {
    /// The one called tensorflow, else the first.
    Training,
    All,
    Named(String),
}

/// Numbers of replicas: `1-3,7`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Indices(Vec<(u64, u64)>);

impl FromStr for Indices {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no list of numbers such as 0 or 1-3,7");
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let number = |it: &str| it.trim().parse::<u64>().map_err(|_| wrong());
            let (first, last) = (number(first)?, number(last)?);
            if first <= last { Ok((first, last)) } else { Err(wrong()) }
        };
        text.split(',').map(range).collect::<Result<_, _>>().map(Self)
    }
}

impl Indices {
    fn has(&self, index: u64) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&index))
    }

    /// Returns the numbers from `end` on: `5`, `7-9`.
    fn beyond(&self, end: u64) -> impl Iterator<Item = String> {
        let beyond = self.0.iter().filter(move |it| it.1 >= end).map(move |it| (it.0.max(end), it.1));
        beyond.map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
    }

    fn is_one(&self) -> bool {
        matches!(self.0.as_slice(), [(first, last)] if first == last)
    }
}

impl Choice {
    /// Tells whether a replica is wanted.
    pub(super) fn wants(&self, replica: Option<&ReplicaType>, index: Option<u64>, subject: &Subject) -> bool {
        if self.chief {
            return subject
                .chief
                .as_ref()
                .is_some_and(|(kind, number)| replica == Some(kind) && index == Some(*number));
        }
        let of_type = self.replicas.is_empty() || replica.is_some_and(|it| self.replicas.contains(it));
        of_type && self.indices.as_ref().is_none_or(|it| index.is_some_and(|index| it.has(index)))
    }

    /// Tells whether a pod is wanted.
    pub(super) fn wants_pod(&self, pod: &Pod, subject: &Subject) -> bool {
        self.wants(pod.replica_type.as_ref(), pod.index, subject)
    }

    /// Returns what was asked for by name or number, and neither the job nor a pod has: `evaluator`, `5`.
    pub(super) fn absent(&self, subject: &Subject) -> Vec<String> {
        let is_of = |kind: &ReplicaType| self.replicas.is_empty() || self.replicas.contains(kind);
        let pods = || subject.pods.iter().filter_map(|it| it.replica_type.as_ref().zip(it.index));
        let wanted = subject.replicas.iter().map(|(kind, desired)| (kind, desired.unwrap_or(0)));
        let all: Vec<(&ReplicaType, u64)> =
            wanted.chain(pods().map(|(kind, index)| (kind, index.saturating_add(1)))).collect();
        let kinds = self.replicas.iter().filter(|kind| !all.iter().any(|it| it.0 == *kind)).map(ReplicaType::lower);
        let end = all.iter().filter(|it| is_of(it.0)).map(|it| it.1).max();
        let numbers = self.indices.iter().flat_map(|it| it.beyond(end.unwrap_or(0)));
        kinds.chain(numbers).collect()
    }

    /// Tells whether there will never be more than one replica.
    pub(super) fn is_single(&self, subject: &Subject) -> bool {
        let one_of_type = self.replicas.len() == 1 && self.indices.as_ref().is_some_and(Indices::is_one);
        let wanted = subject.replicas.iter().map(|(_, desired)| desired.unwrap_or(u64::MAX));
        self.chief || one_of_type || wanted.fold(0, u64::saturating_add) == 1
    }

    /// Tells whether the user asked for some replicas only.
    pub(super) fn is_partial(&self) -> bool {
        self.chief || !self.replicas.is_empty() || self.indices.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges() {
        let indices: Indices = "1-3,7".parse().unwrap();
        let taken: Vec<u64> = (0..10).filter(|it| indices.has(*it)).collect();
        assert_eq!(taken, [1, 2, 3, 7]);
        assert_eq!(indices.beyond(2).collect::<Vec<_>>(), ["2-3", "7"]);
        assert_eq!(indices.beyond(8).count(), 0);
        assert!("5".parse::<Indices>().unwrap().is_one());
        for text in ["", "a", "1-", "-1", "3-1", "1,,2", "1..3"] {
            assert!(text.parse::<Indices>().is_err(), "{text}");
        }
    }
}
