//! Small packs for tests.

/// Returns the files of a small pack below `prefix` (empty, or ending with `/`).
pub fn small(prefix: &str, name: &str, version: &str) -> Vec<(String, String)> {
    let at = |path: &str| format!("{prefix}{name}/{path}");
    let chart = format!("apiVersion: v1\nname: {name}\nversion: {version}\ndescription: The {name} pack\n");
    let template = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n";
    vec![
        (at("Dockerfile"), "FROM nauta/tensorflow-py3\n\nADD training.py .\n".to_owned()),
        (at("charts/Chart.yaml"), chart),
        (at("charts/values.yaml"), "# How many\npodCount: 1\nname: {{ NAUTA.ExperimentName }}\n".to_owned()),
        (at("charts/templates/pod.yaml"), template.to_owned()),
    ]
}

/// Returns `files` as the builders of repositories take them.
pub fn borrowed(files: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    files.iter().map(|(path, content)| (path.as_str(), content.as_str()))
}
