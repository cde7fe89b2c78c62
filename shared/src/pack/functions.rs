//! What the functions of a template make of what they are given.

use super::expression::{Meaning, Quotes};
use super::words::unquoted;

/// The values that an action reads, and how many of them there were before a call.
pub(super) struct Reads<'r> {
    pub(super) all: &'r mut Vec<Vec<String>>,
    pub(super) mark: usize,
}

impl Reads<'_> {
    /// Puts what is read of a value in the place of the value.
    fn narrow(&mut self, from: Option<&Vec<String>>, to: Option<&Vec<String>>) {
        let found = self.all[self.mark..].iter().position(|it| Some(it) == from);
        if let (Some(at), Some(to)) = (found, to) {
            self.all[self.mark + at].clone_from(to);
        }
    }
}

/// Functions whose result is none of the text that they are given.
const FORGETFUL: &[&str] = &[
    "len",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "not",
    "empty",
    "has",
    "hasPrefix",
    "hasSuffix",
    "contains",
    "regexMatch",
    "kindOf",
    "kindIs",
    "typeOf",
    "typeIs",
    "int",
    "int64",
    "float64",
    "atoi",
    "add",
    "add1",
    "sub",
    "mul",
    "div",
    "mod",
    "max",
    "min",
    "b64enc",
    "b32enc",
    "sha1sum",
    "sha256sum",
    "adler32sum",
    "include",
    "template",
    "tpl",
    "until",
    "untilStep",
    "seq",
    "fail",
    "keys",
    "split",
    "splitList",
    "regexSplit",
    "toDate",
    "lookup",
    "hash",
];

/// Returns what a function makes of what it is given.
pub(super) fn called(name: &str, words: &[&str], given: &[Meaning], reads: &mut Reads<'_>) -> Meaning {
    let is_root = given.iter().any(|it| it.is_root);
    let some = || {
        let it = given.iter().rev().find(|it| it.path.is_some()).cloned().unwrap_or_default();
        Meaning { is_lenient: true, is_root, ..it }
    };
    let quoted = |quotes| Meaning { quotes, ..some() };
    match name {
        "index" | "get" | "dig" | "hasKey" => picked(name, words, given, reads),
        "first" | "last" | "mustFirst" | "mustLast" => given.last().map(Meaning::item).unwrap_or_default(),
        "quote" => quoted(Quotes::Double),
        "squote" => quoted(Quotes::Single),
        "toJson" | "mustToJson" | "toRawJson" | "toPrettyJson" | "toYaml" | "toYamlPretty" => quoted(Quotes::Encoded),
        "join" => {
            let separator = words.first().and_then(|it| unquoted(it)).unwrap_or_default();
            Meaning { separator: Some(separator.to_owned()), ..some() }
        }
        "replace" => match (words.first(), words.get(1)) {
            (Some(&"\"$\""), Some(&"\"$$\"")) => Meaning { is_doubled: true, ..some() },
            (Some(&("\"'\"" | "`'`" | "\"\\\"\"" | "`\"`")), _) => quoted(Quotes::Escaped),
            _ => some(),
        },
        "trimAll" | "trimPrefix" | "trimSuffix" | "trunc" if some().quotes != Quotes::None => quoted(Quotes::Escaped),
        "list" | "tuple" | "dict" | "merge" | "mergeOverwrite" | "mustMerge" | "set" | "deepCopy" | "omit" | "pick" => {
            Meaning { is_root, ..Meaning::default() }
        }
        _ if FORGETFUL.contains(&name) => Meaning::default(),
        _ => some(),
    }
}

/// Returns what is taken out of a map or list by keys.
fn picked(name: &str, words: &[&str], given: &[Meaning], reads: &mut Reads<'_>) -> Meaning {
    // `dig` takes what is missing on its way.
    let ("index" | "get" | "hasKey", [_, keys @ ..], [base, ..]) = (name, words, given) else {
        return Meaning::default();
    };
    let mut meaning = base.clone();
    for key in keys {
        let key = unquoted(key).unwrap_or("[]");
        // `index . "Values"` at the root.
        meaning = meaning.field(key);
    }
    // What no literal names may be any of them.
    let is_open = base.path.as_ref().is_some_and(Vec::is_empty) && keys.iter().any(|it| unquoted(it).is_none());
    if !is_open {
        reads.narrow(base.path.as_ref(), meaning.path.as_ref());
    }
    if name == "hasKey" { Meaning::default() } else { meaning }
}
