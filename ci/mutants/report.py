#!/usr/bin/env python3
"""Makes docs/mutation.md of what delete_checks.py and `cargo mutants` found.

    ci/mutants/report.py

Reads target/mutants/checks.json and every outcomes.json below target/mutants; of several results for a mutant the latest counts.
Where neither has a result the page's own rows stay: those of a rule in a file, and those of a crate that `cargo mutants` did not try.
Why a survivor may survive stands in `explained.toml` beside this file. Without a result, or without a reason, there is no page.
"""

import itertools
import json
import pathlib
import re
import subprocess
import sys
import tomllib

from delete_checks import CRATES, key_of, mutants

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOUND = ROOT / "target" / "mutants"
PAGE = ROOT / "docs" / "mutation.md"
PLACE = re.compile(r"^crates/(?P<file>[^:]+):\d+:\d+: (?P<name>.*)$")
SUMMARIES = {"CaughtMutant": "caught", "MissedMutant": "missed", "Unviable": "unviable", "Timeout": "timeout"}
# Files whose checks were not deleted yet: see the page, and FOLDERS in tests/tests/house_mutation.rs.
UNTRIED = ("decex-farmer/",)
# The crates that `cargo mutants` tried, and of which files if not of all.
TRIED = {
    "decex-fraud": [],
    "decex-receipt": [],
    "decex-bundle": [],
    "decex-shuffle": [],
    "decex-election": [],
    "decex-storage-audit": ["verify", "sector", "expiry", "range", "challenge", "space/proof"],
}
HEAD = """# Mutation testing

What happens when the code of the crates that judge is wrong: which test fails. This page is made by `ci/mutants/report.py`; do not edit it by hand.
`tests/tests/house_mutation.rs` fails when a rule that is checked in the code has no row here, or a row names a test that is gone.

How to repeat it (some two hours on two cores; nothing of it runs in CI):

```console
export CARGO_PROFILE_DEV_OPT_LEVEL=1 PROPTEST_RNG_SEED=20261122
ci/mutants/delete_checks.py run
for crate in fraud receipt bundle shuffle election storage-audit; do
    cargo mutants -p decex-$crate -o target/mutants/$crate
done
ci/mutants/report.py
```

The second needs `cargo install cargo-mutants --locked` (27.1.0 was used). Both judge a mutant by its own crate's tests alone, with the same cases of the
property tests in every run. The numbers below are of several runs: what was missed at first got tests and was run again. To make the runs of
`cargo mutants` shorter, the largest property tests made a tenth of their cases (of the same seed, so the first ones), the test of mutated proofs in `decex-fraud`
a tenth of its rounds, and the three statistical tests of `decex-election` did not run. All of this can only make more mutants survive, never fewer.
What was not run again keeps its rows when the page is made anew.

Not here yet: `decex-farmer`. `checks.toml` has what `delete_checks.py run --only decex-farmer` needs (some 90 deletions); it has not run.

## Every check deleted, one at a time

For each comment `// F6: …` in the code the check after it is taken out of a copy of the repository, and the crate's tests run. *Deleted*: what the
check refuses is accepted; or of a value that is computed by the rule, the part that is named is left out. *Stopped*: the code needs the value that the check
yields, so it cannot be built without it; the refusal panics instead, which shows that a test demands it. The test named is one that carries the rule
in its name, if such a one failed. Where other tests do not end without a check, those that carry its rule ran alone.

| rule | where | how | fails |
|---|---|---|---|
"""
MIDDLE = """
## cargo mutants

Replaces bodies, operators and match arms. *Unviable*: does not compile. *Timeout*: does not end, which counts as caught. Of `decex-storage-audit` only
`verify.rs`, `sector.rs`, `expiry.rs`, `range.rs`, `challenge.rs` and `space/proof.rs` were tried, the last by `tests/space` alone.

| crate | mutants | caught | timeout | unviable | missed |
|---|---|---|---|---|---|
"""
SURVIVORS = """
What was missed, and why no test can or need tell it from the code. All others are caught.

| where | mutant | why it may survive |
|---|---|---|
"""


def best(rule, tests):
    """Returns the failed test that the rule is named in, or the first one."""
    name = rule.lower()
    return next((t for t in tests if name in t.split("::")[-1].split("_")), tests[0])


def check_row(key, kept, reasons, gaps):
    where = f"`{kept['file']}`"
    if kept["status"] == "skipped":
        return f"| {kept['rule']} | {where} | – | {kept['skip']} |"
    how = kept["how"]
    if (what := kept.get("what", how)) != how:
        how = f"{how}: {what}"
    if kept["status"] == "killed":
        more = len(kept["tests"]) - 1
        test = best(kept["rule"], kept["tests"]).split("::")[-1]
        return f"| {kept['rule']} | {where} | {how} | `{test}`{f' and {more} more' if more else ''} |"
    if kept["status"] == "hung" and kept["tests"]:
        test = best(kept["rule"], kept["tests"]).split("::")[-1]
        return f"| {kept['rule']} | {where} | {how} | `{test}` does not end |"
    reason = reasons.get(key)
    if reason is None:
        gaps.append(f"{key}: {kept['status']}")
    return f"| {kept['rule']} | {where} | {how} | *none:* {reason} |"


