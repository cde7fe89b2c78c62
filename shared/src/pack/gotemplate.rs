//! The text of a Helm template, cut into plain text and `{{ … }}` actions. Nothing is evaluated.

use super::tree::PackTree;

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'t> {
    /// Text that is printed as it is.
    Text(&'t str),
    /// What stands between the braces, without them, trim marks and outer blanks.
    Action(&'t str),
}

/// Returns the templates of a pack's own chart, by path.
pub fn templates(tree: &PackTree) -> impl Iterator<Item = (&str, &str)> {
    tree.files().filter_map(|(path, _)| {
        let is_template = path.starts_with("charts/templates/");
        is_template.then(|| Some((path, tree.text(path)?))).flatten()
    })
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

/// Returns the dotted paths behind each `.Values` in an action; an empty path stands for all values.
pub fn values_paths(action: &str) -> Vec<Vec<String>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    action
        .match_indices(".Values")
        .filter_map(|(at, word)| {
            let behind = &action[at + word.len()..];
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
    }
}
