//! Rendering a Jinja template whose values stay data.
