//! Jinja2 as template packs use it: default settings, one pass, bounded work, and values that stay data.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Kwargs, Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, Value};
use serde::{Deserialize, Serialize};

use super::inspect::endless;
use super::tokens::Tokens;
use crate::base::failure::Failure;

/// A template and what it is rendered with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// The name of the file, for messages.
    pub file: String,
    /// The template's text.
    pub source: String,
    /// The names that the template may use, an object.
    pub context: serde_json::Value,
    /// Two random words, see [`Tokens::new`], of different lengths.
    pub seeds: (String, String),
    /// Whether the template keeps what it has printed (in `set` blocks, macros, filter blocks): see [`render`].
    pub captures: bool,
}

/// A rendered text, with stand-in words where data was printed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// The data behind the words.
    pub tokens: Tokens,
}

/// Why a template could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("`{file}` cannot be rendered: {message}{}", place(*.line, *.column))]
pub struct TemplateError {
    /// The template's file.
    pub file: String,
    /// What is wrong.
    pub message: String,
    /// Line, from 1, where it is known.
    pub line: Option<usize>,
    /// Column, from 1, where it is known.
    pub column: Option<usize>,
}

impl Failure for TemplateError {}

fn place(line: Option<usize>, column: Option<usize>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!(" at line {line} column {column}"),
        (Some(line), None) => format!(" at line {line}"),
        _ => String::new(),
    }
}

/// How many steps a template may take; a list of 100,000 arguments takes a million.
const FUEL: u64 = 20_000_000;
/// How much text a template may print.
const MOST_TEXT: usize = 64 << 20;

/// Renders the template once, in bounded steps and output.
///
/// A template that captures what it prints is rendered twice with words of different lengths: if the two results
/// differ once data is back in its place, the template has looked at a word instead of the data, which is an error.
///
/// # Errors
///
/// Fails on wrong syntax, an attribute of something undefined, a filter that changes a stand-in word, too many steps
/// and too much output. Undefined names print nothing.
pub fn render(job: &Job) -> Result<Rendered, TemplateError> {
    if let Some(line) = endless(&job.source) {
        let message = "an expression is too long, or a statement has too many branches".to_owned();
        return Err(TemplateError { file: job.file.clone(), message, line: Some(line), column: None });
    }
    let first = render_once(job, &job.seeds.0)?;
    if job.captures {
        let second = render_once(job, &job.seeds.1)?;
        let restored = |it: &Rendered| it.tokens.restore(&it.text).unwrap_or_else(|| it.text.clone());
        if restored(&first) != restored(&second) {
            return Err(TemplateError {
                file: job.file.clone(),
                message: CHANGED.to_owned(),
                line: None,
                column: None,
            });
        }
    }
    Ok(first)
}

const CHANGED: &str = "a filter or expression changes a value that was printed into captured text; apply it to the \
                       value before it is printed";

fn render_once(job: &Job, seed: &str) -> Result<Rendered, TemplateError> {
    let tokens = Arc::new(Mutex::new(Tokens::new(seed)));
    let environment = environment(&tokens);
    let error = |it: &Error| template_error(job, it);
    let template = environment.template_from_named_str(&job.file, &job.source).map_err(|it| error(&it))?;
    let mut text = Bounded(Vec::new());
    let rendered = template.render_captured_to(Serde(&job.context), &mut text);
    rendered.map_err(|it| error(&it))?;
    drop(environment);
    let tokens = lock(&tokens).clone();
    // Only strings are ever written.
    Ok(Rendered { text: String::from_utf8_lossy(&text.0).into_owned(), tokens })
}

/// A buffer that refuses to grow beyond [`MOST_TEXT`].
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_TEXT {
            return Err(std::io::Error::other(format!("it prints more than {} MiB", MOST_TEXT >> 20)));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn lock(tokens: &Mutex<Tokens>) -> std::sync::MutexGuard<'_, Tokens> {
    tokens.lock().unwrap_or_else(PoisonError::into_inner)
}

