//! YAML as Helm reads it, and written so that Helm cannot misread it.
//!
//! Values are [`serde_json::Value`] with keys in the order of the text.

pub mod edit;
pub mod layout;
pub mod number;
pub mod read;
pub mod scalar;
pub mod write;
