//! Stand-in words for data: each printed string becomes a word that no template can guess, the text is
//! parsed, and the data takes the word's place inside the parsed scalars.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The data that a rendering printed, by its stand-in word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    seed: String,
    data: Vec<String>,
}

impl Tokens {
    /// Returns no tokens yet. `seed` starts with a letter, is alphanumeric, holds letters of both cases, and is new
    /// and unguessable for each rendering.
    pub fn new(seed: impl Into<String>) -> Self {
        Self { seed: seed.into(), data: Vec::new() }
    }

    /// Returns the word that stands for `data` from now on. Words inside `data` are resolved first.
    pub(crate) fn add(&mut self, data: &str) -> String {
        let data = self.restore(data).unwrap_or_else(|| data.to_owned());
        self.data.push(data);
        // The closing letter keeps word 1 from being the beginning of word 12.
        format!("{}{}z", self.seed, self.data.len() - 1)
    }

    /// Returns `text` with data in the place of its words; `None` if it has none.
    pub fn restore(&self, text: &str) -> Option<String> {
        let mut out: Option<String> = None;
        let mut rest = text;
        while let Some(start) = rest.find(&self.seed) {
            let behind = &rest[start + self.seed.len()..];
            let Some((data, length)) = self.lookup(behind) else { break };
            let restored = out.get_or_insert_default();
            restored.push_str(&rest[..start]);
            restored.push_str(data);
            rest = &behind[length..];
        }
        if let Some(restored) = &mut out {
            restored.push_str(rest);
        }
        out
    }

    /// Returns the data whose number stands at the start of `text`, and the length of number and closing letter.
    fn lookup(&self, text: &str) -> Option<(&str, usize)> {
        let end = text.find('z')?;
        let data = self.data.get(text[..end].parse::<usize>().ok()?)?;
        Some((data, end + 1))
    }

    /// Tells whether `text` holds remains of a word that something has cut or changed.
    pub(crate) fn is_damaged(&self, text: &str) -> bool {
        let mut clean = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(&self.seed) {
            let behind = &rest[start + self.seed.len()..];
            let Some((_, length)) = self.lookup(behind) else { return true };
            clean.push_str(&rest[..start]);
            clean.push('\n');
            rest = &behind[length..];
        }
        clean.push_str(rest);
        let (clean, seed) = (clean.to_lowercase(), self.seed.to_lowercase());
        let reversed: String = seed.chars().rev().collect();
        // Eight letters of a random word do not occur by chance.
        let has_part = |word: &str| (0..=word.len() - PART).any(|at| clean.contains(&word[at..at + PART]));
        has_part(&seed) || has_part(&reversed)
    }

    /// Puts data in the place of its words in every key and string of `value`.
    pub fn restore_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.restore(&text).unwrap_or(text)),
            Value::Array(items) => items.into_iter().map(|it| self.restore_value(it)).collect(),
            Value::Object(map) => Value::Object(self.restore_map(map)),
            other => other,
        }
    }

    /// Puts data in the place of its words in every key and string of `map`.
    pub fn restore_map(&self, map: Map<String, Value>) -> Map<String, Value> {
        map.into_iter().map(|(key, value)| (self.restore(&key).unwrap_or(key), self.restore_value(value))).collect()
    }
}

/// The length of a part of the seed that gives a damaged word away.
const PART: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens::new("aBcDeFgHiJkLmNoP")
    }

    #[test]
    fn data_takes_the_place_of_its_word() {
        let mut tokens = tokens();
        let words: Vec<String> = (0..12).map(|n| tokens.add(&format!("<{n}>"))).collect();
        let text = format!("a{}b{}{}", words[1], words[11], words[0]);
        assert_eq!(tokens.restore(&text).as_deref(), Some("a<1>b<11><0>"));
        assert_eq!(tokens.restore("plain"), None);
        let nested = tokens.add(&format!("({})", words[2]));
        assert_eq!(tokens.restore(&nested).as_deref(), Some("(<2>)"));
    }

    #[test]
    fn a_changed_word_is_noticed() {
        let mut tokens = tokens();
        let word = tokens.add("x");
        assert!(!tokens.is_damaged(&format!("a {word} b {word}{word}")));
        let reversed: String = word.chars().rev().collect();
        for damaged in [word.to_uppercase(), word[..word.len() - 2].to_owned(), word[5..].to_owned(), reversed] {
            assert!(tokens.is_damaged(&damaged), "{damaged}");
        }
    }
}