fn environment(tokens: &Arc<Mutex<Tokens>>) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    // Any escaping at all makes the engine mark captured text as safe, which is how we tell it from data.
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("data".into()));
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_filter("safe", |value: Value| value);
    environment.add_filter("tojson", to_json);
    let tokens = Arc::clone(tokens);
    environment.set_formatter(move |out, _, value| print(out, value, &mut lock(&tokens)));
    environment
}

/// Returns JSON that YAML reads back as the same value.
fn to_json(value: &Value, indent: Option<Value>, options: Kwargs) -> Result<Value, Error> {
    let json = minijinja::filters::tojson(value, indent, options)?;
    let mut out = String::new();
    for c in json.as_str().unwrap_or_default().chars() {
        if matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') {
            write!(out, "\\u{:04x}", u32::from(c)).map_err(Error::from)?;
        } else {
            out.push(c);
        }
    }
    Ok(Value::from_safe_string(out))
}

/// Prints what a `{{ … }}` gives: text that was captured as it is, other strings as stand-in words, lists and maps in
/// flow style, everything else as YAML text.
fn print(out: &mut Output<'_>, value: &Value, tokens: &mut Tokens) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Undefined => Ok(()),
        ValueKind::None => Ok(out.write_str("null")?),
        ValueKind::Bool => Ok(out.write_str(if value.is_true() { "true" } else { "false" })?),
        ValueKind::String => print_string(out, value, tokens),
        ValueKind::Seq | ValueKind::Iterable => {
            out.write_str("[")?;
            for (index, item) in value.try_iter()?.enumerate() {
                out.write_str(if index == 0 { "" } else { ", " })?;
                print(out, &item, tokens)?;
            }
            Ok(out.write_str("]")?)
        }
        ValueKind::Map => {
            out.write_str("{")?;
            for (index, key) in value.try_iter()?.enumerate() {
                out.write_str(if index == 0 { "" } else { ", " })?;
                print(out, &key, tokens)?;
                out.write_str(": ")?;
                print(out, &value.get_item(&key)?, tokens)?;
            }
            Ok(out.write_str("}")?)
        }
        _ => Ok(write!(out, "{value}")?),
    }
}

fn print_string(out: &mut Output<'_>, value: &Value, tokens: &mut Tokens) -> Result<(), Error> {
    let text = value.as_str().unwrap_or_default();
    if tokens.is_damaged(text) {
        return Err(Error::new(ErrorKind::InvalidOperation, CHANGED));
    }
    if value.is_safe() {
        return Ok(out.write_str(text)?);
    }
    let word = tokens.add(text);
    Ok(out.write_str(&word)?)
}

fn template_error(job: &Job, error: &Error) -> TemplateError {
    let message = match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "it takes too many steps".to_owned(),
        (ErrorKind::WriteFailure, _) => {
            let cause = std::error::Error::source(error);
            cause.map_or_else(|| error.kind().to_string(), ToString::to_string)
        }
        (ErrorKind::SyntaxError, Some(detail)) => format!("syntax error: {detail}"),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    let helm = "; Helm syntax belongs into templates/, not into values.yaml";
    let is_helm = error.line().and_then(|it| job.source.lines().nth(it - 1)).is_some_and(looks_like_helm);
    let message = if is_helm { message + helm } else { message };
    TemplateError { file: job.file.clone(), message, line: error.line(), column: column(job, error) }
}

fn looks_like_helm(line: &str) -> bool {
    ["{{ .", "{{.", "{{- .", "{{ $"].iter().any(|it| line.contains(it))
}

fn column(job: &Job, error: &Error) -> Option<usize> {
    let before = job.source.get(..error.range()?.start)?;
    Some(before.chars().rev().take_while(|it| *it != '\n').count() + 1)
}

#[cfg(test)]
mod tests;
