#!/usr/bin/env python3
"""Deletes the checks of the crates one at a time and sees which test fails.

    ci/mutants/delete_checks.py list                  what would be deleted
    ci/mutants/delete_checks.py run [--only F6 ...]   deletes, tests, keeps the results in target/mutants/checks.json
    ci/mutants/delete_checks.py run --new             the same, of what has no result yet

A check is what follows a comment `// F6: ...`. What cannot be deleted by rule is told by `checks.toml` beside this file.
`report.py` makes docs/mutation.md of the results. Works in a copy of the repository, never in the repository itself.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CRATES = [
    "decex-election", "decex-shuffle", "decex-bundle", "decex-receipt", "decex-fraud", "decex-storage-audit", "decex-farmer",
    "decex-staking", "decex-messaging", "decex-light",
]
RESULTS = ROOT / "target" / "mutants" / "checks.json"
RULE = re.compile(r"\b[A-Z][0-9]{1,2}\b")
COMMENT = re.compile(r"^[ \t]*// ((?:[A-Z][0-9]{1,2})(?:, [A-Z][0-9]{1,2}| and [A-Z][0-9]{1,2})*)\b[^\n]*\n", re.M)
HOST = re.compile(r"\.map_err\(\w+::Host\b")
STOP = 'panic!("the refusal is deleted")'
# A proof that is not verified still says where its run would stand.
UNVERIFIED = """
impl RunProof {
    /// Only in the copy in which checks are deleted.
    pub fn unverified(&self, count: usize) -> Position {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Position { start: self.start, end: self.start.saturating_add(count), length: self.length }
    }
}
"""
RUN = "crates/decex-core/src/list/run.rs"
VERIFY = re.compile(
    r"(?P<proof>[\w.\s]+?)\s*\.verify\(\s*&[^,]+,\s*&(?P<leaves>\w+)\s*\)\s*\.map_err\([^()]*\)\?"
)


def skip(text, at):
    """Returns the end of the comment, string or character at this place, or the place itself."""
    if text.startswith("//", at):
        end = text.find("\n", at)
        return len(text) if end < 0 else end
    if text[at] == '"':
        return re.compile(r'"(?:\\.|[^"\\])*"', re.S).match(text, at).end()
    if text[at] == "'" and (character := re.compile(r"'(?:\\.[^']*|[^\\'])'").match(text, at)):
        return character.end()
    return at


def statement(text, at):
    """Returns start, end and kind of the statement or match arm from here on; None where the block ends."""
    while text[at].isspace() or text.startswith("//", at):
        at = skip(text, at) if text.startswith("//", at) else at + 1
    if text[at] == "}":
        return None
    start, depth, kind = at, 0, "plain"
    block = text.startswith(("if ", "match ", "for "), at)
    while True:
        if (beyond := skip(text, at)) != at:
            at = beyond
            continue
        character = text[at]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth < 0:
                return start, len(text[:at].rstrip()), "arm" if kind == "arm" else "if" if block else "tail"
            if depth == 0 and character == "}":
                follows = text[at + 1 :].lstrip()
                if block and not follows.startswith(("else", ".", "?")):
                    return start, at + 1, text[start : start + 2] if text.startswith("if", start) else "match"
                if kind == "arm" and not follows.startswith((",", "=>", "if")):
                    return start, at + 1, "arm"
        elif depth == 0 and text.startswith("=>", at) and not block:
            kind = "arm"
        elif depth == 0 and character == ";":
            return start, at + 1, kind
        elif depth == 0 and character == "," and kind == "arm":
            return start, at, "arm"
        at += 1


def without_if(source):
    """Deletes an `if` that refuses, or one that accepts with an `else` that refuses."""
    at = depth = 0
    while True:
        if (beyond := skip(source, at)) != at:
            at = beyond
            continue
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(source[at], 0)
        if source[at] == "{" and depth == 0:
            break
        at += 1
    condition, body = source[3:at].strip(), source[at + 1 :].lstrip()
    if body.startswith("Ok(()") or re.match(r"Ok\(\w", body) or body == "":
        return f"if true || ({condition}) " + source[at:]
    if re.search(r"\blet\b", condition):
        return f"if false && {condition} " + source[at:]
    return f"if false && ({condition}) " + source[at:]


def without_arm(source):
    """An arm that refuses accepts, or where it makes a refusal of another one, stops."""
    pattern, body = re.match(r"(.*?=>\s*)(.*)", source, re.S).groups()
    bare = body.strip().removeprefix("{").strip()
    # A body in braces needs no comma after it, another body does.
    comma = "," if body.endswith("}") else ""
    if bare.startswith("return Err("):
        return pattern + "{}" + comma, "deleted"
    if bare.startswith("Err("):
        return pattern + "Ok(())" + comma, "deleted"
    return pattern + STOP + comma, "stopped"


def without(source, kind):
    """Returns a statement without its check and how it was taken away, or None if it has none."""
    if kind == "if" and "Err(" in source or kind == "if" and "return Ok(" in source:
        return without_if(source), "deleted"
    if kind == "arm":
        return without_arm(source)
    if source.startswith("let ") and re.search(r"\belse\s*\{[^}]*return", source):
        return re.sub(r"(\belse\s*\{)", rf"\1 {STOP};", source, count=1), "stopped"
    if kind == "plain" and source.endswith("?;"):
        if not source.startswith("let "):
            return f"let _ = {source[:-2]};", "deleted"
        if unverified := VERIFY.search(source):
            proof = unverified["proof"].split("=")[-1]
            return (
                source[: unverified.start("proof")] + f"{proof}.unverified({unverified['leaves']}.len());",
                "deleted",
            )
        for refusal, stop in ((".ok_or", ".or_else"), (".map_err(", ".inspect_err")):
            # What the host fails at is not refused by the rule.
            if (at := source.rfind(refusal)) >= 0 and not HOST.match(source, at):
                closure = "||" if stop == ".or_else" else "|_|"
                return source[:at] + f"{stop}({closure} {STOP})" + source[at:], "stopped"
    if kind == "tail" and (".map_err(" in source or "verify(" in source):
        return f"let _ = {source};\n    Ok(())", "deleted"
    return None


def code_of(path):
    """Returns what ships of a file: a module of unit tests stands at its end."""
    text = (ROOT / path).read_text()
    at = text.find("\n#[cfg(test)]\nmod tests {")
    return text if at < 0 else text[:at]


def comments(path, text):
    """Yields rule, which of its comments in the file this is, and where the code after the comment begins."""
    seen = {}
    for comment in COMMENT.finditer(text):
        head = comment[1]
        rules = RULE.findall(head)
        for place, rule in enumerate(rules):
            count = seen[rule] = seen.get(rule, 0) + 1
            yield rule, count, comment.end(), place, len(rules)


def nth_check(text, at, place):
    """Returns the change that deletes the check at this place among those that follow, or the last one found."""
    found = None
    while span := statement(text, at):
        start, end, kind = span
        if change := without(text[start:end], kind):
            found = (start, end, *change)
            if place == 0 or kind == "tail":
                return found
            place -= 1
        at = end
        if kind == "tail" or kind == "arm":
            return found
        if COMMENT.match(text, text.find("\n", end) + 1):
            return found
    return found


def mutants(config):
    """Yields every deletion: crate, file, rule, the changed text or why there is none, and how it was made."""
    by_hand = {}
    for kind in ("edit", "skip"):
        for entry in config.get(kind, []):
            key = (entry["file"], entry["rule"], entry.get("nth", 1))
            by_hand.setdefault(key, []).append(entry)
    for crate in CRATES:
        for path in sorted((ROOT / "crates" / crate / "src").rglob("*.rs")):
            name = str(path.relative_to(ROOT))
            if path.name == "tests.rs":
                continue
            full, text = path.read_text(), code_of(name)
            short = name.removeprefix("crates/")
            for rule, nth, at, place, _ in comments(name, text):
                base = {"crate": crate, "file": short, "rule": rule, "nth": nth}
                entries = by_hand.pop((short, rule, nth), [])
                if not entries or any(entry.get("also") for entry in entries):
                    change = nth_check(text, at, place)
                    if change is None:
                        yield base | {"error": "no check found: add it to checks.toml"}
                        continue
                    start, end, new, how = change
                    yield base | {"how": how, "was": full[start:end], "text": full[:start] + new + full[end:]}
                for entry in entries:
                    if "reason" in entry:
                        yield base | {"skip": entry["reason"]}
                        continue
                    start = text.find(entry["old"], at)
                    if start < 0:
                        yield base | {"error": f"checks.toml: not found: {entry['old']}"}
                        continue
                    end = start + len(entry["old"])
                    yield base | {
                        "how": entry.get("how", "deleted"),
                        "what": entry["what"],
                        "was": entry["old"],
                        "text": full[:start] + entry["new"] + full[end:],
                    }
    for key in by_hand:
        yield {"crate": "", "file": key[0], "rule": key[1], "nth": key[2], "error": "checks.toml: no such comment"}


def key_of(mutant):
    """Returns what names a deletion in the results."""
    return f"{mutant['file']} {mutant['rule']} {mutant['nth']} {mutant.get('what', '')}".strip()


def copy(scratch):
    """Lays a copy of what git tracks, with the one function that a deleted list proof needs."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, scratch / name
        if not source.is_file():
            continue
        text = source.read_bytes()
        if name == RUN:
            text += UNVERIFIED.encode()
        if not target.exists() or target.read_bytes() != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
    for crate in CRATES:
        for path in (scratch / "crates" / crate).rglob("*.rs"):
            if not (ROOT / path.relative_to(scratch)).exists():
                path.unlink()


