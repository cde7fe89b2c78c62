//! The words that the user typed, in spite of Helm.
//!
//! Helm takes its own global flags out of a plugin's words, also behind `--`, and makes variables of them. It also
//! takes an empty word away, and with it the word behind it (a fault of its `manuallyProcessArgs`, in 3.21 and 4.2).
//! So the true words are read from Helm's own command line, and only if what arrived is exactly what Helm leaves of it.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use super::global::{self, Eaten, GLOBAL_FLAGS};
use crate::base::failure::Failure;

/// The words that were meant for us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Our own words, without the program's name: flags and names before `--`, then `--` and every word behind it.
    pub words: Vec<String>,
    /// The global flags that Helm took, rightly, from the words before `--`: variable and value, in the order typed.
    pub given: Vec<(&'static str, String)>,
    /// The variables that Helm may have set from words that were not meant for it.
    pub overwritten: BTreeSet<&'static str>,
}

/// Why the words cannot be known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// Helm may have taken some of the script's arguments away.
    #[error("cannot tell what stood behind `--`: {reason}, and Helm takes words away from there")]
    Lost {
        /// Why Helm's command line is of no help.
        reason: &'static str,
    },
    /// A word that no values file can hold.
    #[error("word {position} of the command line, `{shown}`, is no UTF-8 text")]
    NotText {
        /// Its place behind the program's name, counted from 1.
        position: usize,
        /// The word with what is no text replaced.
        shown: String,
    },
}

impl Failure for WordsError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Lost { .. } => Some(
                "write each argument as `--script-arg=WORD`, or all of them as a JSON array in a file for \
                 `--args-file FILE`; or call `helm-nauta` directly"
                    .to_owned(),
            ),
            Self::NotText { .. } => None,
        }
    }

    fn exit_code(&self) -> u8 {
        2
    }
}

/// Returns the words as they arrived: Helm had no hand in them.
///
/// # Errors
///
/// Fails on a word that is no UTF-8.
pub fn as_arrived(arrived: &[OsString]) -> Result<Words, WordsError> {
    let words = arrived.iter().enumerate().map(|(index, word)| text(index + 1, word)).collect::<Result<_, _>>()?;
    Ok(Words { words, ..Words::default() })
}

/// Returns the words that were typed after `helm <plugin>`.
///
/// `parent` is the whole command line of the process that started us (`None` if it cannot be had), `arrived` what we
/// got, without our own name.
///
/// # Errors
///
/// Refuses if words stand behind `--` and the parent is no Helm, or if what arrived is not what Helm leaves of its
/// command line. Fails on a word that is no UTF-8.
pub fn recover(plugin: &str, parent: Option<&[OsString]>, arrived: &[OsString]) -> Result<Words, WordsError> {
    match look_behind(plugin, parent, arrived) {
        Ok((typed, eaten)) => typed_words(&typed, &eaten),
        Err(reason) if arrived.iter().any(|it| it == "--") => Err(WordsError::Lost { reason }),
        Err(_) => as_arrived(arrived),
    }
}

/// A word and its place on the command line.
type Placed<'a> = (usize, &'a OsStr);

/// Returns the words typed besides the plugin's name, and those among them that Helm ate.
fn look_behind<'a>(
    plugin: &str,
    parent: Option<&'a [OsString]>,
    arrived: &[OsString],
) -> Result<(Vec<Placed<'a>>, Vec<&'a OsStr>), &'static str> {
    let parent = parent.ok_or("the command line of the program that started us cannot be read")?;
    let name = plugin_place(parent, plugin).ok_or("the program that started us is not Helm")?;
    let all = parent.iter().map(OsString::as_os_str).enumerate();
    let typed: Vec<Placed<'_>> = all.skip(1).filter(|(place, _)| *place != name).collect();
    [EmptyWord::TakesNext, EmptyWord::IsDropped]
        .into_iter()
        .map(|empty| eat(&typed, empty))
        .find(|(left, _)| left.iter().eq(arrived))
        .map(|(_, eaten)| (typed, eaten))
        .ok_or("Helm's command line does not fit the words that arrived")
}

/// Returns the place of the plugin's name.
fn plugin_place(parent: &[OsString], plugin: &str) -> Option<usize> {
    let place = command_place(parent.get(1..)?)? + 1;
    (parent[place] == plugin).then_some(place)
}

