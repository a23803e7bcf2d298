//! The page as one file that needs no server: style, script and data are in it.

use super::server::{PAGE, SCRIPT, STYLE};
use super::snapshot::Snapshot;
use decex_core::hash::digest;
use decex_core::label::LEDGER_KEY;

/// The lines of the page that a server answers for.
const LINKED_STYLE: &str = "<link rel=\"stylesheet\" href=\"page.css\">";
const LINKED_SCRIPT: &str = "<script src=\"page.js\" defer></script>";

/// Returns the file.
#[must_use]
pub fn page(snapshot: &Snapshot) -> String {
    // No tag can begin in the data: JSON has `<` in strings only, where it may be written so.
    let json = snapshot.to_json().replace('<', "\\u003c");
    // Only what carries the nonce runs. Nothing in the data can: it is a hash of the data.
    let nonce = digest(&LEDGER_KEY, json.as_bytes()).to_string();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; \
         form-action 'none'"
    );
    let style = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n<style nonce=\"{nonce}\">\n{STYLE}</style>"
    );
    let script = format!(
        "<script type=\"application/json\" id=\"data\">{json}</script>\n<script nonce=\"{nonce}\">\n{SCRIPT}</script>"
    );
    // The data last, so that nothing is looked for in it.
    PAGE.replacen(LINKED_STYLE, &style, 1)
        .replacen(LINKED_SCRIPT, &script, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::tests::example;

    #[test]
    fn it_is_one_file_and_data_cannot_become_markup() {
        let mut snapshot = example();
        let evil = "</script><script>alert(1)</script><!--";
        snapshot.run.lie = evil.into();
        let page = page(&snapshot);
        assert!(!page.contains(evil) && page.contains("\\u003c/script>"));
        assert!(!page.contains("page.css") && !page.contains("page.js"));
        assert!(!page.contains("http://") && !page.contains("https://"));
        // Three scripts would be one too many.
        assert_eq!(page.matches("<script").count(), 2);
        let data = page.split("id=\"data\">").nth(1).unwrap();
        let data = data.split("</script>").next().unwrap();
        let read: Snapshot = serde_json::from_str(data).unwrap();
        assert_eq!(read, snapshot);
    }

    #[test]
    fn the_nonce_is_of_the_data() {
        let nonce = |lie: &str| {
            let mut snapshot = example();
            snapshot.run.lie = lie.into();
            let page = page(&snapshot);
            let (_, rest) = page.split_once("'nonce-").unwrap();
            let nonce = rest.split('\'').next().unwrap().to_owned();
            assert_eq!(page.matches(&format!("nonce=\"{nonce}\"")).count(), 2);
            nonce
        };
        assert_ne!(nonce("one"), nonce("another"));
    }
}
