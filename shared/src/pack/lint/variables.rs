//! Variables of Go templates that are declared again where they were meant to be set.

use super::subject::Subject;
use super::{Finding, rules};
use crate::pack::outline::{Action, Template, is_assignment};

/// Adds declarations inside a block that hide a variable of the same name and are never used there.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for template in &subject.templates {
        for (index, action) in template.actions.iter().enumerate() {
            let Some(name) = declared(action.text) else { continue };
            let Some(block) = template.around(action.at).last() else { continue };
            if matches!(block.keyword, "define" | "block") {
                continue;
            }
            let is_known = template.actions[..index].iter().any(|it| is_declared_above(template, it, action, name));
            let is_used = template.actions[index + 1..].iter().any(|it| it.at < block.end && uses(it.text, name));
            if is_known && !is_used {
                let message = format!(
                    "`{name} :=` declares a new variable, which ends with its block: the outer `{name}` keeps its value"
                );
                let fix = format!("write `{name} =`");
                let line = Some(template.line(action.at));
                found.push(Finding::new(rules::SHADOWED_VARIABLE, template.path, line, message, fix));
            }
        }
    }
}

/// Returns the variable that an action declares by itself; `$_` is meant to be forgotten.
fn declared(action: &str) -> Option<&str> {
    let (name, _) = action.split_once(":=")?;
    (is_assignment(action) && name.trim() != "$_").then(|| name.trim())
}

/// Tells whether `earlier` declares `name` in a block that goes on around `action`, and is not its own.
fn is_declared_above(template: &Template<'_>, earlier: &Action<'_>, action: &Action<'_>, name: &str) -> bool {
    if declared(earlier.text) != Some(name) {
        return false;
    }
    let blocks = |it: &Action<'_>| template.around(it.at).map(|it| it.start).collect::<Vec<_>>();
    let (outer, inner) = (blocks(earlier), blocks(action));
    inner.starts_with(&outer) && inner.len() > outer.len()
}

fn uses(action: &str, name: &str) -> bool {
    action.match_indices(name).any(|(at, _)| {
        !action[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
            && declared(action) != Some(name)
    })
}

#[cfg(test)]
mod tests {
    use crate::pack::lint::testing::found_in_template;

    #[test]
    fn a_variable_that_was_meant_to_be_set() {
        for (template, expected) in [
            ("{{ $s := 1 }}\n{{ if true }}\n{{ $s := 2 }}\n{{ end }}{{ $s }}", &["3 shadowed-variable"][..]),
            ("{{ $s := 1 }}\n{{ if true }}\n{{ $s = 2 }}\n{{ end }}{{ $s }}", &[]),
            ("{{ $s := 1 }}\n{{ if true }}\n{{ $s := 2 }}{{ $s }}\n{{ end }}{{ $s }}", &[]),
            ("{{ if true }}{{ $s := 1 }}{{ end }}\n{{ if true }}{{ $s := 2 }}{{ end }}", &[]),
            ("{{ $_ := 1 }}{{ if true }}{{ $_ := 2 }}{{ end }}", &[]),
            ("{{ define \"a\" }}{{ $s := 1 }}{{ end }}{{ define \"b\" }}{{ $s := 1 }}{{ end }}", &[]),
        ] {
            assert_eq!(found_in_template("podCount: 1", template), expected, "{template}");
        }
    }
}
