//! `TFJob`s of every API version: one model over nine shapes.

pub mod api;
