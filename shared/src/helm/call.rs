//! A call of Helm, as data.

use std::ffi::OsString;
use std::path::PathBuf;

use super::flags::Verb;

/// One call of a wrapped command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which command.
    pub verb: Verb,
    /// The release's name.
    pub release: String,
    /// The chart's folder.
    pub chart: PathBuf,
    /// Everything else, in the order typed.
    pub flags: Vec<String>,
}

impl Call {
    /// Returns the arguments after `helm`, each one whole: no shell, no quoting.
    pub fn args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> =
            vec![self.verb.word().into(), self.release.clone().into(), self.chart.clone().into()];
        args.extend(self.flags.iter().map(OsString::from));
        args
    }

    /// Tells whether Helm gets a switch, set.
    pub fn has_switch(&self, long: &str) -> bool {
        let value = |word: &str| match word.strip_prefix("--")?.strip_prefix(long)? {
            "" => Some(true),
            rest => Some(matches!(rest.strip_prefix('=')?, "true" | "True" | "TRUE" | "t" | "T" | "1")),
        };
        self.flags.iter().rev().find_map(|it| value(it)).unwrap_or(false)
    }

    /// Tells whether Helm gets a flag with a value.
    pub fn has_value(&self, long: &str) -> bool {
        let name = |word: &str| word.strip_prefix("--").map(|it| it.split('=').next() == Some(long));
        self.flags.iter().any(|it| name(it).unwrap_or(false))
    }

    /// Returns the files and URLs whose content becomes values: those of `--values` and `--set-file`.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.flags.windows(2).flat_map(|pair| match pair[0].as_str() {
            "--values" => pair[1].split(',').collect::<Vec<_>>(),
            "--set-file" => pair[1].split(',').filter_map(|it| Some(it.split_once('=')?.1)).collect(),
            _ => Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(flags: &[&str]) -> Call {
        let flags = flags.iter().map(|it| (*it).to_owned()).collect();
        Call { verb: Verb::Install, release: "mnist".to_owned(), chart: "/tmp/x y/chart".into(), flags }
    }

    #[test]
    fn every_argument_is_a_word_of_its_own() {
        let args = call(&["--set", "a=b c", "--description", ""]).args();
        assert_eq!(args, ["install", "mnist", "/tmp/x y/chart", "--set", "a=b c", "--description", ""]);
    }

    #[test]
    fn flags_with_values_are_found() {
        let call = call(&["--values", "a,-", "--set-file", "k=/dev/fd/3,l=m", "--output-dir", "d"]);
        assert_eq!(call.files().collect::<Vec<_>>(), ["a", "-", "/dev/fd/3", "m"]);
        assert!(call.has_value("output-dir") && !call.has_value("set"));
    }

    #[test]
    fn switches_are_read_as_helm_reads_them() {
        for (flags, expected) in [
            (&["--wait"][..], true),
            (&["--wait=1"], true),
            (&["--wait", "--wait=false"], false),
            (&["--wait-for-jobs"], false),
            (&[], false),
        ] {
            assert_eq!(call(flags).has_switch("wait"), expected, "{flags:?}");
        }
    }
}
