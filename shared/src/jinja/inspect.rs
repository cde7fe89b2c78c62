//! What a template uses, told without running it.

use std::collections::BTreeSet;

use minijinja::Environment;
use minijinja::machinery::{Span, Token, tokenize};
use minijinja::syntax::SyntaxConfig;

/// What a template's text gives away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Dotted names that nothing in the template defines (`NAUTA.CommandLine`), with their first place.
    pub names: Vec<Name>,
    /// Whether it only prints names, loops over them and asks for them: then it cannot need much time or memory.
    pub is_plain: bool,
    /// Whether it keeps what it has printed, in `set` and `filter` blocks, calls and macros.
    pub captures: bool,
}

/// A dotted name and where it first stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name's parts.
    pub parts: Vec<String>,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

/// Statements that a plain template may have.
const PLAIN_STATEMENTS: &[&str] = &["for", "endfor", "if", "elif", "else", "endif"];
/// Filters that a plain template may have: none makes much of little.
const PLAIN_FILTERS: &[&str] =
    &["tojson", "safe", "upper", "lower", "trim", "first", "last", "length", "string", "int"];
/// Statements that keep what is printed inside them.
const CAPTURING_STATEMENTS: &[&str] = &["set", "filter", "call", "macro", "block", "import", "from", "include"];

/// The most words of one `{{ }}` or `{% %}`.
const MOST_WORDS: usize = 2000;
/// The most `elif` of a template.
const MOST_BRANCHES: usize = 500;

/// Returns the line of an expression or statement that is too long to be read: each word of a chain such as `1 + 1 + …`
/// costs some of the stack. `None` if all are of a length that people write.
pub fn endless(source: &str) -> Option<usize> {
    endless_line(&tokens(source))
}

fn endless_line(tokens: &[(Token<'_>, Span)]) -> Option<usize> {
    let (mut words, mut branches) = (0, 0);
    for (token, span) in tokens {
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => words = 0,
            Token::Ident("elif") => branches += 1,
            _ => {}
        }
        words += 1;
        if words > MOST_WORDS || branches > MOST_BRANCHES {
            return Some(usize::from(span.start_line));
        }
    }
    None
}

fn tokens(source: &str) -> Vec<(Token<'_>, Span)> {
    tokenize(source, false, SyntaxConfig::default()).map_while(Result::ok).collect()
}

/// Looks at a template. Broken syntax gives what was understood up to there.
pub fn inspect(source: &str) -> Inspection {
    let tokens = tokens(source);
    let kinds: Vec<&Token<'_>> = tokens.iter().map(|(token, _)| token).collect();
    let statements: BTreeSet<&str> = following(&kinds, |it| matches!(it, Token::BlockStart)).collect();
    let filters: BTreeSet<&str> = following(&kinds, |it| matches!(it, Token::Pipe)).collect();
    let is_plain = kinds.iter().all(|it| is_plain_token(it))
        && statements.iter().all(|it| PLAIN_STATEMENTS.contains(it))
        && filters.iter().all(|it| PLAIN_FILTERS.contains(it));
    let captures = statements.iter().any(|it| CAPTURING_STATEMENTS.contains(it));
    let names = if endless_line(&tokens).is_none() { undeclared(source, &tokens) } else { Vec::new() };
    Inspection { names, is_plain, captures }
}

/// Returns the identifiers that stand directly behind a token.
fn following<'t>(kinds: &'t [&Token<'t>], is_start: fn(&Token<'_>) -> bool) -> impl Iterator<Item = &'t str> {
    kinds.windows(2).filter_map(move |pair| match pair {
        [start, Token::Ident(name)] if is_start(start) => Some(*name),
        _ => None,
    })
}

fn is_plain_token(token: &Token<'_>) -> bool {
    matches!(
        token,
        Token::TemplateData(_)
            | Token::VariableStart
            | Token::VariableEnd
            | Token::BlockStart
            | Token::BlockEnd
            | Token::Ident(_)
            | Token::Str(_)
            | Token::String(_)
            | Token::Int(_)
            | Token::Dot
            | Token::Comma
            | Token::Pipe
            | Token::BracketOpen
            | Token::BracketClose
            | Token::Eq
            | Token::Ne
            | Token::Gt
            | Token::Gte
            | Token::Lt
            | Token::Lte
    )
}

