// See `check`. Arguments: the devnet, the browser, where screenshots go, the root of the repository.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [devnet, browserPath, shots, root] = process.argv.slice(2);
const children = [];
const folder = mkdtempSync(join(tmpdir(), "devnet-page-"));
const NARROW = { width: 400, height: 800 };
const WIDE = { width: 1600, height: 900 };
// Without these Chromium asks hosts of its own at every start.
const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync"];

/** Starts the devnet on the first transactions of the demo. */
function start(data, ...more) {
  const feed = join(folder, "short.txt");
  const demo = readFileSync(join(root, "examples/devnet/transactions/demo.txt"), "utf8");
  const lines = demo.split("\n").filter((line) => line.startsWith("0x"));
  writeFileSync(feed, lines.slice(0, 60).join("\n"));
  const child = spawn(devnet, ["--data", join(folder, data), "--transactions", feed, ...more]);
  children.push(child);
  const run = { child, out: "", err: "", ended: once(child, "close").then(([code]) => code) };
  child.stdout.on("data", (text) => { run.out += text; });
  child.stderr.on("data", (text) => { run.err += text; });
  return run;
}

/** Waits until `condition` returns something. */
async function until(what, condition, seconds = 120) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition();
    if (found) return found;
    assert.ok(Date.now() < end, `waited ${seconds} s in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Opens a page and takes down what it asks for and complains about. */
async function open(context, url, prepare = async () => {}) {
  const page = await context.newPage();
  await prepare(page);
  const seen = { page, asked: [], complaints: [], snapshots: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.complaints.push(message.text());
  });
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => seen.asked.push(request.url()));
  page.on("response", async (response) => {
    if (!response.url().endsWith("snapshot.json") || response.status() !== 200) return;
    seen.snapshots.push(await response.json().catch(() => null));
  });
  await page.goto(url);
  return seen;
}

/** Reads off the page what it shows. Runs in the page. */
function readOff() {
  const number = (element) => Number(element.textContent.replaceAll(",", ""));
  const figures = {};
  for (const element of document.querySelectorAll("#figures [data-figure]")) figures[element.dataset.figure] = number(element);
  const domains = [...document.querySelectorAll("#domains > section")].map((section) => {
    const count = (selector) => section.querySelectorAll(selector).length;
    const boxes = {};
    for (const box of section.querySelectorAll(".box")) boxes[box.dataset.status] = (boxes[box.dataset.status] ?? 0) + 1;
    const counts = {};
    for (const element of section.querySelectorAll("[data-count]")) counts[element.dataset.count] = number(element);
    return {
      name: section.querySelector("h2").textContent,
      head: number(section.querySelector('[data-figure="head"]')),
      confirmed: number(section.querySelector('[data-figure="confirmed"]')),
      boxes,
      counts,
      rows: count('[data-part="receipts"] tbody tr'),
      blocks: count(".bars > li"),
      bundles: [...section.querySelectorAll(".bars > li")].map((bar) => bar.querySelectorAll(".unit").length),
      flags: count(".bars .flag"),
    };
  });
  const cells = (id) => [...document.querySelectorAll(`#${id} tbody tr`)].map((row) => {
    const named = [...row.querySelectorAll("td")].map((cell) => [cell.dataset.name, cell.textContent]);
    return Object.fromEntries(named);
  });
  return { figures, domains, proofs: cells("proofs"), operators: cells("operators"), checks: document.querySelectorAll("#checks li").length,
    state: document.getElementById("state").textContent };
}

/** Finds text that is hard to read: contrast below 4.5 to 1 (WCAG AA). Runs in the page. */
function hardToRead() {
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = parts(colour).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let under = element; under; under = under.parentElement) {
      const colour = getComputedStyle(under).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!hasText || !element.checkVisibility() || ["SCRIPT", "STYLE"].includes(element.tagName)) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) found.add(`${element.tagName}.${element.className}: ${contrast.toFixed(2)}`);
  }
  return [...found];
}

/** Finds receipts whose words do not fit in their boxes. Runs in the page. */
function cutOff() {
  return [...document.querySelectorAll(".box")].filter((box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight)
    .map((box) => box.textContent);
}

/** Looks at the page at both widths, in both colour schemes. */
async function look(page, name) {
  for (const [width, size] of [["narrow", NARROW], ["wide", WIDE]]) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0, `${name}, ${width}: ${overflow} pixels too wide`);
      assert.deepEqual(await page.evaluate(hardToRead), [], `${name}, ${colorScheme}: contrast`);
      assert.deepEqual(await page.evaluate(cutOff), [], `${name}, ${width}: words are cut off`);
      await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
}

