#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| nauta_fuzz::properties::templates(text));
