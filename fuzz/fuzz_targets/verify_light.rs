#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| decex_fuzz_targets::run("verify_light", data));
