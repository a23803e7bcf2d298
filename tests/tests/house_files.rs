//! Nothing in the repository depends on, or tells of, one machine or one private network. All findings are reported at
//! once.

use decex_tests::house;
use std::net::Ipv4Addr;
use std::path::Path;

/// Folders that exist on somebody's machine only. Written in two parts, so that this file does not find itself.
const FOLDERS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

/// Endings of host names that no public resolver knows.
const PRIVATE: [&str; 7] = [
    ".corp",
    ".home.arpa",
    ".internal",
    ".intranet",
    ".lan",
    ".local",
    ".private",
];

#[test]
fn no_file_names_a_path_of_one_machine() {
    check(|line| FOLDERS.iter().any(|folder| names_path(line, folder)));
}

#[test]
fn no_file_names_a_private_host() {
    check(|line| hosts(line).any(|host| is_private(&host)));
}

#[test]
fn every_relative_link_leads_to_a_file() {
    let mut found = Vec::new();
    for path in house::files("").into_iter().filter(|path| path.ends_with(".md")) {
        let text = house::text(&path);
        let folder = house::root()
            .join(&path)
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default();
        for (_, rest) in text.match_indices("](").map(|(at, _)| text.split_at(at)) {
            let link = rest
                .trim_start_matches("](")
                .split([')', ' ', '#'])
                .next()
                .unwrap_or_default();
            // Names in brackets with two colons are links of rustdoc, which checks them itself.
            let is_elsewhere = link.contains("://") || link.contains("::") || link.is_empty();
            if !is_elsewhere && !folder.join(link).exists() {
                found.push(format!("{path}: {link}"));
            }
        }
    }
    assert!(found.is_empty(), "links to nowhere:\n{}", found.join("\n"));
}

fn check(is_wrong: impl Fn(&str) -> bool) {
    let mut found = Vec::new();
    for path in house::files("") {
        // Files that are not text are vectors or images.
        let Ok(text) = std::fs::read_to_string(house::root().join(&path)) else {
            continue;
        };
        for (number, line) in (1_u32..).zip(text.lines()) {
            if is_wrong(line) {
                found.push(format!(
                    "{path}:{}: {}",
                    number,
                    line.chars().take(120).collect::<String>()
                ));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whether `line` holds `folder` at the start of a path: with a word right before it, it is part of another path.
fn names_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '}' | ')' | ']' | '*' | '>')
        })
    })
}

/// The hosts of every URL on a line.
fn hosts(line: &str) -> impl Iterator<Item = String> {
    line.split("://").skip(1).map(|rest| {
        let authority = rest
            .split(|c: char| !(c.is_ascii_alphanumeric() || "-._@:".contains(c)))
            .next()
            .unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        host.split(':')
            .next()
            .unwrap_or_default()
            .trim_end_matches('.')
            .to_ascii_lowercase()
    })
}

fn is_private(host: &str) -> bool {
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return address.is_private() || address.is_link_local();
    }
    PRIVATE.iter().any(|ending| host.ends_with(ending))
}

#[test]
fn the_checks_find_what_they_look_for() {
    let [machine, ..] = FOLDERS;
    assert!(names_path(&format!("see {machine}x"), machine));
    assert!(names_path(&format!("\"{machine}x\""), machine));
    assert!(!names_path(&format!("net{machine}x"), machine));
    let wrong = concat!("http:/", "/ci.corp/x, https:/", "/10.0.0.7:80/y");
    assert_eq!(hosts(wrong).collect::<Vec<_>>(), ["ci.corp", "10.0.0.7"]);
    assert!(hosts(wrong).all(|host| is_private(&host)));
    assert!(
        hosts("https://github.com/x http://localhost:80 http://127.0.0.1/").all(|host| !is_private(&host))
    );
}
