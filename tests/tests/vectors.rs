//! The conformance vectors in `vectors/`: what the code answers to what the files say, and the files as the code would write
//! them now.

use decex_tests::{house, vectors};

#[test]
fn the_code_answers_what_the_vectors_say() {
    let found: Vec<String> = vectors::operations()
        .iter()
        .flat_map(|operation| operation.check(&house::text(&operation.path())))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_vectors_are_what_the_generator_writes() {
    let old: Vec<String> = vectors::operations()
        .iter()
        .filter(|operation| house::text(&operation.path()) != operation.generate())
        .map(vectors::Operation::path)
        .collect();
    assert!(
        old.is_empty(),
        "not what `cargo run -p decex-tests --bin vectors` writes; if the change is meant, run it and say so in CHANGELOG.md: \
         {old:?}"
    );
}

#[test]
fn every_file_of_vectors_is_an_operations() {
    let known: Vec<String> = vectors::operations()
        .iter()
        .map(vectors::Operation::path)
        .collect();
    let strangers: Vec<String> = house::files("vectors")
        .into_iter()
        .filter(|path| path.ends_with(".json") && !known.contains(path))
        .collect();
    assert!(strangers.is_empty(), "no operation writes {strangers:?}");
}