/** Compares what the page shows with a snapshot. */
function compare(shown, snapshot) {
  assert.equal(shown.figures.slot, snapshot.run.slot);
  assert.equal(shown.figures.blocks, snapshot.totals.blocks);
  assert.equal(shown.figures["fraud proofs"], snapshot.totals.proofs);
  assert.equal(shown.domains.length, snapshot.domains.length);
  for (const [place, domain] of snapshot.domains.entries()) {
    const part = shown.domains[place];
    assert.equal(part.name, domain.name);
    assert.deepEqual([part.head, part.confirmed], [domain.head, domain.confirmed]);
    const boxes = {};
    for (const { status } of domain.receipts) boxes[status] = (boxes[status] ?? 0) + 1;
    assert.deepEqual(part.boxes, boxes, `${domain.name}: a box for each receipt`);
    assert.equal(part.rows, domain.receipts.length);
    for (const [status, count] of Object.entries(part.counts)) assert.equal(count, domain.counts[status], status);
    const bundles = snapshot.blocks.map((block) => block.bundles.filter((bundle) => bundle.domain === domain.id).length);
    assert.deepEqual(part.bundles, bundles, `${domain.name}: a unit for each bundle`);
  }
  assert.equal(shown.operators.length, snapshot.operators.length);
  assert.equal(shown.proofs.length, snapshot.proofs.length);
}

const dataOf = (page) => page.evaluate(() => JSON.parse(document.getElementById("data").textContent));

/** A run to its end: the report opens from its file and says what the summary says. */
async function overAndReported(context) {
  const run = start("over", "--json", "--quiet");
  assert.equal(await run.ended, 0, run.err);
  const summary = JSON.parse(run.out);
  const url = pathToFileURL(join(folder, "over", "report.html")).href;
  const seen = await open(context, url);
  const shown = await seen.page.evaluate(readOff);
  compare(shown, await dataOf(seen.page));
  const evm = shown.domains[0];
  assert.equal(shown.figures.slot, summary.slots);
  assert.equal(shown.figures.blocks, summary.blocks);
  assert.equal(evm.blocks, summary.blocks);
  assert.equal(evm.boxes.confirmed, summary.receipts_confirmed);
  assert.equal(evm.boxes.removed, summary.receipts_removed);
  assert.equal(evm.flags, 1, "the block with the proof is marked");
  const proven = shown.domains.find(({ name }) => name === "Proven ledger");
  assert.equal(proven.boxes.confirmed, summary.proven.blocks);
  assert.ok(proven.flags > 0 && proven.flags <= summary.proven.proven, "blocks with validity proofs are marked");
  const [proof] = shown.proofs;
  assert.deepEqual([proof.Family, proof.Block, proof["Reported by"]],
    [summary.lie.family, String(summary.lie.refuted_in_block), summary.lie.reporter]);
  assert.equal(proof.Size.replaceAll(",", ""), `${summary.lie.proof_bytes} bytes`);
  assert.match(proof["Verified in"], /^[\d,]+ µs$/);
  const slashed = shown.operators.filter(({ Status }) => Status === "slashed").map(({ Operator }) => Operator);
  assert.deepEqual(slashed, summary.slashes.map(({ operator }) => String(operator)));
  assert.equal(shown.checks, summary.checks.length);
  assert.ok(shown.state.startsWith(`The run is over: all ${summary.checks.length} checks hold.`), shown.state);
  await look(seen.page, "report");
  assert.deepEqual(seen.complaints, []);
  assert.deepEqual(seen.asked, [url], "the file needs nothing but itself");
  // What is not of the page does not run: an attribute as markup in data would have it.
  await seen.page.evaluate(() => document.body.insertAdjacentHTML("beforeend", '<img src="data:," onerror="window.evil = true">'));
  await until("the browser refuses what is not of the page", () => seen.complaints.some((text) => text.includes("Content Security Policy")));
  assert.equal(await seen.page.evaluate(() => window.evil), undefined);
  await seen.page.close();
  return summary;
}

