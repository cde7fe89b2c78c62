//! Template packs: a Dockerfile and a Helm chart whose values file holds `NAUTA.*` placeholders.

pub mod catalogue;
pub mod chart;
pub mod copy;
pub mod decision;
pub mod describe;
pub mod receipt;
pub mod source;
pub mod tree;
