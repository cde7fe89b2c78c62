//! What a POSIX shell makes of texts.

const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "zsh", "ksh"];

fn is_shell(word: &str) -> bool {
    SHELLS.contains(&word.rsplit('/').next().unwrap_or(word))
}

/// Tells whether a word is options with `c` among them: `-c`, `-ec`.
fn is_command_option(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|it| !it.starts_with('-') && it.contains('c'))
}

/// Tells whether the word behind these is a shell's script: `bash`, `-c`.
pub(super) fn awaits_script(words: &[&str]) -> bool {
    let Some(shell) = words.iter().position(|it| is_shell(it)) else { return false };
    let (mut reads_command, mut behind) = (false, words[shell + 1..].iter());
    while let Some(word) = behind.next() {
        if !word.starts_with(['-', '+']) {
            return false;
        }
        reads_command |= is_command_option(word);
        // `-o pipefail` is one option.
        if word.ends_with('o') && !word.starts_with("--") {
            behind.next();
        }
    }
    reads_command
}

/// Tells whether a text starts a shell for what comes behind: `mpiexec … sh -c '`.
pub(super) fn calls_shell(text: &str) -> bool {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | '\'' | '"')).collect();
    let calls = words.windows(2).any(|it| is_shell(it[0]) && is_command_option(it[1]));
    calls || words.windows(3).any(|it| is_shell(it[0]) && it[1].starts_with('-') && is_command_option(it[2]))
}

/// Returns the quote that is open at the end of a text.
pub(super) fn open_quote(text: &str) -> Option<char> {
    let (mut open, mut escaped) = (None, false);
    for c in text.chars() {
        match (open, c) {
            _ if std::mem::take(&mut escaped) => {}
            (None | Some('"'), '\\') => escaped = true,
            (Some(quote), _) if quote == c => open = None,
            (None, '\'' | '"') => open = Some(c),
            _ => {}
        }
    }
    open
}

/// Tells whether a file of this name with this text is a shell's.
pub(super) fn is_file(name: &str, text: &str) -> bool {
    let first = text.trim_start_matches(['|', '>', '-', '+']).trim_start().lines().next().unwrap_or_default();
    let is_named = [".sh", ".bash"].iter().any(|it| name.ends_with(it));
    is_named || (first.starts_with("#!") && first.split(['/', ' ']).any(is_shell))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_known_by_the_words_before_them() {
        for (words, expected) in [
            (&["bash", "-c"][..], true),
            (&["/bin/sh", "-ec"], true),
            (&["/usr/bin/env", "bash", "-l", "-c"], true),
            (&["bash", "-o", "pipefail", "-c"], true),
            (&["tini", "--", "sh", "-c"], true),
            (&["bash", "-c", "exec python \"$@\"", "sh"], false),
            (&["bash", "start.sh"], false),
            (&["bash"], false),
            (&["python", "-c"], false),
            (&[], false),
        ] {
            assert_eq!(awaits_script(words), expected, "{words:?}");
        }
    }

    #[test]
    fn shells_and_quotes_in_a_text_are_seen() {
        assert!(calls_shell("mpiexec -n 2 sh -c 'python "));
        assert!(calls_shell("exec /bin/bash -e -c \""));
        assert!(!calls_shell("push -c 'python"));
        assert!(!calls_shell("sh start.sh"));
        for (text, open) in
            [("a 'b' \"c", Some('"')), ("it\\'s", None), ("'a\\", Some('\'')), ("\"\\\"", Some('"')), ("", None)]
        {
            assert_eq!(open_quote(text), open, "{text}");
        }
    }

    #[test]
    fn files_of_a_shell_are_known() {
        assert!(is_file("run.sh", ""));
        assert!(is_file("run", "|\n  #!/usr/bin/env bash\n"));
        assert!(!is_file("run.py", "|\n  #!/usr/bin/python\n"));
    }
}
