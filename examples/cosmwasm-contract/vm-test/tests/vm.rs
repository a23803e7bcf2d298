//! The suites of `decex-testkit`, unchanged, on the contract's bytecode in the VM that chains run it in. `vm-test.sh` makes the bytecode.
#![allow(dead_code, unreachable_pub, missing_debug_implementations, reason = "tests")]

#[path = "../../tests/harness/mod.rs"]
mod harness;

use decex_testkit::story::Story;
use harness::Harness;
use std::path::PathBuf;
use std::rc::Rc;
use vm_test::{InVm, LIMIT, Ledger, Used};

/// The bytecode that `vm-test.sh` has made: as the compiler leaves it, and lowered.
fn bytecode(name: &str) -> Vec<u8> {
    let folder =
        std::env::var("CONTRACT").expect("CONTRACT names the folder of the bytecode: run vm-test.sh");
    let path = PathBuf::from(folder).join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("decex-vm-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_whole_story_is_told_to_the_bytecode() {
    let (folder, used) = (Folder::new("story"), Ledger::default());
    let code = InVm::store(&bytecode("lowered.wasm"), &folder.0, Rc::clone(&used));
    let code = code.expect("a chain stores it");
    let mut chain = Harness::with_code(Box::new(code), |_| None);
    let story = Story::write().expect("the story");
    let report = story.play(&mut chain).expect("it is told");
    assert_eq!(report.digest, story.digest(), "as on every host");
    let used = used.borrow();
    println!("gas of the chain ({LIMIT} at most), the dearest message of each kind:");
    println!(
        "{:<26} {:>8} {:>8} {:>12} {:>12} {:>9}",
        "", "accepted", "refused", "computed", "stored", "ms"
    );
    for (
        name,
        Used {
            accepted,
            refused,
            computed,
            stored,
            time,
        },
    ) in used.iter()
    {
        let milliseconds = time.as_secs_f64() * 1e3;
        println!("{name:<26} {accepted:>8} {refused:>8} {computed:>12} {stored:>12} {milliseconds:>9.2}");
    }
    for name in ["SubmitBundle", "SubmitProof", "RegisterOperator", "Begin"] {
        assert!(
            used.get(name).is_some_and(|used| used.accepted > 0),
            "{name} was not in the story"
        );
    }
}

#[test]
fn what_the_compiler_leaves_is_not_stored() {
    // What the lowering is for.
    let (folder, used) = (Folder::new("raw"), Ledger::default());
    let refused = InVm::store(&bytecode("compiled.wasm"), &folder.0, used);
    let why = refused.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(
        why.contains("bulk memory") || why.contains("sign extension"),
        "{why}"
    );
}
