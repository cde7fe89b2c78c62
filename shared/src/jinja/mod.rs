//! Rendering a Jinja2 template whose values stay data: what a `{{ … }}` prints is never read as syntax afterwards.

pub mod engine;
pub mod inspect;
pub mod tokens;
