//! The command that tries some runs of a sweep again.

use shared::experiment::selection;
use shared::helm::flags::Verb;
use shared::helm::global::GLOBAL_FLAGS;
use shared::helm::words::{Words, command_place};

/// Stands for a word that nobody but its user should see.
pub(crate) const HIDDEN: &str = "<redacted>";

/// Returns the command for the runs of these numbers, ready for a shell; a token or password in it must be typed again.
///
/// What was to be installed is upgraded then, with `--install`: Helm refuses a second `install` of a name that it has
/// seen fail. `--replace` does not refuse, and `upgrade` does not know it.
pub(crate) fn command(program: &str, typed: &Words, verb: Verb, numbers: &[usize]) -> Option<String> {
    let verb_at = command_place(&typed.words)?;
    let (before, rest) = (&typed.words[..verb_at], &typed.words[verb_at + 1..]);
    let end = rest.iter().position(|it| it == "--").unwrap_or(rest.len());
    let (flags, args) = rest.split_at(end);
    let again = verb == Verb::Install && !flags.iter().any(|it| it.starts_with("--replace"));
    let mut words: Vec<String> = before.to_vec();
    words.extend(if again { vec!["upgrade".to_owned()] } else { vec![verb.word().to_owned()] });
    words.extend(without_runs(flags));
    words.extend(typed.given.iter().filter_map(|(variable, value)| global_flag(variable, value)).flatten());
    words.extend(again.then(|| "--install".to_owned()));
    words.extend(["--runs".to_owned(), selection::shown(numbers.iter().copied())]);
    let shown = hidden(words).into_iter().chain(args.iter().cloned());
    Some(shown.fold(program.to_owned(), |line, word| format!("{line} {}", quoted(&word))))
}

fn without_runs(flags: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = flags.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--runs" => drop(words.next()),
            word if word.starts_with("--runs=") => {}
            word => kept.push(word.to_owned()),
        }
    }
    kept
}

/// Returns the words of a flag that Helm took and made a variable of.
fn global_flag(variable: &str, value: &str) -> Option<Vec<String>> {
    let flag = GLOBAL_FLAGS.iter().find(|it| it.variable == variable)?;
    let long = format!("--{}", flag.long);
    Some(if flag.value.is_some() { vec![long, value.to_owned()] } else { vec![format!("{long}={value}")] })
}

/// Hides the values of flags and variables that hold secrets.
fn hidden(words: Vec<String>) -> Vec<String> {
    let mut flag = String::new();
    let mut shown = Vec::with_capacity(words.len());
    for word in words {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (flag.as_str(), None),
        };
        let content = value.unwrap_or(&word);
        let new = match name {
            "--kube-token" | "--password" if value.is_some() => format!("{name}={HIDDEN}"),
            "--kube-token" | "--password" => HIDDEN.to_owned(),
            "--env" | "-e" => word.replacen(content, &hidden_variable(content), 1),
            _ => match word.strip_prefix("-e").filter(|it| !it.is_empty()) {
                Some(variable) => format!("-e{}", hidden_variable(variable)),
                None => word.clone(),
            },
        };
        shown.push(new);
        flag = word;
    }
    shown
}

fn hidden_variable(text: &str) -> String {
    match text.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}={HIDDEN}"),
        _ => text.to_owned(),
    }
}

fn is_secret(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or(name).to_ascii_uppercase();
    matches!(last.as_str(), "TOKEN" | "PASSWORD" | "SECRET" | "KEY" | "CREDENTIALS")
}

/// Returns a word as a shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(typed: &str, verb: Verb) -> String {
        let words = Words { words: typed.split(' ').map(str::to_owned).collect(), ..Words::default() };
        command("helm nauta", &words, verb, &[3, 4, 9]).unwrap()
    }

    #[test]
    fn the_failed_runs_alone_are_tried_again() {
        for (typed, verb, expected) in [
            ("install e p", Verb::Install, "upgrade e p --install --runs 3-4,9"),
            (
                "install e p --param-range lr {1,2} --runs 1-9 -- --runs 2 it's",
                Verb::Install,
                r"upgrade e p --param-range lr '{1,2}' --install --runs 3-4,9 -- --runs 2 'it'\''s'",
            ),
            ("-n install install install p", Verb::Install, "-n install upgrade install p --install --runs 3-4,9"),
            ("--debug upgrade e p --runs=1-9", Verb::Upgrade, "--debug upgrade e p --runs 3-4,9"),
            ("install e p --replace", Verb::Install, "install e p --replace --runs 3-4,9"),
        ] {
            assert_eq!(again(typed, verb), format!("helm nauta {expected}"), "{typed}");
        }
    }

    #[test]
    fn flags_that_helm_took_come_back() {
        let words = Words {
            words: vec!["install".to_owned(), "e".to_owned()],
            given: vec![("HELM_NAMESPACE", "team".to_owned()), ("HELM_DEBUG", "true".to_owned())],
            ..Words::default()
        };
        assert_eq!(
            command("helm nauta", &words, Verb::Install, &[1]).unwrap(),
            "helm nauta upgrade e --namespace team --debug=true --install --runs 1"
        );
    }

    #[test]
    fn secrets_are_not_repeated() {
        for (typed, expected) in [
            ("--kube-token abc", "--kube-token '<redacted>'"),
            ("--password=abc", "'--password=<redacted>'"),
            ("-e S3_KEY=abc -e A=abc", "-e 'S3_KEY=<redacted>' -e A=abc"),
            ("-eTOKEN=abc", "'-eTOKEN=<redacted>'"),
            ("--env=MY_password=abc", "'--env=MY_password=<redacted>'"),
        ] {
            let line = again(&format!("upgrade e p {typed}"), Verb::Upgrade);
            assert_eq!(line, format!("helm nauta upgrade e p {expected} --runs 3-4,9"));
        }
    }
}
