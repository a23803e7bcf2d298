//! A farm from nothing: stopped, resumed, damaged, repaired, farmed with.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use clap::{CommandFactory, Parser};
use farmer::args::{Args, Check, Farm, Plot, Sizes};
use farmer::checking::{Checked, check_all};
use farmer::farming::farm;
use farmer::plotting::{Plotted, plot};
use farmer::progress::Progress;
use farmer::show::show;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const QUICK: Check = Check {
    deep: false,
    repair: false,
};
const REPAIR: Check = Check {
    deep: false,
    repair: true,
};

/// A directory of this test's own, empty.
fn directory(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("decex-farmer-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn options(sectors: u32) -> Plot {
    Plot {
        history: None,
        sectors,
        sizes: Sizes::Small,
        name: "farmer".into(),
        threads: Some(2),
    }
}

fn quiet() -> Progress {
    Progress::new(true)
}

fn check(dir: &Path, options: &Check) -> Checked {
    check_all(dir, options, &mut quiet(), &|| false).unwrap()
}

fn farming(slots: u64) -> Farm {
    Farm {
        slots: Some(slots),
        seconds: None,
        network: None,
        seed: 1,
    }
}

#[test]
fn a_farm_is_stopped_resumed_damaged_repaired_and_farmed_with() {
    let dir = directory("whole");
    // Stopped again and again, each time a little later: putting a plot together begins anew when it was stopped.
    let mut calls = 0;
    loop {
        calls += 1;
        let asked = AtomicU32::new(0);
        let stop = || asked.fetch_add(1, Ordering::SeqCst) > 4 * calls;
        match plot(&dir, &options(1), &mut quiet(), &stop).unwrap() {
            Plotted::Stopped => assert!(calls < 100, "it never gets on"),
            Plotted::All(sectors) => {
                assert_eq!(sectors, 1);
                break;
            }
        }
    }
    assert!(calls > 2, "it was stopped on the way");
    let path = dir.join("000000.plot");
    let resumed = std::fs::read(&path).unwrap();
    assert!(!dir.join("000000.staging").exists());

    // Without a stop the same bytes come out.
    std::fs::remove_file(&path).unwrap();
    assert_eq!(
        plot(&dir, &options(1), &mut quiet(), &|| false).unwrap(),
        Plotted::All(1)
    );
    assert_eq!(std::fs::read(&path).unwrap(), resumed);
    // Nothing is left to do.
    assert_eq!(
        plot(&dir, &options(1), &mut quiet(), &|| false).unwrap(),
        Plotted::All(1)
    );
    let sound = Checked {
        sound: 1,
        ..Checked::default()
    };
    assert_eq!(check(&dir, &QUICK), sound);

    // Damage is found, and repaired to the byte.
    for at in [8, resumed.len() / 3, resumed.len() - 1] {
        let mut bytes = resumed.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let damaged = Checked {
            damaged: 1,
            ..Checked::default()
        };
        assert_eq!(check(&dir, &QUICK), damaged, "byte {at}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "checking changes nothing");
        assert_eq!(
            check(&dir, &REPAIR),
            Checked { repaired: 1, ..sound },
            "byte {at}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), resumed, "byte {at}");
    }

    let farmed = farm(&dir, &farming(30), &mut quiet(), &|| false).unwrap();
    assert_eq!((farmed.sectors, farmed.slots, farmed.damaged), (1, 30, 0));
    assert!((1..=14).contains(&farmed.wins), "one slot of six: {farmed:?}");
    assert!(farmed.largest_solution > 500 && farmed.largest_solution < 1100);
    let text = show(&dir).unwrap();
    assert!(text.contains("4 segments") && text.contains("sector 0"), "{text}");

    // A farm that is one of ten of its size wins less often, never more.
    let network = Farm {
        network: Some(80),
        ..farming(30)
    };
    assert!(farm(&dir, &network, &mut quiet(), &|| false).unwrap().wins < farmed.wins);
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_deep_check_makes_every_mask_again() {
    let dir = directory("deep");
    plot(&dir, &options(1), &mut quiet(), &|| false).unwrap();
    let deep = Check { deep: true, ..QUICK };
    assert_eq!(check(&dir, &deep).sound, 1);
    // Another farmer's farm: the plot is not taken for this one's.
    std::fs::write(dir.join("farm"), "sizes small\nname somebody else\n").unwrap();
    let farmed = farm(&dir, &farming(1), &mut quiet(), &|| false)
        .unwrap_err()
        .to_string();
    assert!(farmed.contains("no plot to farm with"), "{farmed}");
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn history_is_a_file_or_made_up_and_damage_to_it_is_told() {
    let dir = directory("history");
    let file = dir.join("blocks");
    std::fs::write(&file, [7; 1000]).unwrap();
    let short = Plot {
        history: Some(file.clone()),
        ..options(1)
    };
    let error = plot(&dir.join("a"), &short, &mut quiet(), &|| false)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("1000 bytes") && error.contains("longer file"),
        "{error}"
    );
    std::fs::write(&file, [7; 70_000]).unwrap();
    // Archived, and stopped before anything is plotted.
    assert_eq!(
        plot(&dir.join("a"), &short, &mut quiet(), &|| true).unwrap(),
        Plotted::Stopped
    );
    let segment = dir.join("a/history/000000.segment");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[5000] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let error = plot(&dir.join("a"), &short, &mut quiet(), &|| false)
        .unwrap_err()
        .to_string();
    assert!(error.contains("000000.segment is damaged"), "{error}");
    std::fs::write(dir.join("a/history/headers"), [1]).unwrap();
    let error = show(&dir.join("a")).unwrap_err().to_string();
    assert!(error.contains("headers is damaged"), "{error}");
    let error = show(&dir.join("b")).unwrap_err().to_string();
    assert!(error.contains("no farm in"), "{error}");
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn the_command_line_is_well_formed() {
    Args::command().debug_assert();
    let help = Args::command().render_long_help().to_string();
    assert!(help.contains("Examples (with cargo") && help.contains("Exit code"));
    assert!(help.lines().all(|line| line.chars().count() <= 112), "{help}");
    for wrong in [
        "",
        "plot --sectors 0",
        "farm --slots 1 --seconds 1",
        "farm --slots 0",
        "plot --sizes huge",
        "dance",
    ] {
        let line = ["farmer"].into_iter().chain(wrong.split_whitespace());
        assert!(Args::try_parse_from(line).is_err(), "{wrong:?}");
    }
    for sizes in [Sizes::Small, Sizes::Medium, Sizes::Production] {
        assert!(sizes.params().check().is_ok());
    }
}
