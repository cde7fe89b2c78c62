//! Which API groups the cluster serves, and which version of each has `tfjobs`.

use futures_util::future::join_all;
use kube::core::Version;
use serde_json::Value;

use super::error::{ClusterError, Right};
use super::list::decoded;
use super::resource::JobApi;
use super::session::{Call, Session};
use crate::tfjob::api::GROUPS;

/// Asks for everything in one answer; servers before 1.26 give the list of groups alone.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// A group as the server describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    name: String,
    /// The preferred one first.
    versions: Vec<Served>,
}

/// A version of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Served {
    version: String,
    /// The kind behind `tfjobs`; `None` if the version does not have it.
    kind: Option<String>,
    /// Whether the server said what is in it.
    is_known: bool,
}

/// Returns the APIs that serve `tfjobs`, one per group.
pub(super) async fn job_apis(session: &Session) -> Result<Vec<JobApi>, ClusterError> {
    let mut groups = groups(session).await?;
    groups.retain(|it| GROUPS.contains(&it.name.as_str()));
    let unknown: Vec<(usize, usize)> = (groups.iter().enumerate())
        .flat_map(|(at, it)| (0..it.versions.len()).map(move |version| (at, version)))
        .filter(|(group, version)| !groups[*group].versions[*version].is_known)
        .collect();
    let asked = unknown.iter().map(|(group, version)| {
        let group = &groups[*group];
        kind_of(session, &group.name, &group.versions[*version].version)
    });
    let answers = join_all(asked).await;
    let mut error = None;
    for ((group, version), answer) in unknown.into_iter().zip(answers) {
        match answer {
            Ok(kind) => groups[group].versions[version].kind = kind,
            Err(it) => error = error.or(Some(it)),
        }
    }
    let found = chosen(&groups);
    // One version that does not answer hides nothing that another one shows.
    if found.is_empty() { error.map_or(Ok(found), Err) } else { Ok(found) }
}

/// Tells whether the cluster has a group.
pub(super) async fn has_group(session: &Session, group: &str) -> Result<bool, ClusterError> {
    let path = format!("/apis/{group}");
    match session.fetch(&Call::get(path.clone(), right(&path))).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

async fn groups(session: &Session) -> Result<Vec<Group>, ClusterError> {
    let call = Call { accept: AGGREGATED, ..Call::get("/apis", right("/apis")) };
    let bytes = match session.fetch(&call).await {
        Err(error) if error.code() == Some(406) => session.fetch(&Call::get("/apis", right("/apis"))).await?,
        answer => answer?,
    };
    let answer: Value = decoded(&bytes, "/apis")?;
    Ok(if answer["kind"] == "APIGroupDiscoveryList" { aggregated(&answer) } else { plain(&answer) })
}

async fn kind_of(session: &Session, group: &str, version: &str) -> Result<Option<String>, ClusterError> {
    let path = format!("/apis/{group}/{version}");
    match session.fetch(&Call::get(path.clone(), right(&path))).await {
        Ok(bytes) => Ok(kind_in(&decoded(&bytes, &path)?)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn right(path: &str) -> Right {
    Right { verb: "get".to_owned(), resource: path.to_owned(), group: String::new(), namespace: None }
}

fn texts<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn entries<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

/// Reads the answer of one request for everything.
fn aggregated(answer: &Value) -> Vec<Group> {
    let version = |it: &Value| {
        let jobs = entries(it, "resources").find(|it| it["resource"] == "tfjobs");
        let kind = jobs.map(|it| it["responseKind"]["kind"].as_str().unwrap_or("TFJob").to_owned());
        // What is stale was not fetched from the server that has it.
        let is_known = it["freshness"] != "Stale" || kind.is_some();
        Served { version: texts(it, "version").to_owned(), kind, is_known }
    };
    entries(answer, "items")
        .map(|it| Group {
            name: texts(&it["metadata"], "name").to_owned(),
            versions: entries(it, "versions").map(version).collect(),
        })
        .collect()
}

/// Reads the list of groups, which does not say what is in them.
fn plain(answer: &Value) -> Vec<Group> {
    let served = |it: &Value| Served { version: texts(it, "version").to_owned(), kind: None, is_known: false };
    entries(answer, "groups")
        .map(|it| {
            let preferred = texts(&it["preferredVersion"], "version");
            let mut versions: Vec<Served> = entries(it, "versions").map(served).collect();
            versions.sort_by_key(|it| it.version != preferred);
            Group { name: texts(it, "name").to_owned(), versions }
        })
        .collect()
}

/// Returns the kind behind `tfjobs` in the list of a version's resources.
fn kind_in(answer: &Value) -> Option<String> {
    entries(answer, "resources").find(|it| it["name"] == "tfjobs").map(|it| texts(it, "kind").to_owned())
}

/// Returns, for each group, the preferred version if it has `tfjobs`, else the highest that does.
fn chosen(groups: &[Group]) -> Vec<JobApi> {
    let api = |name: &&str| {
        let group = groups.iter().find(|it| it.name == **name)?;
        let preferred = group.versions.first().filter(|it| it.kind.is_some());
        let highest = || {
            let having = group.versions.iter().filter(|it| it.kind.is_some());
            having.max_by_key(|it| Version::parse(&it.version).priority())
        };
        let served = preferred.or_else(highest)?;
        let kind = served.kind.clone().filter(|it| !it.is_empty());
        Some(JobApi {
            group: group.name.clone(),
            version: served.version.clone(),
            kind: kind.unwrap_or_else(|| "TFJob".to_owned()),
        })
    };
    GROUPS.iter().filter_map(api).collect()
}