/** What no run of today has, made from a report: a proven domain, branches of receipts side by side, hostile names, many of everything. */
async function everything(context) {
  const text = readFileSync(join(folder, "over", "report.html"), "utf8");
  const [, before, json, after] = text.match(/^([^]*id="data">)(.*)(<\/script>\n<script[^]*)$/);
  const data = JSON.parse(json);
  const evil = '<img src="data:," onerror="window.evil = true">';
  const receipt = (number, status, more = {}) => ({ number, hash: evil, status, shown: null, refuted: false, operator: 1,
    backers: 3, block: 2, settled: 9, proof: null, ...more });
  const fallen = (number, proof) => receipt(number, "removed", { proof, refuted: number === 3 || number === 5 });
  const receipts = [];
  for (let number = 1; number <= 300; number += 1) {
    const status = number < 200 ? "confirmed" : number < 290 ? "proven" : "pending";
    if (number >= 3 && number <= 6) receipts.push(fallen(number, "one"));
    if (number >= 5 && number <= 7) receipts.push(fallen(number, "two"));
    receipts.push(receipt(number, status, { shown: number < 290 ? { block: 5, bytes: 7 } : null }));
  }
  const proof = (evidence, from, to) => ({ evidence, domain: 9, family: "inbox", bytes: 4194304, verification_us: null, from, to, block: 9,
    reporter: evil, slashed: [] });
  data.domains.push({ id: 9, name: evil, validity: "proven", challenge_period: 20, head: 300, confirmed: 199,
    counts: { accepted: 307, pending: 11, proven: 90, confirmed: 199, removed: 7 }, receipts, left_out: 12345 });
  data.proofs.push(proof("one", 3, 6), proof("two", 5, 7));
  data.totals.proofs += 2;
  data.run.slot = 12345678;
  const file = join(folder, "everything.html");
  writeFileSync(file, before + JSON.stringify(data).replaceAll("<", "\\u003c") + after);
  const seen = await open(context, pathToFileURL(file).href);
  const shown = await seen.page.evaluate(readOff);
  compare(shown, data);
  assert.deepEqual(shown.domains.at(-1).boxes, { confirmed: 199, proven: 90, pending: 11, removed: 7 });
  assert.equal(shown.proofs.at(-1)["Verified in"], "not measured");
  // Receipts of two proofs with one number stand in two rows.
  const lanes = await seen.page.evaluate(() => [...document.querySelectorAll("#domain-9 .chain > li")].slice(2, 7).map((column) =>
    [...column.querySelectorAll(".lane")].slice(1).map((lane) => lane.textContent)));
  assert.deepEqual(lanes, [["3refuted"], ["4removed"], ["5refuted", "5refuted"], ["6removed", "6removed"], ["", "7removed"]]);
  await look(seen.page, "everything");
  assert.equal(await seen.page.evaluate(() => document.querySelectorAll("img").length), 0, "a name became markup");
  assert.deepEqual(seen.complaints, []);
  await seen.page.close();
}

/** A live run: the page follows it, tells when it stops, and the report has where it stood. */
async function liveAndStopped(context) {
  const run = start("live", "--ui", "0", "--pace", "20");
  const url = await until("the address", () => run.err.match(/http:\S+/)?.[0]);
  // Whoever is there before the run has begun waits without a complaint.
  const early = (page) => page.route("**/snapshot.json", (route) => route.fulfill({ status: 204 }), { times: 2 });
  const seen = await open(context, url, early);
  const { page } = seen;
  const shownSlot = () => page.evaluate(() => Number(document.querySelector('[data-figure="slot"]')?.textContent.replaceAll(",", "") ?? -1));
  const first = await until("a first slot", async () => ((await shownSlot()) >= 0 ? { slot: await shownSlot() } : null));
  await until("the page follows", async () => (await shownSlot()) >= first.slot + 10);
  // What somebody has opened stays open while the page goes on.
  await page.locator("#domains details").first().evaluate((details) => { details.open = true; });
  const removed = () => page.evaluate(() => document.querySelectorAll('[data-status="removed"]').length);
  await until("a lie is removed in sight", removed);
  const before = await shownSlot();
  await until("the page goes on", async () => (await shownSlot()) > before);
  assert.ok(await page.locator("#domains details").first().evaluate((details) => details.open));
  assert.deepEqual(seen.complaints, []);
  run.child.kill("SIGINT");
  assert.equal(await run.ended, 130, run.err);
  await until("the page notices", () => page.evaluate(() => document.getElementById("state").textContent.includes("does not answer")));
  // What it shows now is the last that it was sent.
  const last = seen.snapshots.at(-1);
  assert.equal(last.run.slot, await shownSlot());
  compare(await page.evaluate(readOff), last);
  await look(page, "live");
  const own = seen.asked.filter((asked) => !asked.startsWith(url) && !asked.startsWith("data:"));
  assert.deepEqual(own, [], "the page asks its own server alone");
  await page.close();

  const report = join(folder, "live", "report.html");
  assert.ok(existsSync(report));
  const kept = await open(context, pathToFileURL(report).href);
  const data = await dataOf(kept.page);
  assert.equal(data.run.state, "stopped");
  assert.ok(data.run.slot >= last.run.slot);
  const shown = await kept.page.evaluate(readOff);
  compare(shown, data);
  assert.ok(shown.state.startsWith("The run was stopped"), shown.state);
  assert.deepEqual(kept.complaints, []);
  await kept.page.close();
  return last.run.slot;
}

const browser = await chromium.launch({ executablePath: browserPath, args: process.getuid() === 0 ? ["--no-sandbox", ...QUIET] : QUIET });
try {
  const context = await browser.newContext();
  const summary = await overAndReported(context);
  console.log(`page: the report of a run of ${summary.slots} slots shows ${summary.receipts_confirmed} receipts and ${summary.receipts_removed} removed`);
  await everything(context);
  console.log("page: proven receipts, branches side by side and hostile names are drawn as what they are");
  const slot = await liveAndStopped(context);
  console.log(`page: the live page followed a run to slot ${slot}; screenshots in ${shots}`);
} finally {
  await browser.close();
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
