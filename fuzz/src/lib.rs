//! What holds for every input: `fuzz_targets/` tries it with inputs that a fuzzer finds, `shared/tests/properties.rs`
//! with random ones.

pub mod properties;
