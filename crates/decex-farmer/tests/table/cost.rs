//! The figures of `spec/space.md` are what the calculator makes of the times that the page gives.

use decex_farmer::decex_storage_audit::AuditParams;
use decex_farmer::table::cost::{Measured, asked_per_gib, honest_bytes, names};

const PAGE: &str = include_str!("../../../../spec/space.md");

/// The milliseconds that the page says were measured.
fn measured() -> Measured {
    let row = PAGE
        .lines()
        .find_map(|line| line.strip_prefix("| ms, alone | "))
        .unwrap();
    let cells = row.trim_end_matches(" |").split(" | ").take(7);
    let tables: Vec<u64> = cells
        .map(|cell| cell.parse::<u64>().unwrap() * 1_000_000)
        .collect();
    Measured {
        tables: tables.try_into().unwrap(),
    }
}

/// Tables made anew and bits cut in the rows of the page.
const SHOWN: [(u8, u8); 14] = [
    (1, 0),
    (1, 8),
    (1, 10),
    (1, 12),
    (1, 14),
    (2, 0),
    (2, 10),
    (2, 14),
    (3, 0),
    (3, 12),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
];

/// Seconds with three digits.
fn seconds(nanos: u64) -> String {
    let millis = nanos.div_ceil(1_000_000);
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

#[test]
fn the_table_of_the_specification_is_the_calculators() {
    let params = AuditParams::PRODUCTION.check().unwrap();
    let measured = measured();
    let rows: Vec<String> = SHOWN
        .into_iter()
        .map(|(tables, cut)| {
            let attack = measured.attack(&params, tables, cut);
            format!(
                "| {tables} | {cut} | {} | {}.{} % | {} | {} | {} | {} |",
                attack.bits,
                attack.saved / 10,
                attack.saved % 10,
                seconds(attack.record),
                seconds(attack.gib),
                seconds(attack.gib / 100),
                seconds(attack.gib / 1000),
            )
        })
        .collect();
    let missing: Vec<&String> = rows.iter().filter(|row| !PAGE.contains(*row)).collect();
    assert!(missing.is_empty(), "not on the page:\n{}", rows.join("\n"));
}

#[test]
fn the_names_of_a_proof() {
    let named: Vec<u32> = (0..=8).map(names).collect();
    assert_eq!(named, [64, 32, 16, 8, 4, 2, 1, 0, 0]);
    assert_eq!(names(255), 0);
}

#[test]
fn cut_names_are_tried() {
    let params = AuditParams::PRODUCTION.check().unwrap();
    let measured = Measured { tables: [1 << 20; 7] };
    // One unit of time an entry. 32 names of ten bits: 32 · 2^10 entries of table 2, of which 16 pairs of groups leave one
    // each besides: 16 of table 3, 8, 4, 2, 1.
    let attack = measured.attack(&params, 1, 10);
    assert_eq!((attack.bits, attack.saved), (320, 375));
    assert_eq!(attack.record, (1 << 20) + (32 << 10) + 16 + 8 + 4 + 2 + 1);
    // With 14 bits: 2^8 are left of each two groups.
    let attack = measured.attack(&params, 1, 14);
    assert_eq!(attack.bits, 192);
    assert_eq!(attack.record, (1 << 20) + (32 << 14) + (16 << 8) + 8 + 4 + 2 + 1);
    // All of k: there is nothing to keep, and all tables are made whole.
    let attack = measured.attack(&params, 1, 255);
    assert_eq!((attack.bits, attack.cut, attack.record), (0, 20, 7 << 20));
}

#[test]
fn the_calculator_by_hand() {
    let params = AuditParams::PRODUCTION.check().unwrap();
    let measured = Measured {
        tables: [1_000_000_000; 7],
    };
    // 1024 records of 1 MiB, of which every second one has the place.
    assert_eq!(asked_per_gib(&params), 512);
    assert_eq!(honest_bytes(&params), 32_000);
    let all = measured.attack(&params, 7, 0);
    assert_eq!((all.bits, all.saved, all.record), (0, 1000, 7_000_000_000));
    assert_eq!(all.gib, 512 * 7_000_000_000);
    assert_eq!(all.saved_gib(), Some(all.gib));
    // In slots of a second, 3,584 cores, or 3.584 devices as fast as a thousand.
    assert_eq!(all.devices(1, 1_000_000_000), Some(3_584_000));
    assert_eq!(all.devices(1000, 1_000_000_000), Some(3_584));
    assert_eq!(all.devices(0, 1_000_000_000), None);
    assert_eq!(all.devices(1, 0), None);
    let two = measured.attack(&params, 2, 0);
    assert_eq!((two.bits, two.saved, two.record), (320, 375, 2_000_029_561));
    assert_eq!(two.saved_gib(), Some(512 * 2_000_029_561 * 8 / 3));
    let one = measured.attack(&params, 1, 0);
    assert_eq!((one.bits, one.saved, one.saved_gib()), (640, 0, None));
    assert_eq!(measured.attack(&params, 0, 0), one);
    assert_eq!(measured.attack(&params, 255, 0), all);
    // A chunk is asked for in one of 2^15 slots.
    assert_eq!(measured.chunk(&params), 7_000_000_000 / 32_768);
    // All chunks of a GiB dropped one by one cost what dropping all costs.
    let chunks = (1_u64 << 30) / 64;
    let apart = measured.chunk(&params) * chunks;
    assert!(apart.abs_diff(all.gib) < chunks);
}
