//! `.helmignore`: files of a chart that Helm does not load.

use super::tree::PackTree;

/// Where a pack's file is.
const FILE: &str = "charts/.helmignore";

/// A pattern of a line.
#[derive(Debug)]
struct Rule {
    pattern: Vec<char>,
    is_negated: bool,
    is_folder: bool,
    /// Whether it means the whole path, not a name.
    is_path: bool,
}

/// The patterns of a chart.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    rules: Vec<Rule>,
}

impl Ignored {
    /// Reads a pack's patterns.
    pub(super) fn of(tree: &PackTree) -> Self {
        let lines = tree.text(FILE).unwrap_or_default().lines().map(str::trim);
        // Helm refuses `**`.
        let lines = lines.filter(|it| !it.is_empty() && !it.starts_with('#') && !it.contains("**"));
        Self { rules: lines.map(Rule::of).collect() }
    }

    /// Tells whether Helm leaves out a file, given by its path below the chart, or a folder that it is in.
    pub(super) fn has(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at);
        let mut folders = ends.map(|end| &path[..end]);
        folders.any(|it| self.matches(it, true)) || self.matches(path, false)
    }

    /// Does as Helm does, who lets a negated pattern leave out whatever it does not match.
    fn matches(&self, path: &str, is_folder: bool) -> bool {
        self.rules.iter().any(|rule| {
            let may = is_folder || !rule.is_folder;
            if rule.is_negated { !may || !rule.matches(path) } else { may && rule.matches(path) }
        })
    }
}

impl Rule {
    fn of(line: &str) -> Self {
        let (is_negated, line) = line.strip_prefix('!').map_or((false, line), |it| (true, it));
        let (is_folder, line) = line.strip_suffix('/').map_or((false, line), |it| (true, it));
        let pattern = line.strip_prefix('/').unwrap_or(line);
        Self { pattern: pattern.chars().collect(), is_negated, is_folder, is_path: line.contains('/') }
    }

    fn matches(&self, path: &str) -> bool {
        let shown = if self.is_path { path } else { path.rsplit('/').next().unwrap_or(path) };
        glob(&self.pattern, &shown.chars().collect::<Vec<_>>())
    }
}

/// Tells whether a text fits a pattern of `*`, `?`, `[a-z]` and `\`; none of them takes a slash.
fn glob(pattern: &[char], text: &[char]) -> bool {
    // Where the last `*` stands, and how much of the text it has taken.
    let (mut star, mut at, mut read) = (None, 0, 0);
    loop {
        if pattern.get(at) == Some(&'*') {
            star = Some((at + 1, read));
            at += 1;
        } else if read == text.len() && at == pattern.len() {
            return true;
        } else if let Some(next) = one(&pattern[at..], text.get(read)) {
            (at, read) = (at + next, read + 1);
        } else if let Some((behind, taken)) = star.filter(|it| text.get(it.1).is_some_and(|it| *it != '/')) {
            star = Some((behind, taken + 1));
            (at, read) = (behind, taken + 1);
        } else {
            return false;
        }
    }
}

/// Returns how much of a pattern the one character takes; `None` if it does not fit.
fn one(pattern: &[char], c: Option<&char>) -> Option<usize> {
    let c = *c?;
    match pattern {
        ['?', ..] => (c != '/').then_some(1),
        ['\\', it, ..] => (*it == c).then_some(2),
        ['[', rest @ ..] => {
            let end = rest.iter().skip(1).position(|it| *it == ']')? + 1;
            let (is_not, set) = match &rest[..end] {
                ['^', set @ ..] => (true, set),
                set => (false, set),
            };
            let in_range = set.windows(3).any(|it| it[1] == '-' && it[0] <= c && c <= it[2]);
            ((in_range || set.contains(&c)) != is_not && c != '/').then_some(end + 2)
        }
        [it, ..] => (*it == c).then_some(1),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_left_out_as_helm_does() {
        for (patterns, path, expected) in [
            ("templates/c.yaml", "templates/c.yaml", true),
            ("/templates/*.bak", "templates/a.bak", true),
            ("*.bak", "templates/x/a.bak", true),
            ("# *.yaml\n\n", "templates/a.yaml", false),
            ("tests/", "templates/tests/a.yaml", true),
            ("tests/", "templates/tests", false),
            ("templates/*", "templates/tests/a.yaml", true),
            ("*.yam", "templates/a.yaml", false),
            ("[a-c]?.yaml", "templates/b1.yaml", true),
            ("[^a-c]?.yaml", "templates/b1.yaml", false),
            ("a*b*c", "templates/aXbXbc", true),
            ("[", "templates/[", false),
        ] {
            let mut tree = PackTree::default();
            tree.add(FILE.as_bytes(), patterns.into(), false).unwrap();
            assert_eq!(Ignored::of(&tree).has(path), expected, "{patterns} {path}");
        }
    }
}
