//! Writes the corpora: `cargo run -p decex-fuzz-targets --bin corpus`. Removes what is no longer made.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    for (target, seeds) in decex_fuzz_targets::corpus::seeds() {
        let folder = root.join(target);
        fs::create_dir_all(&folder)?;
        for (name, bytes) in seeds {
            fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}