def failures(output):
    """Returns the tests that failed."""
    return sorted(set(re.findall(r"^test (\S+)(?: - should panic)? \.\.\. FAILED", output, re.M)))


def test(scratch, crate, seconds, rule=None, named=()):
    """Runs a crate's tests, or those `named`, and returns what came of it, and the tests that failed."""
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(scratch / "target"),
        "CARGO_PROFILE_DEV_OPT_LEVEL": os.environ.get("CARGO_PROFILE_DEV_OPT_LEVEL", "0"),
        "PROPTEST_RNG_SEED": os.environ.get("PROPTEST_RNG_SEED", "20261122"),
        "PROPTEST_FAILURE_PERSISTENCE": "off",
        "CARGO_TERM_COLOR": "never",
    }
    process = subprocess.Popen(
        ["cargo", "test", "--locked", "-p", crate, "--tests", "--no-fail-fast", *named],
        cwd=scratch, env=environment, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        if failed := failures(output):
            return "killed", failed
        # A test that looks for what the check makes rare may look for ever: those of the rule tell more.
        if rule:
            status, failed = test(scratch, crate, seconds, named=["--", f"{rule.lower()}_"])
            if status == "killed":
                return status, failed
        hung = sorted(set(re.findall(r"^test (\S+) has been running", output, re.M)))
        return "hung", hung
    failed = failures(output)
    if "could not compile" in output:
        errors = re.findall(r"^error(?:\[\w+\])?: .*", output, re.M)
        return "unviable", errors[:2]
    if process.returncode == 0:
        return "survived", []
    return ("killed", failed) if failed else ("crashed", output.splitlines()[-3:])


def run(arguments, config):
    scratch = pathlib.Path(arguments.scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    copy(scratch)
    wanted = set(arguments.only)
    results = json.loads(RESULTS.read_text()) if (wanted or arguments.new) and RESULTS.exists() else {}
    present = {key_of(mutant) for mutant in mutants(config)}
    results = {key: kept for key, kept in results.items() if key in present}
    for crate in CRATES:
        found = [m for m in mutants(config) if m["crate"] == crate]
        found = [m for m in found if not wanted or m["rule"] in wanted or crate in wanted or m["file"] in wanted]
        if arguments.new:
            found = [m for m in found if results.get(key_of(m), {"status": "error"})["status"] in ("error", "unviable", "hung")]
        if not found:
            continue
        status, failed = test(scratch, crate, 3600)
        if status != "survived":
            sys.exit(f"{crate}: its tests do not pass as it is: {status} {failed}")
        for number, mutant in enumerate(found):
            key = key_of(mutant)
            kept = {k: v for k, v in mutant.items() if k != "text"}
            if "text" in mutant:
                target = scratch / "crates" / mutant["file"]
                original = target.read_bytes()
                target.write_text(mutant["text"])
                kept["status"], kept["tests"] = test(scratch, crate, arguments.timeout, mutant["rule"])
                target.write_bytes(original)
            else:
                kept["status"], kept["tests"] = ("skipped", []) if "skip" in mutant else ("error", [])
            results[key] = kept
            print(f"[{crate} {number + 1}/{len(found)}] {key}: {kept['status']} {', '.join(kept['tests'][:2])}", flush=True)
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            RESULTS.write_text(json.dumps(results, indent=1))
    bad = [key for key, kept in results.items() if kept["status"] not in ("killed", "skipped")]
    print(f"{len(results)} checks, not killed: {len(bad)}", *bad, sep="\n  ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["list", "run"])
    parser.add_argument("--only", nargs="*", default=[], help="rules, crates or files")
    parser.add_argument("--new", action="store_true", help="only what has no result")
    parser.add_argument("--scratch", default=str(ROOT / "target" / "mutants" / "copy"))
    parser.add_argument("--timeout", type=int, default=120)
    arguments = parser.parse_args()
    config = tomllib.loads((pathlib.Path(__file__).parent / "checks.toml").read_text())
    if arguments.command == "run":
        return run(arguments, config)
    for mutant in mutants(config):
        print(mutant["file"], mutant["rule"], mutant["nth"], mutant.get("how", ""), mutant.get("skip", ""),
              mutant.get("error", ""), sep="  ")
        if "text" in mutant:
            full = (ROOT / "crates" / mutant["file"]).read_text()
            new = mutant["text"]
            at = next(i for i, (a, b) in enumerate(zip(full, new)) if a != b)
            print("      -", full[max(0, at - 40) : at + 80].replace("\n", "\n      - "))
            print("      +", new[max(0, at - 40) : at + 120].replace("\n", "\n      + "))
    return None


if __name__ == "__main__":
    main()
