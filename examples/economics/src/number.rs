//! Numbers as people read them.

/// A number with four significant digits and groups of three.
#[must_use]
pub fn number(value: f64) -> String {
    if value.is_nan() {
        return "undefined".into();
    }
    if value.is_infinite() {
        return "without bound".into();
    }
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{value:.3e}");
    }
    let digits: usize = [1000.0, 100.0, 10.0, 1.0, 0.1, 0.01, 0.001]
        .iter()
        .position(|least| size >= *least)
        .unwrap_or(7);
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    group(text)
}

/// A share as a percentage.
#[must_use]
pub fn percent(share: f64) -> String {
    if share.is_infinite() {
        number(share)
    } else {
        format!("{} %", number(share * 100.0))
    }
}

/// A time in the largest unit of which there is more than one.
#[must_use]
pub fn time(seconds: f64) -> String {
    if seconds.is_infinite() {
        return "for ever".into();
    }
    let units = [
        (31_557_600.0, "years"),
        (86_400.0, "days"),
        (3_600.0, "hours"),
        (60.0, "minutes"),
    ];
    for (size, name) in units {
        if seconds >= 2.0 * size {
            return format!("{} {name}", number(seconds / size));
        }
    }
    format!("{} s", number(seconds))
}

fn group(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let mut grouped = String::new();
    for (digit, left) in whole.chars().zip((1..=whole.len()).rev()) {
        if !grouped.is_empty() && left % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{fraction}")
}
