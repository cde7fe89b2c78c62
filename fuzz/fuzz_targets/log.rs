#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nauta_fuzz::properties::log(bytes));
