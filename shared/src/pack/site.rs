//! A zoo as a static site: what its `index.json` says of its packs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::chart::{CHART_FILE, Chart, ChartError};
use super::source::{SourceError, check_pack_name};
use super::tree::{PackTree, TreeError};
use crate::base::failure::Failure;

/// The file that lists the packs of a site.
pub const INDEX_FILE: &str = "index.json";

/// One pack of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitePack {
    /// Its name.
    pub name: String,
    /// Where its archive is: an absolute URL, or a path beside the index.
    pub url: String,
    /// Its version as written in its Chart.yaml.
    pub version: String,
    /// Its description on one line.
    pub description: String,
    /// The SHA-256 of its archive in hex, where there is one.
    pub sha256: Option<String>,
}

/// Why a folder of packs cannot be made into a site.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SiteError {
    /// The URL of the site is none.
    #[error("`{0}` cannot be the URL of a zoo's site")]
    BadUrl(String),
    /// Its folder cannot be the name of a pack.
    #[error(transparent)]
    Name(#[from] SourceError),
    /// Its Chart.yaml is wrong.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// Something that every pack of an index has is not in its Chart.yaml.
    #[error("`{CHART_FILE}` of pack `{pack}` has no {field}")]
    Missing {
        /// The pack.
        pack: String,
        /// What is missing.
        field: &'static str,
    },
    /// It holds something that no pack may hold.
    #[error("pack `{pack}` cannot be used")]
    Tree {
        /// The pack.
        pack: String,
        /// What is wrong with it.
        #[source]
        source: TreeError,
    },
    /// Some file systems would take its name and another pack's for one.
    #[error("some file systems take `{pack}` and `{other}` for one name")]
    NamesFold {
        /// The pack.
        pack: String,
        /// The other one.
        other: String,
    },
}

impl Failure for SiteError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::BadUrl(_) => Some("write one such as `https://example.org/packs`, without user and password".into()),
            Self::Name(_) => Some("its folder needs another name".to_owned()),
            Self::Chart(it) => it.hint(),
            Self::Missing { field, .. } => Some(format!("add `{field}: …`")),
            Self::Tree { .. } => None,
            Self::NamesFold { .. } => Some("rename one of the folders".to_owned()),
        }
    }

    fn exit_code(&self) -> u8 {
        if matches!(self, Self::BadUrl(_)) { 2 } else { 1 }
    }
}

/// Checks that `url` can be the place where a site will be: `http(s)://HOST…`, without secrets.
pub fn check_site_url(url: &str) -> Result<(), SiteError> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '"' | '<' | '>' | '\\');
    if host.is_empty() || host.contains('@') || rest.contains(is_odd) {
        return Err(SiteError::BadUrl(url.to_owned()));
    }
    Ok(())
}

/// Returns the name of a pack's archive.
pub fn archive_name(pack: &str) -> String {
    format!("{pack}.tar.bz2")
}