fn undeclared(source: &str, tokens: &[(Token<'_>, Span)]) -> Vec<Name> {
    let environment = Environment::new();
    let Ok(template) = environment.template_from_str(source) else { return Vec::new() };
    let globals: BTreeSet<String> = environment.globals().map(|(name, _)| name.to_owned()).collect();
    let mut names: Vec<Name> = template
        .undeclared_variables(true)
        .into_iter()
        .filter(|it| !globals.contains(it.split('.').next().unwrap_or_default()))
        .map(|it| it.split('.').map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|parts| {
            let (line, column) = first_place(tokens, &parts)?;
            Some(Name { parts, line, column })
        })
        .collect();
    let by_subscript = subscripts(tokens).filter(|it| names.iter().any(|known| known.parts[0] == it.parts[0]));
    let by_subscript: Vec<Name> = by_subscript.collect();
    for name in by_subscript {
        if names.iter().all(|it| it.parts != name.parts) {
            names.push(name);
        }
    }
    names.sort_by_key(|it| (it.line, it.column));
    names
}

/// Returns the names that are written `NAUTA["Foo"]`.
fn subscripts(tokens: &[(Token<'_>, minijinja::machinery::Span)]) -> impl Iterator<Item = Name> {
    tokens.windows(4).filter_map(|it| {
        let (Token::Ident(root), Token::BracketOpen, Token::BracketClose) = (&it[0].0, &it[1].0, &it[3].0) else {
            return None;
        };
        let name = match &it[2].0 {
            Token::Str(name) => (*name).to_owned(),
            Token::String(name) => name.to_string(),
            _ => return None,
        };
        let (line, column) = (usize::from(it[0].1.start_line), usize::from(it[0].1.start_col) + 1);
        Some(Name { parts: vec![(*root).to_owned(), name], line, column })
    })
}

/// Returns line and column of the first `a.b.c` of these parts.
fn first_place(tokens: &[(Token<'_>, Span)], parts: &[String]) -> Option<(usize, usize)> {
    let stands_at = |start: usize| {
        parts.iter().enumerate().all(|(index, part)| {
            let is_part = matches!(tokens.get(start + 2 * index), Some((Token::Ident(it), _)) if it == part);
            let is_joined = index == 0 || matches!(tokens.get(start + 2 * index - 1), Some((Token::Dot, _)));
            is_part && is_joined
        })
    };
    let follows_dot = |at: usize| at > 0 && matches!(tokens[at - 1].0, Token::Dot);
    let at = (0..tokens.len()).find(|at| !follows_dot(*at) && stands_at(*at))?;
    let span = &tokens[at].1;
    Some((usize::from(span.start_line), usize::from(span.start_col) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_their_place() {
        let inspection = inspect("a: {{ NAUTA.Foo }}\nb: {% for x in NAUTA.CommandLine %}{{ x }}{% endfor %}{{ Bar }}");
        let shown: Vec<String> =
            inspection.names.iter().map(|it| format!("{} {}:{}", it.parts.join("."), it.line, it.column)).collect();
        assert_eq!(shown, ["NAUTA.Foo 1:7", "NAUTA.CommandLine 2:16", "Bar 2:58"]);
        let inspection = inspect("{{ NAUTA[\"Foo\"] }}{% set x = {'a': 1} %}{{ x['a'] }}{{ NAUTA.CommandLine[0] }}");
        let shown: Vec<String> = inspection.names.iter().map(|it| it.parts.join(".")).collect();
        assert!(shown.contains(&"NAUTA.Foo".to_owned()) && !shown.contains(&"x.a".to_owned()), "{shown:?}");
    }

    #[test]
    fn only_simple_templates_are_plain() {
        for (source, plain, captures) in [
            ("x: {{ NAUTA.ExperimentName }} {% raw %}{{ .x }}{% endraw %}", true, false),
            ("{% for a in NAUTA.CommandLine %}{% if a == 'x' %}{{ a|upper }}{% endif %}{% endfor %}", true, false),
            ("{{ NAUTA.CommandLine[0] }} {# no #}", true, false),
            ("{% for a in range(9) %}{% endfor %}", false, false),
            ("{{ 'a' * 9 }}", false, false),
            ("{{ a ~ a }}", false, false),
            ("{% set x = 1 %}", false, true),
            ("{% filter upper %}x{% endfilter %}", false, true),
            ("{{ x|replace('a', 'b') }}", false, false),
        ] {
            let inspection = inspect(source);
            assert_eq!((inspection.is_plain, inspection.captures), (plain, captures), "{source}");
        }
    }
}
