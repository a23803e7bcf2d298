//! Every state that the model reaches is reached by the real code, by the same steps.

use decex_model::bounds::Bounds;
use decex_model::replay::{Extent, replay};
use std::time::Instant;

#[test]
fn the_real_code_takes_the_same_steps_to_the_same_states() {
    let start = Instant::now();
    let bounds = Bounds {
        operators: 2,
        ..Bounds::small()
    };
    let report = replay(bounds, Extent { one_in: 1 });
    println!("{bounds:?}: {report:?} in {:?}", start.elapsed());
}
