//! Templates that no Helm can parse.

use super::subject::Subject;
use super::{Finding, rules};

/// Adds braces and blocks that do not match.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for template in &subject.templates {
        for (at, message) in &template.faults {
            let fix = "each `if`, `with`, `range`, `define` and `block` needs one `{{ end }}`, each `{{` its `}}`";
            let message = format!("{message}: Helm cannot load the chart");
            found.push(Finding::new(rules::TEMPLATE_SYNTAX, template.path, Some(template.line(*at)), message, fix));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pack::lint::testing::found_in_template;

    #[test]
    fn blocks_and_braces_match() {
        for (template, expected) in [
            ("{{ if true }}\n{{ else }}\n{{ end }}", &[][..]),
            ("{{ if true }}\n", &["1 template-syntax"]),
            ("a\n{{ end }}", &["2 template-syntax"]),
            ("a\nb: {{ .Release.Name | quote", &["2 template-syntax"]),
            ("{{/* {{ */}}", &[]),
            (&format!("{}{}", "{{ if true }}".repeat(101), "{{ end }}".repeat(101)), &["1 template-syntax"]),
        ] {
            assert_eq!(found_in_template("podCount: 1", template), expected, "{template}");
        }
    }
}