/// Returns the place of the command among words: the first one that is no flag and no flag's value, by Helm's
/// reckoning; `None` if there is none before `--`.
pub fn command_place<W: AsRef<OsStr>>(words: &[W]) -> Option<usize> {
    let mut place = 0;
    while let Some(word) = words.get(place) {
        match word.as_ref().as_encoded_bytes() {
            b"--" => return None,
            bytes if takes_next(bytes) => place += 2,
            [] | [b'-', ..] => place += 1,
            _ => return Some(place),
        }
    }
    None
}

/// Tells whether Helm, looking for its command, takes the next word for this flag's value.
fn takes_next(word: &[u8]) -> bool {
    match word {
        _ if word.contains(&b'=') => false,
        [b'-', b'-', long @ ..] => !GLOBAL_FLAGS.iter().any(|it| it.value.is_none() && it.long.as_bytes() == long),
        [b'-', _] => true,
        _ => false,
    }
}

/// What Helm does with an empty word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EmptyWord {
    /// It goes, and the next word with it: Helm 3.21 and 4.2.
    TakesNext,
    /// It goes alone.
    IsDropped,
}

/// Returns the words that Helm leaves and those that it eats.
fn eat<'a>(typed: &[Placed<'a>], empty: EmptyWord) -> (Vec<&'a OsStr>, Vec<&'a OsStr>) {
    let (mut left, mut eaten) = (Vec::new(), Vec::new());
    let mut words = typed.iter().map(|(_, word)| *word);
    while let Some(word) = words.next() {
        let how = match global::eaten_as(word) {
            None if word.is_empty() && empty == EmptyWord::TakesNext => Some(Eaten::WithNext),
            None if word.is_empty() => Some(Eaten::Alone),
            how => how,
        };
        match how {
            None => left.push(word),
            Some(Eaten::Alone) => eaten.push(word),
            Some(Eaten::WithNext) => {
                eaten.push(word);
                eaten.extend(words.next());
            }
        }
    }
    (left, eaten)
}

/// Reads the typed words as they were meant: global flags before `--` are Helm's, everything else is ours.
fn typed_words(typed: &[Placed<'_>], eaten: &[&OsStr]) -> Result<Words, WordsError> {
    let mut result = Words::default();
    let mut rightly_eaten = Vec::new();
    let mut words = typed.iter();
    while let Some((place, word)) = words.next() {
        if *word == "--" {
            result.words.push("--".to_owned());
            break;
        }
        let Some((flag, value)) = global::flag_of(word).filter(|_| global::eaten_as(word).is_some()) else {
            result.words.push(text(*place, word)?);
            continue;
        };
        rightly_eaten.push(*word);
        let value = match (value, flag.value) {
            (Some(value), _) => String::from_utf8(value.to_vec()).map_err(|_| not_text(*place, word))?,
            (None, None) => "true".to_owned(),
            (None, Some(_)) => {
                let Some((place, value)) = words.next() else { break };
                rightly_eaten.push(value);
                text(*place, value)?
            }
        };
        result.given.push((flag.variable, value));
    }
    result.overwritten = overwritten(&result.words, eaten, &rightly_eaten);
    for (place, word) in words {
        result.words.push(text(*place, word)?);
    }
    Ok(result)
}

/// Returns the variables that words may have set which Helm had no right to; `own` are our words before `--`.
fn overwritten(own: &[String], eaten: &[&OsStr], rightly_eaten: &[&OsStr]) -> BTreeSet<&'static str> {
    let mut variables = BTreeSet::new();
    if eaten != rightly_eaten {
        // All of them: Helm reads what it has eaten as flags of its own, so that one word may be another's value.
        variables.extend(eaten.iter().filter_map(|it| global::variable_of(it)));
    }
    if variables.contains(global::CONTEXT) || variables.contains(global::KUBECONFIG) {
        variables.insert(global::NAMESPACE);
    }
    if own.iter().any(|it| holds_a_false_namespace(it)) {
        variables.insert(global::NAMESPACE);
    }
    variables
}

/// Tells whether Helm finds its `-n` among the letters of a short flag with its value: `-eLANG=en` makes it the
/// namespace `=en`, or whatever stands behind the first `n`.
fn holds_a_false_namespace(word: &str) -> bool {
    match word.as_bytes() {
        [b'-', first, rest @ ..] => *first != b'-' && *first != b'n' && rest.contains(&b'n'),
        _ => false,
    }
}

fn text(position: usize, word: &OsStr) -> Result<String, WordsError> {
    word.to_str().map(str::to_owned).ok_or_else(|| not_text(position, word))
}

fn not_text(position: usize, word: &OsStr) -> WordsError {
    WordsError::NotText { position, shown: word.to_string_lossy().into_owned() }
}

#[cfg(test)]
mod tests;