/// Returns what an index says of the packs, sorted by name, without checksums; `base` is the URL of the site.
///
/// # Errors
///
/// Returns the faults of all packs.
pub fn site_packs(packs: &BTreeMap<String, PackTree>, base: Option<&str>) -> Result<Vec<SitePack>, Vec<SiteError>> {
    let mut faults = Vec::new();
    let mut listed = Vec::new();
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    for (name, tree) in packs {
        if let Some(other) = folded.insert(name.to_lowercase(), name) {
            faults.push(SiteError::NamesFold { pack: name.clone(), other: other.to_owned() });
        }
        match site_pack(name, tree, base) {
            Ok(pack) => listed.push(pack),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(listed) } else { Err(faults) }
}

fn site_pack(name: &str, tree: &PackTree, base: Option<&str>) -> Result<SitePack, Vec<SiteError>> {
    let mut faults: Vec<SiteError> = check_pack_name(name).err().into_iter().map(SiteError::from).collect();
    let chart = match Chart::read(name, tree.text(CHART_FILE).unwrap_or_default()) {
        Ok(chart) => chart,
        Err(error) => {
            faults.push(error.into());
            return Err(faults);
        }
    };
    faults.extend(chart.check_identity(name).err().map(SiteError::from));
    let missing = |field| SiteError::Missing { pack: name.to_owned(), field };
    faults.extend(chart.version.is_none().then(|| missing("version")));
    faults.extend(chart.description.is_empty().then(|| missing("description")));
    if !faults.is_empty() {
        return Err(faults);
    }
    let archive = archive_name(name);
    Ok(SitePack {
        name: name.to_owned(),
        url: base.map_or_else(|| archive.clone(), |it| format!("{}/{archive}", it.trim_end_matches('/'))),
        version: chart.version.unwrap_or_default(),
        description: chart.description,
        sha256: None,
    })
}

/// Returns the text of an `index.json`.
pub fn index_text(packs: &[SitePack]) -> String {
    let entry = |it: &SitePack| {
        let mut entry = json!({"name": it.name, "url": it.url, "version": it.version, "description": it.description});
        if let (Some(sha256), Some(fields)) = (&it.sha256, entry.as_object_mut()) {
            fields.insert("sha256".to_owned(), sha256.clone().into());
        }
        entry
    };
    let index = json!({"templates": packs.iter().map(entry).collect::<Vec<Value>>()});
    format!("{index:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packs(charts: &[(&str, &str)]) -> BTreeMap<String, PackTree> {
        let tree = |chart: &str| {
            let mut tree = PackTree::default();
            tree.add(CHART_FILE.as_bytes(), chart.into(), false).unwrap();
            tree
        };
        charts.iter().map(|(name, chart)| ((*name).to_owned(), tree(chart))).collect()
    }

    #[test]
    fn an_index_lists_packs_as_their_charts_describe_them() {
        let packs = packs(&[
            ("b", "name: b\nversion: 1.10\ndescription: 'a: b'\n"),
            ("a", "name: a\nversion: 0.1.0\ndescription: |\n  two\n  lines\n"),
        ]);
        let mut listed = site_packs(&packs, Some("https://example.org/zoo/")).unwrap();
        listed[1].sha256 = Some("00ff".into());
        assert_eq!(
            serde_json::from_str::<Value>(&index_text(&listed)).unwrap(),
            json!({"templates": [
                {"name": "a", "url": "https://example.org/zoo/a.tar.bz2", "version": "0.1.0", "description": "two lines"},
                {"name": "b", "url": "https://example.org/zoo/b.tar.bz2", "version": "1.10", "description": "a: b", "sha256": "00ff"},
            ]})
        );
        assert_eq!(site_packs(&packs, None).unwrap()[0].url, "a.tar.bz2");
    }

    #[test]
    fn all_faults_of_all_packs_are_told() {
        let packs = packs(&[
            ("A", "name: A\nversion: 1\ndescription: d\n"),
            ("a", "name: other\n"),
            ("b", "[\n"),
            ("c d", "name: c d\nversion: 1\ndescription: d\n"),
        ]);
        let faults: Vec<String> = site_packs(&packs, None).unwrap_err().iter().map(SiteError::to_string).collect();
        assert_eq!(
            faults,
            [
                "some file systems take `a` and `A` for one name",
                "Definition of the a pack is incorrect.",
                "`charts/Chart.yaml` of pack `a` has no version",
                "`charts/Chart.yaml` of pack `a` has no description",
                "`charts/Chart.yaml` of pack `b` cannot be read",
                "`c d` cannot be the name of a pack",
            ]
        );
    }

    #[test]
    fn urls_of_sites_are_checked() {
        for (url, is_good) in [
            ("https://example.org", true),
            ("http://127.0.0.1:8080/zoo/", true),
            ("https://me:secret@example.org", false),
            ("ftp://example.org", false),
            ("https://", false),
            ("example.org", false),
            ("https://example.org/?q", false),
            ("https://example.org/a b", false),
        ] {
            assert_eq!(check_site_url(url).is_ok(), is_good, "{url}");
        }
    }
}
