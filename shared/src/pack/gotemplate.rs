//! The text of a Helm template, cut into plain text and `{{ … }}` actions. Nothing is evaluated.

use super::expression::Names;
use super::helmignore::Ignored;
use super::tree::PackTree;

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'t> {
    /// Text that is printed as it is.
    Text(&'t str),
    /// What stands between the braces, without them, trim marks and outer blanks.
    Action(&'t str),
}

/// Returns the templates of a pack's own chart that Helm loads, by path.
pub fn templates(tree: &PackTree) -> impl Iterator<Item = (&str, &str)> {
    let ignored = Ignored::of(tree);
    tree.files().filter_map(move |(path, _)| {
        let is_template = path.starts_with("charts/templates/") && !ignored.has(path.strip_prefix("charts/")?);
        is_template.then(|| Some((path, tree.text(path)?))).flatten()
    })
}

/// Returns the templates of the charts in a pack's chart, by path: their named templates may be included.
pub fn libraries(tree: &PackTree) -> impl Iterator<Item = (&str, &str)> {
    let is_template = |path: &str| path.starts_with("charts/charts/") && path.contains("/templates/");
    tree.files().filter(move |(path, _)| is_template(path)).filter_map(|(path, _)| Some((path, tree.text(path)?)))
}

/// Cuts a template into its pieces, with the byte offset of each. An action that never ends is text.
pub fn segments(template: &str) -> Vec<(usize, Segment<'_>)> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(start) = template[at..].find("{{").map(|it| at + it) {
        let Some(end) = action_end(template, start + 2) else { break };
        if start > at {
            out.push((at, Segment::Text(&template[at..start])));
        }
        let inner = &template[start + 2..end];
        let inner = inner.strip_prefix('-').unwrap_or(inner);
        let inner = inner.strip_suffix('-').unwrap_or(inner).trim();
        if !inner.starts_with("/*") {
            out.push((start, Segment::Action(inner)));
        }
        at = end + 2;
    }
    if at < template.len() {
        out.push((at, Segment::Text(&template[at..])));
    }
    out
}

/// Returns where the `}}` of an action stands; braces in strings and comments do not count.
pub(super) fn action_end(template: &str, start: usize) -> Option<usize> {
    let bytes = template.as_bytes();
    let body = template[start..].trim_start_matches(['-', ' ']);
    if body.starts_with("/*") {
        let close = start + template[start..].find("*/")?;
        return Some(close + template[close..].find("}}")?);
    }
    let mut quote = None;
    let mut at = start;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(b'"'), b'\\') => at += 1,
            (Some(open), it) if it == open => quote = None,
            (None, it @ (b'"' | b'`')) => quote = Some(it),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns the paths of the values that an action reads, by itself; an empty path stands for all values.
pub fn values_paths(action: &str) -> Vec<Vec<String>> {
    let mut reads = Vec::new();
    let keyword = action.split_whitespace().next().unwrap_or_default();
    let rest = if matches!(keyword, "if" | "with" | "range" | "else") { &action[keyword.len()..] } else { action };
    let value = rest.split_once(":=").map_or(rest, |(_, value)| value);
    let value = value.trim_start().trim_start_matches("if ").trim_start_matches("with ");
    Names::default().meaning(value, &mut reads);
    reads
}

/// Returns the paths of the values that the actions in a text read.
pub fn values_in(text: &str) -> Vec<Vec<String>> {
    let actions = segments(text).into_iter().filter_map(|(_, it)| match it {
        Segment::Action(action) => Some(action),
        Segment::Text(_) => None,
    });
    actions.flat_map(values_paths).collect()
}

/// Returns the dotted paths behind each `.Values` in a text, be it a template or one that becomes one.
pub fn mentioned_values(text: &str) -> Vec<Vec<String>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(".Values")
        .filter_map(|(at, word)| {
            let behind = &text[at + word.len()..];
            if behind.starts_with(is_word) {
                return None;
            }
            let end = behind.find(|c: char| !is_word(c) && c != '.').unwrap_or(behind.len());
            Some(behind[..end].split('.').filter(|it| !it.is_empty()).map(str::to_owned).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_cut_at_their_actions() {
        let pieces: Vec<Segment<'_>> =
            segments("a {{- .x -}} b{{ \"}}\" }}{{/* }} */}}c{{ d").into_iter().map(|it| it.1).collect();
        assert_eq!(
            pieces,
            [
                Segment::Text("a "),
                Segment::Action(".x"),
                Segment::Text(" b"),
                Segment::Action("\"}}\""),
                Segment::Text("c{{ d"),
            ]
        );
    }

    #[test]
    fn values_are_found_by_their_path() {
        let paths = |action| values_paths(action).iter().map(|it| it.join(".")).collect::<Vec<_>>();
        assert_eq!(paths("default .Values.a.b $.Values.c"), ["a.b", "c"]);
        assert_eq!(paths("toYaml .Values | indent 2"), [""]);
        assert_eq!(paths("(.Values.x)"), ["x"]);
        assert_eq!(paths(".root.Values.y | $.Values.z"), ["y", "z"]);
        assert!(paths(".ValuesOld.x").is_empty());
        assert!(paths("printf \"set .Values.x\" `.Values.y`").is_empty());
        assert!(paths("$.Subcharts.redis.Values.x").is_empty());
        assert_eq!(paths("range $k, $v := .Values.m"), ["m"]);
        assert_eq!(paths("else if .Values.m"), ["m"]);
        assert_eq!(mentioned_values("{% raw %}{{ .Values.a.b }}{% endraw %}"), [["a", "b"]]);
    }
}
