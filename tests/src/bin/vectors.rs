//! Writes the conformance vectors: `cargo run -p decex-tests --bin vectors`. The test `vectors` says whether they are up to
//! date.

use decex_tests::{house, vectors};
use std::{fs, io};

fn main() -> io::Result<()> {
    for operation in vectors::operations() {
        let path = house::root().join(operation.path());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, operation.generate())?;
    }
    Ok(())
}
