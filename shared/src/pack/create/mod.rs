//! New packs: a skeleton, or an existing Helm chart made into a pack in five steps.

mod templates;
mod text;
mod values;
mod workload;

use serde_json::Value;
use similar::TextDiff;

use super::chart::{CHART_FILE, VALUES_FILE};
use super::tree::{PackTree, TreeError};
use crate::base::failure::Failure;
use crate::yaml::edit::{self, EditError};
use crate::yaml::read::{self, ReadError};

const DOCKERFILE: &str = "Dockerfile";
const HELPERS: &str = "charts/templates/_nauta.tpl";
/// The base image where the chart names none.
const USUAL_BASE: &str = "python:3.13-slim";

/// The files of a skeleton; `__PACK__` stands for the name.
const SKELETON: [(&str, &str); 6] = [
    (DOCKERFILE, include_str!("skeleton/Dockerfile")),
    (CHART_FILE, include_str!("skeleton/Chart.yaml")),
    (VALUES_FILE, include_str!("skeleton/values.yaml")),
    ("charts/templates/_labels.tpl", include_str!("skeleton/templates/_labels.tpl")),
    (HELPERS, include_str!("skeleton/templates/_nauta.tpl")),
    ("charts/templates/job.yaml", include_str!("skeleton/templates/job.yaml")),
];

/// Why no pack can be made of a chart.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// It is no chart.
    #[error("there is no `Chart.yaml`: this is no Helm chart")]
    NoChart,
    /// It is a pack already.
    #[error("the values of this chart hold NAUTA placeholders already: it is a pack's")]
    IsPack,
    /// Its Chart.yaml cannot be changed.
    #[error("`{CHART_FILE}` cannot be given the pack's name")]
    Chart(#[source] EditError),
    /// Its values cannot be read.
    #[error("`{VALUES_FILE}` cannot be read")]
    Values(#[source] ReadError),
    /// Its values are written in a way that nothing can be added to.
    #[error("nothing can be added to `{VALUES_FILE}` without changing what it says")]
    UnusualValues,
    /// The pack would be larger than packs may be.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl Failure for CreateError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoChart => Some("name a folder with a Chart.yaml, REPO/CHART, or an oci:// address".to_owned()),
            Self::IsPack => Some("`kubectl pack copy PATH NAME` makes a new pack of one".to_owned()),
            Self::UnusualValues => Some("write its top level as lines `key: value`, without brackets".to_owned()),
            Self::Chart(_) | Self::Values(_) | Self::Tree(_) => None,
        }
    }
}

/// Something in a chart that its author must look at: nothing was changed there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPoint {
    /// The file, relative to the pack.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is there.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// A pack made of a chart.
#[derive(Debug, Clone)]
pub struct Made {
    /// The pack.
    pub tree: PackTree,
    /// Every edit, as a unified diff.
    pub diff: String,
    /// What is left to its author.
    pub open: Vec<OpenPoint>,
}

/// Returns a whole small pack called `name`, which renders and runs as it is.
pub fn skeleton(name: &str) -> Result<PackTree, TreeError> {
    let mut tree = PackTree::default();
    for (path, text) in SKELETON {
        tree.add(path.as_bytes(), named(text, name).into_bytes(), false)?;
    }
    Ok(tree)
}

/// Makes a pack called `name` of the files of a chart.
///
/// # Errors
///
/// Fails if this is no chart, if it is a pack's already, or if its Chart.yaml or values.yaml cannot be edited.
pub fn from_chart(name: &str, chart: &PackTree) -> Result<Made, CreateError> {
    let before = below_charts(chart)?;
    let chart_text = before.text(CHART_FILE).ok_or(CreateError::NoChart)?;
    let values_text = before.text(VALUES_FILE).unwrap_or_default();
    if values_text.contains("NAUTA.") {
        return Err(CreateError::IsPack);
    }
    let values = values::read(values_text)?;
    let mut changed = vec![
        (CHART_FILE.to_owned(), edit::set_texts(chart_text, &[("name", name)]).map_err(CreateError::Chart)?),
        (HELPERS.to_owned(), named(include_str!("skeleton/templates/_nauta.tpl"), name)),
    ];
    let mut open = Vec::new();
    let workloads = templates::convert(name, &before, &values, &mut open);
    changed.extend(workloads.texts);
    changed.push((VALUES_FILE.to_owned(), values::with_placeholders(values_text, workloads.pods, &mut open)?));
    changed.push((DOCKERFILE.to_owned(), dockerfile(chart_text, &values, &mut open)));
    if before.text("charts/values.schema.json").is_some_and(|it| it.contains("\"additionalProperties\"")) {
        open.push(OpenPoint {
            file: "charts/values.schema.json".to_owned(),
            line: 1,
            what: "the schema may refuse the new values".to_owned(),
            remedy: "allow `experimentImage`, `podCount` and `commandline` in it".to_owned(),
        });
    }
    let mut tree = before.clone();
    for (path, text) in changed {
        if tree.get(&path).is_some() {
            tree.replace(&path, text.into_bytes());
        } else {
            tree.add(path.as_bytes(), text.into_bytes(), false)?;
        }
    }
    open.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(Made { diff: diff(&before, &tree), tree, open })
}

fn named(text: &str, name: &str) -> String {
    text.replace("__PACK__", name)
}

fn below_charts(chart: &PackTree) -> Result<PackTree, TreeError> {
    let mut pack = PackTree::default();
    for (path, file) in chart.files() {
        pack.add(format!("charts/{path}").as_bytes(), file.content.clone(), file.executable)?;
    }
    Ok(pack)
}

/// Returns a Dockerfile that starts from the image which the chart ran.
fn dockerfile(chart: &str, values: &serde_json::Map<String, Value>, open: &mut Vec<OpenPoint>) -> String {
    let chart = read::mapping_as_written(chart).unwrap_or_default();
    let app_version = chart.get("appVersion").and_then(Value::as_str);
    let image = values::image(values, app_version);
    let (what, base) = match &image {
        Some(image) => (format!("the image starts from `{image}`, which the chart ran"), image.as_str()),
        None => (format!("the chart's values name no image, so this starts from `{USUAL_BASE}`"), USUAL_BASE),
    };
    let text = include_str!("skeleton/Dockerfile").replace(USUAL_BASE, base);
    let line = text.lines().position(|it| it.starts_with("FROM ")).unwrap_or(0) + 1;
    let remedy = "choose an image with Python, pip and the libraries of your scripts".to_owned();
    open.push(OpenPoint { file: DOCKERFILE.to_owned(), line, what, remedy });
    text
}

/// Returns what differs between two trees, as a unified diff, file by file.
fn diff(before: &PackTree, after: &PackTree) -> String {
    let mut text = String::new();
    for (path, file) in after.files() {
        let old = before.get(path);
        if old.is_some_and(|it| it.content == file.content) {
            continue;
        }
        let (was, is) = (before.text(path).unwrap_or_default(), after.text(path).unwrap_or_default());
        let from = if old.is_some() { format!("a/{path}") } else { "/dev/null".to_owned() };
        let changes = TextDiff::from_lines(was, is);
        text += &changes.unified_diff().context_radius(3).header(&from, &format!("b/{path}")).to_string();
    }
    text
}
