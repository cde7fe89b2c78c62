//! New packs: a skeleton, or an existing Helm chart made into a pack in five steps.

mod blocks;
mod container;
mod count;
mod elsewhere;
mod templates;
mod text;
mod values;
mod workload;

use serde_json::Value;
use similar::TextDiff;

use super::chart::{CHART_FILE, Chart, VALUES_FILE};
use super::gotemplate;
use super::references::References;
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
    /// Whether the pack does not run the experiment, or is refused by Helm, until it is done.
    pub is_fault: bool,
}

impl OpenPoint {
    /// Names what stands on a line, counted from 0.
    fn new(file: &str, line: usize, what: &str, remedy: impl Into<String>) -> Self {
        let (file, what) = (file.to_owned(), what.to_owned());
        Self { file, line: line + 1, what, remedy: remedy.into(), is_fault: false }
    }
}

/// What the pack's templates and its values are called.
struct Names<'a> {
    /// What the names of its templates begin with.
    pack: &'a str,
    /// The value that holds the image of the experiment.
    image: &'static str,
    /// The value that holds the script and its arguments.
    command: &'static str,
}

impl<'a> Names<'a> {
    /// Chooses names that the chart's own values do not have.
    fn of(pack: &'a str, own: &serde_json::Map<String, Value>) -> Self {
        let free = |usual, other| if own.contains_key(usual) { other } else { usual };
        let (image, command) = (free("experimentImage", "nautaImage"), free("commandline", "nautaCommandline"));
        Self { pack, image, command }
    }
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
    let (helpers_file, prefix) = helpers(name, &before);
    let names = Names::of(&prefix, &values);
    let helpers = named(include_str!("skeleton/templates/_nauta.tpl"), &prefix)
        .replace(".Values.commandline", &format!(".Values.{}", names.command));
    let chart = edit::set_texts(chart_text, &[("name", name)]).map_err(CreateError::Chart)?;
    let mut changed = vec![(CHART_FILE.to_owned(), chart), (helpers_file, helpers)];
    let mut open = Vec::new();
    let workloads = templates::convert(&names, &before, &values, &mut open);
    changed.extend(workloads.texts);
    let placeholders = values::with_placeholders(values_text, &names, &workloads.pods, &mut open)?;
    changed.push((VALUES_FILE.to_owned(), placeholders));
    changed.push((DOCKERFILE.to_owned(), dockerfile(chart_text, &values, &mut open)));
    let tree = with_files(&before, changed)?;
    let chart = Chart::read(name, chart_text).unwrap_or_default();
    let read = |tree| References::of(tree, &chart);
    values::note_unread(values_text, &read(&before), &read(&tree), &mut open);
    open.extend(schema(&before, &names));
    open.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(Made { diff: diff(&before, &tree), tree, open })
}

/// Returns the file of our templates, and what their names begin with: nothing that the chart has itself.
fn helpers(name: &str, chart: &PackTree) -> (String, String) {
    let is_taken = |prefix: &str| {
        let ours = ["args", "command"].map(|it| format!("define \"{prefix}.{it}\""));
        gotemplate::templates(chart).any(|(_, text)| ours.iter().any(|it| text.contains(it)))
    };
    let prefix = if is_taken(name) { format!("{name}.nauta") } else { name.to_owned() };
    let file = if chart.get(HELPERS).is_some() { HELPERS.replace("_nauta", "_nauta_pack") } else { HELPERS.to_owned() };
    (file, prefix)
}

fn with_files(before: &PackTree, files: Vec<(String, String)>) -> Result<PackTree, TreeError> {
    let mut tree = before.clone();
    for (path, text) in files {
        if tree.get(&path).is_some() {
            tree.replace(&path, text.into_bytes());
        } else {
            tree.add(path.as_bytes(), text.into_bytes(), false)?;
        }
    }
    Ok(tree)
}

/// Returns what is to be told of a schema that may refuse the new values.
fn schema(chart: &PackTree, names: &Names<'_>) -> Option<OpenPoint> {
    const SCHEMA: &str = "charts/values.schema.json";
    let text = chart.text(SCHEMA)?;
    let line = text.lines().position(|it| it.contains("\"additionalProperties\""))?;
    let refuses = serde_json::from_str(text).is_ok_and(|it: Value| it["additionalProperties"] == false);
    let how = if refuses { "refuses" } else { "may refuse" };
    let remedy = format!("allow `{}`, `podCount` and `{}` in it", names.image, names.command);
    let point = OpenPoint::new(SCHEMA, line, &format!("the schema {how} the new values"), remedy);
    Some(OpenPoint { is_fault: refuses, ..point })
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
    let line = text.lines().position(|it| it.starts_with("FROM ")).unwrap_or(0);
    let remedy = "choose an image with Python, pip and the libraries of your scripts";
    open.push(OpenPoint::new(DOCKERFILE, line, &what, remedy));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_of_the_charts_own_stay() {
        let own = "{{- define \"web.args\" }}x{{ end }}\n";
        let job = "spec:\n  template:\n    spec:\n      containers:\n      - image: x\n";
        let mut chart = PackTree::default();
        for (path, text) in
            [("Chart.yaml", "name: web\nversion: 1.0.0\n"), ("templates/_nauta.tpl", own), ("templates/a.yaml", job)]
        {
            chart.add(path.as_bytes(), text.as_bytes().to_vec(), false).unwrap();
        }
        let made = from_chart("web", &chart).unwrap();
        assert_eq!(made.tree.text(HELPERS), Some(own));
        assert!(made.tree.text("charts/templates/a.yaml").unwrap().contains("include \"web.nauta.command\""));
        let ours = made.tree.text("charts/templates/_nauta_pack.tpl").unwrap();
        assert!(ours.contains("define \"web.nauta.args\"") && ours.contains("include \"web.nauta.args\""), "{ours}");
        assert!(from_chart("other", &chart).unwrap().diff.contains("define \"other.args\""));
    }
}
