//! `-o template=TEXT`: a Handlebars text for each item, over the same fields that `-o json` prints.

use std::io::{self, Write};

use handlebars::{Context, Handlebars, RenderError, RenderErrorReason, no_escape};
use serde_json::Value;

use crate::base::failure::Failure;

/// A Handlebars text that was read without a fault.
#[derive(Debug, Clone)]
pub struct Template {
    text: String,
    parsed: handlebars::Template,
}

/// What does not fit, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Misfit(String);

impl From<handlebars::RenderError> for Misfit {
    fn from(error: handlebars::RenderError) -> Self {
        Self(match error.reason() {
            RenderErrorReason::MissingVariable(Some(name)) => format!("there is no field `{name}`"),
            reason => reason.to_string(),
        })
    }
}

/// Why an item could not be shown by a template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The template asks for a field that the item lacks, or uses a helper wrongly.
    #[error("the template `{text}` does not fit the output")]
    Render {
        /// The template.
        text: String,
        /// What does not fit.
        #[source]
        source: Misfit,
    },
    /// The output broke.
    #[error("cannot write the output")]
    Write(#[source] io::Error),
}

impl Failure for TemplateError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Render { .. } => Some("`-o json` shows the fields that there are".to_owned()),
            Self::Write(_) => None,
        }
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Template {}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// Fails, with the place and the reason, if `text` is no Handlebars.
    pub fn read(text: &str) -> Result<Self, String> {
        let parsed = handlebars::Template::compile(text).map_err(|it| it.reason().to_string())?;
        Ok(Self { text: text.to_owned(), parsed })
    }

    /// Writes `value`, or each item of it where it is a list; every item ends its line.
    ///
    /// # Errors
    ///
    /// Fails if the template names what an item lacks, or if the output breaks.
    pub fn write(&self, value: &Value, out: &mut dyn Write) -> Result<(), TemplateError> {
        const NAME: &str = "output";
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.register_escape_fn(no_escape);
        engine.register_template(NAME, self.parsed.clone());
        let fails = |error: RenderError| TemplateError::Render { text: self.text.clone(), source: error.into() };
        for item in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
            let mut filled = std::borrow::Cow::Borrowed(item);
            let line = loop {
                let context = Context::wraps(filled.as_ref()).map_err(fails)?;
                match engine.render_with_context(NAME, &context) {
                    Ok(line) => break line,
                    Err(error) if fill(item, filled.to_mut(), &error) => {}
                    Err(error) => return Err(fails(error)),
                }
            };
            let end = if line.ends_with('\n') { "" } else { "\n" };
            out.write_all(line.as_bytes())
                .and_then(|()| out.write_all(end.as_bytes()))
                .map_err(TemplateError::Write)?;
        }
        Ok(())
    }
}

/// Gives `filled` the fields below a null of `item` that a template asked for, as nulls, and an empty list for a loop over
/// a null: what is absent is `null` in the output, whatever it would hold. Returns false if the name is not there at all.
fn fill(item: &Value, filled: &mut Value, error: &RenderError) -> bool {
    let RenderErrorReason::MissingVariable(Some(name)) = error.reason() else { return false };
    let parts: Vec<&str> = name.split('.').filter(|it| !it.is_empty()).collect();
    let mut place = item;
    let mut depth = 0;
    while !place.is_null() {
        let Some(field) = parts.get(depth).and_then(|part| place.get(part)) else { return false };
        place = field;
        depth += 1;
    }
    let is_loop = depth == parts.len();
    let present = parts.iter().try_fold(&*filled, |it, part| it.get(part));
    if present.is_some_and(|it| !is_loop || !it.is_null()) {
        // That did not help before.
        return false;
    }
    let mut place = filled;
    for part in &parts {
        if place.is_null() {
            *place = Value::Object(serde_json::Map::new());
        }
        let Value::Object(fields) = place else { return false };
        place = fields.entry(*part).or_insert(Value::Null);
    }
    if is_loop {
        *place = Value::Array(Vec::new());
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(text: &str, value: &Value) -> Result<String, TemplateError> {
        let mut out = Vec::new();
        Template::read(text).unwrap().write(value, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn each_item_is_a_line_and_nothing_is_escaped() {
        let list = json!([{"name": "a<b>&", "n": 1, "none": null}, {"name": "b", "n": 2, "none": null}]);
        for (text, expected) in [
            ("{{name}} {{n}}", "a<b>& 1\nb 2\n"),
            ("{{none}}|", "|\n|\n"),
            ("{{name}}\n", "a<b>&\nb\n"),
            ("{{#if (eq n 1)}}one{{else}}more{{/if}}", "one\nmore\n"),
        ] {
            assert_eq!(shown(text, &list).unwrap(), expected, "{text}");
        }
        assert_eq!(
            shown("{{a.b}}{{#each c}}{{this}},{{/each}}", &json!({"a": {"b": true}, "c": [1, 2]})).unwrap(),
            "true1,2,\n"
        );
        assert_eq!(shown("x", &json!([])).unwrap(), "");
    }

    #[test]
    fn what_is_below_a_null_is_null() {
        let list = json!([{"name": "a", "chief": {"phase": "Running", "at": {"x": 1}}, "pods": [{"name": "p"}]},
            {"name": "b", "chief": null, "pods": null}]);
        for (text, expected) in [
            ("{{name}} {{chief.phase}}|", "a Running|\nb |\n"),
            ("{{name}} {{chief.at.x}} {{chief.phase}}|", "a 1 Running|\nb  |\n"),
            ("{{name}}{{#each pods}} {{name}}{{/each}}", "a p\nb\n"),
            ("{{name}}{{#if chief.phase}} runs{{/if}}", "a runs\nb\n"),
        ] {
            assert_eq!(shown(text, &list).unwrap(), expected, "{text}");
        }
        assert!(shown("{{chief.nope}}", &list).is_err());
    }

    #[test]
    fn names_that_are_not_there_are_errors() {
        let error = shown("{{nam}}", &json!({"name": "a"})).unwrap_err();
        assert!(error.hint().is_some(), "{error}");
        let TemplateError::Render { source, .. } = error else { panic!("{error}") };
        assert_eq!(source.to_string(), "there is no field `nam`");
        assert!(Template::read("{{#if}").is_err());
    }
}