def rule_order(mutant):
    rule = mutant["rule"]
    letters = "ESBLRFAMHDTY"
    # A rule of another crate's page comes last.
    return letters.find(rule[0]) % len(letters + "?"), int(rule[1:]), mutant["file"]


def old_rows():
    """Returns the rows of the page as it is: of deleted checks by rule and file, of `cargo mutants` by crate or file."""
    rows = {}
    for line in PAGE.read_text().splitlines():
        if found := re.match(r"\| (?:([A-Z]\d+) \| )?`([\w/.-]+)` \| ", line):
            rows.setdefault(found.groups(), []).append(line)
    return rows


def check_rows(config, reasons, gaps):
    """Returns the rows of the deleted checks: of what was found, or else those that the page has."""
    results, old = json.loads((FOUND / "checks.json").read_text()), old_rows()
    present = sorted((m for m in mutants(config) if not m["file"].startswith(UNTRIED)), key=rule_order)
    for _, group in itertools.groupby(present, key=rule_order):
        group = list(group)
        rule, file = group[0]["rule"], group[0]["file"]
        keys = [key_of(mutant) for mutant in group]
        if all(key in results for key in keys):
            yield from (check_row(key, results[key], reasons, gaps) for key in keys)
        elif len(kept := old.get((rule, file), [])) == len(keys):
            yield from kept
        else:
            gaps.append(f"{file} {rule}: not run")


def outcomes():
    """Returns the last result of every mutant."""
    results = {}
    files = sorted(FOUND.rglob("outcomes.json"), key=lambda path: json.loads(path.read_text())["start_time"])
    for path in files:
        for outcome in json.loads(path.read_text())["outcomes"]:
            if isinstance(outcome["scenario"], dict):
                results[outcome["scenario"]["Mutant"]["name"]] = SUMMARIES.get(outcome["summary"], outcome["summary"])
    return results


def main():
    explained = tomllib.loads((pathlib.Path(__file__).parent / "explained.toml").read_text())
    reasons = {entry["check"]: entry["reason"] for entry in explained.get("check", [])}
    gaps, lines = [], [HEAD.rstrip("\n")]
    config = tomllib.loads((pathlib.Path(__file__).parent / "checks.toml").read_text())
    lines += check_rows(config, reasons, gaps)
    lines.append(MIDDLE.rstrip("\n"))
    results, survivors, old, rows = outcomes(), {}, old_rows(), []
    for crate, files in TRIED.items():
        only = [word for file in files for word in ("-f", f"crates/{crate}/src/{file}.rs")]
        listed = subprocess.run(
            ["cargo", "mutants", "--list", "--colors", "never", "-p", crate, *only], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.splitlines()
        if not any(mutant in results for mutant in listed) and (None, crate) in old:
            lines += old[None, crate]
            rows += [row for (rule, file), of in old.items() if not rule and file.startswith(f"{crate}/") for row in of]
            continue
        counts = dict.fromkeys(["caught", "timeout", "unviable", "missed"], 0)
        for mutant in listed:
            status = results.get(mutant)
            if status not in counts:
                gaps.append(f"{mutant}: {status or 'not run'}")
                continue
            counts[status] += 1
            if status == "missed":
                key = PLACE.match(mutant).groups()
                survivors[key] = survivors.get(key, 0) + 1
        lines.append(f"| `{crate}` | {len(listed)} | " + " | ".join(map(str, counts.values())) + " |")
    lines.append(SURVIVORS.rstrip("\n"))
    for (file, name), count in sorted(survivors.items()):
        entry = next(
            (e for e in explained.get("mutant", []) if e["file"] == file and re.search(e["name"], name)), None
        )
        if entry is None:
            gaps.append(f"{file}: {name} survives, and explained.toml does not say why it may")
            continue
        times = f" ({count} times)" if count > 1 else ""
        rows.append(f"| `{file}` | `{name.replace('|', chr(92) + '|')}`{times} | {entry['reason']} |")
    lines += sorted(rows)
    if gaps:
        sys.exit("no page is made:\n" + "\n".join(gaps))
    for entry in explained.get("mutant", []):
        if not any(entry["reason"] in row for row in rows):
            print(f"explained.toml: {entry['file']} {entry['name']} explains nothing", file=sys.stderr)
    PAGE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
