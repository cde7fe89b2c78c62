//! The words of a template's actions.

/// Returns the words of an action; a string or a text in parentheses is one, and so is `|`.
pub(super) fn words(action: &str) -> Vec<&str> {
    let (mut out, mut start, mut depth, mut quote) = (Vec::new(), None, 0_usize, None);
    let mut escaped = false;
    for (at, c) in action.char_indices() {
        let is_inside = depth > 0 || quote.is_some();
        match c {
            _ if std::mem::take(&mut escaped) => {}
            '\\' if quote == Some('"') => escaped = true,
            _ if quote == Some(c) => quote = None,
            '"' | '`' if quote.is_none() => {
                quote = Some(c);
                start = start.or(Some(at));
            }
            '(' if quote.is_none() => {
                depth += 1;
                start = start.or(Some(at));
            }
            ')' if quote.is_none() => depth = depth.saturating_sub(1),
            '|' if !is_inside => {
                out.extend(start.take().map(|it: usize| &action[it..at]));
                out.push(&action[at..=at]);
            }
            _ if c.is_whitespace() && !is_inside => out.extend(start.take().map(|it: usize| &action[it..at])),
            _ => start = start.or(Some(at)),
        }
    }
    out.extend(start.map(|it| &action[it..]));
    out
}

/// Returns the text in quotes; `None` for any other word.
pub(super) fn unquoted(word: &str) -> Option<&str> {
    ['"', '`'].iter().find_map(|quote| word.strip_prefix(*quote)?.strip_suffix(*quote))
}

/// Returns the names that an action sets, whether it declares them, and what it sets them to.
pub(super) fn assignment(action: &str) -> Option<(&str, bool, &str)> {
    if !action.starts_with('$') {
        return None;
    }
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '$' | '_' | ',') || c.is_whitespace();
    let end = action.find(|c: char| !is_name(c))?;
    let (names, rest) = action.split_at(end);
    if let Some(value) = rest.strip_prefix(":=") {
        return Some((names, true, value));
    }
    rest.strip_prefix('=').map(|value| (names, false, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_parentheses_are_one_word() {
        assert_eq!(words("a (b \"c )\" d).e | f `g h`"), ["a", "(b \"c )\" d).e", "|", "f", "`g h`"]);
        assert!(words("").is_empty());
    }

    #[test]
    fn assignments_are_taken_apart() {
        assert_eq!(assignment("$a := .b"), Some(("$a ", true, " .b")));
        assert_eq!(assignment("$a = 1"), Some(("$a ", false, " 1")));
        assert_eq!(assignment("$i, $a := .b"), Some(("$i, $a ", true, " .b")));
        assert_eq!(assignment("$a.b"), None);
        assert_eq!(assignment("eq $a 1"), None);
    }
}
