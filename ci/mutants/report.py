#!/usr/bin/env python3
"""Makes docs/mutation.md of what delete_checks.py and `cargo mutants` found.

    ci/mutants/report.py

Reads target/mutants/checks.json and every outcomes.json below target/mutants; of several results for a mutant the latest counts.
Why a survivor may survive stands in `explained.toml` beside this file. Without a result, or without a reason, there is no page.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOUND = ROOT / "target" / "mutants"
CRATES = ["decex-fraud", "decex-receipt", "decex-bundle", "decex-shuffle", "decex-election"]
PLACE = re.compile(r"^crates/(?P<file>[^:]+):\d+:\d+: (?P<name>.*)$")
SUMMARIES = {"CaughtMutant": "caught", "MissedMutant": "missed", "Unviable": "unviable", "Timeout": "timeout"}
HEAD = """# Mutation testing

What happens when the code of the five card crates is wrong: which test fails. This page is made by `ci/mutants/report.py`; do not edit it by hand.
`tests/tests/house_mutation.rs` fails when a rule that is checked in the code has no row here, or a row names a test that is gone.

How to repeat it (about an hour on two cores; nothing of it runs in CI):

```console
ci/mutants/delete_checks.py run
for crate in fraud receipt bundle shuffle election; do
    CARGO_PROFILE_DEV_OPT_LEVEL=0 PROPTEST_RNG_SEED=20261122 cargo mutants -p decex-$crate -o target/mutants/$crate
done
ci/mutants/report.py
```

The second needs `cargo install cargo-mutants --locked` (27.1.0 was used). Both judge a mutant by its own crate's tests alone, with the same cases of the
property tests in every run. The numbers below are of several runs: what was missed at first got tests and was run again. To make the runs of
`cargo mutants` shorter, the largest property tests made a tenth of their cases (of the same seed, so the first ones), the test of mutated proofs in `decex-fraud`
a tenth of its rounds, and the three statistical tests of `decex-election` did not run. All of this can only make more mutants survive, never fewer.

## Every check deleted, one at a time

For each comment `// F6: …` in the code the check after it is taken out of a copy of the repository, and the crate's tests run. *Deleted*: what the
check refuses is accepted. *Stopped*: the code needs the value that the check yields, so it cannot be built without it; the refusal panics instead,
which shows that a test demands it. The test named is one that carries the rule in its name, if such a one failed.

| rule | where | how | fails |
|---|---|---|---|
"""
MIDDLE = """
## cargo mutants

Replaces bodies, operators and match arms. *Unviable*: does not compile. *Timeout*: does not end, which counts as caught.

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


def rule_order(item):
    rule = item[1]["rule"]
    letters = "ESBLRF"
    # A rule of another crate's page comes last.
    return letters.find(rule[0]) % len(letters + "?"), int(rule[1:]), item[1]["file"], item[1]["nth"]


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
    used, gaps, lines = set(), [], [HEAD.rstrip("\n")]
    checks = json.loads((FOUND / "checks.json").read_text())
    lines += [check_row(key, kept, reasons, gaps) for key, kept in sorted(checks.items(), key=rule_order)]
    lines.append(MIDDLE.rstrip("\n"))
    results, survivors = outcomes(), {}
    for crate in CRATES:
        listed = subprocess.run(
            ["cargo", "mutants", "--list", "--colors", "never", "-p", crate], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.splitlines()
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
        used.add(entry["reason"])
        times = f" ({count} times)" if count > 1 else ""
        lines.append(f"| `{file}` | `{name.replace('|', chr(92) + '|')}`{times} | {entry['reason']} |")
    if gaps:
        sys.exit("no page is made:\n" + "\n".join(gaps))
    for entry in explained.get("mutant", []):
        if entry["reason"] not in used:
            print(f"explained.toml: {entry['file']} {entry['name']} explains nothing", file=sys.stderr)
    (ROOT / "docs" / "mutation.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
