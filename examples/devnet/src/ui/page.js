// Draws a snapshot of a devnet (src/ui/snapshot.rs): one that is in the page, or else the newest that the server has, again and again.
// What comes from the chain becomes text and nothing else: no markup is ever put together here.
"use strict";

const EVERY = 500; // milliseconds between two questions
const byId = (id) => document.getElementById(id);

/** Makes an element. Children are elements or text. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

/** Draws a part of the page anew if what it shows has changed, so that reading and selecting is not disturbed. */
const drawn = new Map();
function draw(place, shows, build) {
  const key = JSON.stringify(shows);
  if (drawn.get(place) === key) return;
  drawn.set(place, key);
  place.replaceChildren(...build());
}

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
const counted = (number, thing) => `${grouped(number)} ${thing}${number === 1 ? "" : "s"}`;
const short = (hash) => hash.slice(0, 12);
const range = (from, to) => (from === to ? `${from}` : `${from} to ${to}`);

/** Writes an amount in units of 10^18 with four digits after the point, rounded down. */
function units(amount) {
  const digits = amount.padStart(19, "0");
  return `${grouped(digits.slice(0, -18))}.${digits.slice(-18, -14)}`;
}

/** A table whose cells know the names of their columns, for narrow screens. Columns: [name, isNumber]. */
function table(columns, rows) {
  const kind = (isNumber) => (isNumber ? { class: "number" } : {});
  const head = columns.map(([name, isNumber]) => make("th", { scope: "col", ...kind(isNumber) }, name));
  const body = rows.map((row) => make("tr", {}, ...row.map((cell, place) => {
    const [name, isNumber] = columns[place];
    return make("td", { "data-name": name, ...kind(isNumber) }, cell);
  })));
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body));
}

const note = (text) => make("p", { class: "note" }, text);
const tag = (kind, text) => make("span", { class: `tag ${kind}` }, text);

function figures(snapshot) {
  const { run, totals } = snapshot;
  const all = [
    ["slot", run.slot], ["blocks", totals.blocks], ["bundles", totals.bundles],
    ["transactions in bundles", totals.transactions], ["messages", totals.messages], ["fraud proofs", totals.proofs],
    ["slashes", totals.slashes], ["re-orgs, all nodes", totals.reorgs],
  ];
  draw(byId("figures"), all, () => all.map(([name, number]) =>
    make("div", {}, make("dt", {}, name), make("dd", { "data-figure": name }, grouped(number)))));
}

const MEANING = {
  pending: "pending: may still be refuted",
  proven: "proven: shown to be right, not final yet",
  confirmed: "confirmed: final",
  removed: "removed by a fraud proof",
};

/** Says all about a receipt in one line. */
function tell(receipt, proofs) {
  const parts = [`Receipt ${receipt.number}, ${receipt.status}`];
  parts.push(`submitted by operator ${receipt.operator} in block ${receipt.block}`);
  parts.push(`${counted(receipt.backers, "operator")} ${receipt.backers === 1 ? "answers" : "answer"} for it`);
  if (receipt.shown) parts.push(right(receipt.shown));
  if (receipt.status === "confirmed") parts.push(`final in block ${receipt.settled}`);
  if (receipt.status === "removed") parts.push(why(receipt, proofs));
  return parts.join("; ");
}

const right = ({ block, bytes }) => `shown to be right in block ${block} by a proof of ${grouped(bytes)} bytes`;

function why(receipt, proofs) {
  const proof = proofs.find((proof) => proof.evidence === receipt.proof);
  const by = proof ? `${proof.family} proof of ${grouped(proof.bytes)} bytes` : "fraud proof";
  const what = receipt.refuted ? "refuted" : "stood on a refuted receipt: removed with it";
  return `${what} in block ${receipt.settled} by a ${by}`;
}

/** Gives each proof a row below the chain in which its receipts are apart from those of other proofs. */
function rowsOf(receipts) {
  const ranges = new Map();
  for (const { number, status, proof } of receipts) {
    if (status !== "removed") continue;
    const [from, to] = ranges.get(proof) ?? [number, number];
    ranges.set(proof, [Math.min(from, number), Math.max(to, number)]);
  }
  const ends = [];
  const rows = new Map();
  for (const [proof, [from, to]] of [...ranges].sort(([, a], [, b]) => a[0] - b[0])) {
    const free = ends.findIndex((end) => end < from);
    const row = free < 0 ? ends.length : free;
    ends[row] = to;
    rows.set(proof, row);
  }
  return rows;
}

function box(receipt, proofs) {
  const about = tell(receipt, proofs);
  const word = receipt.refuted ? "refuted" : receipt.status;
  return make("div", { class: `box ${receipt.status}`, title: about, "data-status": receipt.status },
    make("b", {}, receipt.number), make("span", {}, word));
}

function chain(receipts, proofs) {
  const rows = rowsOf(receipts);
  const columns = new Map();
  for (const receipt of receipts) {
    const column = columns.get(receipt.number) ?? { standing: null, fallen: [] };
    if (receipt.status === "removed") column.fallen[rows.get(receipt.proof)] = receipt;
    else column.standing = receipt;
    columns.set(receipt.number, column);
  }
  let before = { standing: null, fallen: [] };
  const numbers = [...columns.keys()].sort((a, b) => a - b);
  return make("ol", { class: "chain" }, ...numbers.map((number) => {
    const column = columns.get(number);
    const lanes = [make("div", { class: "lane" })];
    if (column.standing) {
      lanes[0].append(box(column.standing, proofs));
      if (number > 1) lanes[0].classList.add("joined");
    }
    for (let row = 0; row < column.fallen.length; row += 1) {
      const lane = make("div", { class: "lane" });
      const receipt = column.fallen[row];
      if (receipt) {
        const parent = before.fallen[row];
        lane.className = parent && parent.proof === receipt.proof ? "lane joined off" : `lane fork${row > 0 ? " deep" : ""}`;
        lane.append(box(receipt, proofs));
      }
      lanes.push(lane);
    }
    before = column;
    return make("li", {}, ...lanes);
  }));
}

function receiptTable(receipts, proofs) {
  const columns = [["Receipt", true], ["Status", false], ["Submitted by", false], ["In block", true], ["Vouched for by", true],
    ["Settled in", true], ["Hash", false], ["Remarks", false]];
  return table(columns, [...receipts].reverse().map((receipt) => [
    receipt.number, tag(receipt.status, receipt.status), `operator ${receipt.operator}`, receipt.block, receipt.backers,
    receipt.settled ?? "–", make("span", { class: "hash" }, short(receipt.hash)),
    receipt.status === "removed" ? why(receipt, proofs) : receipt.shown ? right(receipt.shown) : "–",
  ]));
}

/** A column of units for each block: one for each bundle of the domain. */
function bars(snapshot, domain) {
  return make("ol", { class: "bars" }, ...snapshot.blocks.map((block) => {
    const own = block.bundles.filter((bundle) => bundle.domain === domain.id);
    const transactions = own.reduce((sum, bundle) => sum + bundle.transactions, 0);
    const proofs = snapshot.proofs.filter((proof) => proof.domain === domain.id && proof.block === block.number);
    const winner = block.farmer === null ? "genesis" : `${snapshot.run.maker} ${block.farmer}`;
    const told = [`Block ${block.number}, slot ${block.slot}, ${winner}: ${counted(own.length, "bundle")}`,
      counted(transactions, "transaction")];
    const shown = domain.receipts.filter((receipt) => receipt.shown?.block === block.number).length;
    if (shown > 0) told.push(counted(shown, "validity proof"));
    if (proofs.length > 0) told.push(counted(proofs.length, "fraud proof"));
    const column = make("li", { title: told.join(", "), "data-bundles": own.length });
    if (proofs.length > 0) column.append(make("span", { class: "flag" }, "F"));
    if (shown > 0) column.append(make("span", { class: "flag right" }, "P"));
    for (const bundle of own) column.append(make("div", { class: bundle.transactions > 0 ? "unit full" : "unit" }));
    column.append(make("div", { class: "axis" }, block.number % 10 === 0 ? block.number : ""));
    return column;
  }));
}

function blockTable(snapshot, domain) {
  const columns = [["Block", true], ["Slot", true], ["Made by", false], ["Bundles", true], ["Transactions", true], ["Receipts", true]];
  const sum = (bundles, what) => bundles.reduce((all, bundle) => all + bundle[what], 0);
  return table(columns, [...snapshot.blocks].reverse().map((block) => {
    const own = block.bundles.filter((bundle) => bundle.domain === domain.id);
    return [block.number, block.slot, block.farmer === null ? "–" : `${snapshot.run.maker} ${block.farmer}`, own.length,
      sum(own, "transactions"), sum(own, "receipts")];
  }));
}

/** The part of the page that a domain has, made once. */
function partOf(domain) {
  const id = `domain-${domain.id}`;
  if (!byId(id)) {
    const title = `${id}-title`;
    const place = (name) => make("div", { "data-part": name });
    byId("domains").append(make("section", { id, "aria-labelledby": title },
      make("h2", { id: title }, domain.name), place("about"),
      make("h3", {}, "Receipts"), place("key"), place("chain"),
      make("details", {}, make("summary", {}, "The same as a table, newest first"), place("receipts")),
      make("h3", {}, "Bundles in each block of the consensus chain"), place("bars-key"), place("bars"),
      make("details", {}, make("summary", {}, "The same as a table, newest first"), place("blocks"))));
  }
  return (name) => byId(id).querySelector(`[data-part="${name}"]`);
}

function drawDomain(snapshot, domain) {
  const part = partOf(domain);
  const own = snapshot.proofs.filter((proof) => proof.domain === domain.id);
  const { head, confirmed, counts, receipts } = domain;
  const isProven = domain.validity === "proven";
  const rule = isProven
    ? "A receipt is final once it and all before it are proven."
    : `A receipt is final when nobody has refuted it for ${counted(domain.challenge_period, "block")}.`;
  draw(part("about"), [head, confirmed], () => [make("p", {},
    `${isProven ? "Proven" : "Optimistic"} domain. ${rule} Newest receipt: `,
    make("b", { "data-figure": "head" }, head), ", newest final one: ", make("b", { "data-figure": "confirmed" }, confirmed), ".")]);
  draw(part("key"), counts, () => [make("ul", { class: "key" }, ...Object.keys(MEANING)
    .filter((status) => status !== "proven" || isProven || counts.proven > 0)
    .map((status) => make("li", {}, make("span", { class: `sample ${status}` }),
      make("b", { class: "number", "data-count": status }, grouped(counts[status])), MEANING[status])))]);
  draw(part("chain"), [receipts, own], () => {
    const left = domain.left_out > 0 ? [note(`${counted(domain.left_out, "older receipt")} left out.`)] : [];
    return receipts.length > 0 ? [...left, chain(receipts, own)] : [note("No receipt yet.")];
  });
  draw(part("receipts"), [receipts, own], () => [receiptTable(receipts, own)]);
  draw(part("bars-key"), [snapshot.blocks_left_out, isProven], () => [
    make("ul", { class: "key" },
      make("li", {}, make("span", { class: "unit full sample" }), "a bundle with transactions"),
      make("li", {}, make("span", { class: "unit sample" }), "a bundle with receipts alone"),
      ...(isProven ? [make("li", {}, make("span", { class: "flag right" }, "P"), "proofs that receipts of this domain are right")] : []),
      make("li", {}, make("span", { class: "flag" }, "F"), "a fraud proof against this domain")),
    ...(snapshot.blocks_left_out > 0 ? [note(`${counted(snapshot.blocks_left_out, "older block")} left out.`)] : [])]);
  draw(part("bars"), [snapshot.blocks, own, isProven && receipts], () => [bars(snapshot, domain)]);
  draw(part("blocks"), snapshot.blocks, () => [blockTable(snapshot, domain)]);
}

function drawProofs(snapshot) {
  const names = new Map(snapshot.domains.map((domain) => [domain.id, domain.name]));
  const columns = [["Block", true], ["Domain", false], ["Family", false], ["Size", true], ["Verified in", true],
    ["Receipts removed", false], ["Reported by", false], ["Slashed", false], ["Evidence", false]];
  draw(byId("proofs"), snapshot.proofs, () => {
    if (snapshot.proofs.length === 0) return [note("None so far.")];
    return [table(columns, snapshot.proofs.map((proof) => [
      proof.block, names.get(proof.domain) ?? proof.domain, proof.family, `${grouped(proof.bytes)} bytes`,
      proof.verification_us === null ? "not measured" : `${grouped(proof.verification_us)} µs`,
      range(proof.from, proof.to), proof.reporter,
      proof.slashed.map((operator) => `operator ${operator}`).join(", ") || "–",
      make("span", { class: "hash" }, short(proof.evidence)),
    ]))];
  });
}

function drawOperators(snapshot) {
  const names = new Map(snapshot.domains.map((domain) => [domain.id, domain.name]));
  const columns = [["Operator", true], ["Domain", false], ["Status", false], ["Stake", true], ["Fund", true], ["Bundles", true],
    ["Receipts", true], ["Removed", true], ["Slashed", false]];
  const largest = snapshot.operators.reduce((most, { stake }) => (BigInt(stake) > most ? BigInt(stake) : most), 1n);
  draw(byId("operators"), snapshot.operators, () => [table(columns, snapshot.operators.map((operator) => {
    const bar = make("div", {});
    bar.style.width = `${Number((BigInt(operator.stake) * 100n) / largest)}%`;
    const stake = make("div", {}, units(operator.stake), make("div", { class: "bar", "aria-hidden": "true" }, bar));
    const slashes = operator.slashes.map((slash) => make("div", {},
      `${units(slash.amount)} in block ${slash.block}: ${units(slash.reward)} to the reporter, `
      + `${units(slash.treasury)} to the treasury, ${units(slash.burned)} burned`));
    return [operator.id, names.get(operator.domain) ?? operator.domain,
      tag(operator.status === "active" ? "" : "removed", operator.status), stake, units(operator.fund), grouped(operator.bundles),
      grouped(operator.receipts), grouped(operator.removed), slashes.length > 0 ? make("div", {}, ...slashes) : "–"];
  }))]);
}

function drawReorgs(snapshot) {
  const { reorgs, totals } = snapshot;
  draw(byId("reorgs"), [reorgs, totals.reorgs], () => {
    if (totals.reorgs === 0) return [note("None so far.")];
    const rows = [...reorgs].reverse().map(({ slot, node, depth }) => [slot, node, depth]);
    const seen = reorgs.length < totals.reorgs ? ` The newest ${grouped(reorgs.length)} that this process saw:` : "";
    const text = make("p", {}, `${grouped(totals.reorgs)} on all nodes, the deepest ${counted(totals.deepest, "block")} back.${seen}`);
    if (rows.length === 0) return [text];
    const list = make("details", {}, make("summary", {}, "Each of them, newest first"),
      table([["Slot", true], ["Node", true], ["Blocks taken back", true]], rows));
    return [text, list];
  });
}

function drawChecks(summary) {
  byId("checks-section").hidden = !summary;
  draw(byId("checks"), summary, () => (summary ? summary.checks : []).map(({ name, ok, detail }) =>
    make("li", {}, tag(ok ? "confirmed" : "removed", ok ? "ok" : "FAIL"), ` ${name}`,
      make("span", { class: "detail" }, detail ? `: ${detail}` : ""))));
}

function say(text, isLost) {
  const state = byId("state");
  if (state.textContent !== text) state.textContent = text;
  state.classList.toggle("lost", isLost);
}

const STATES = {
  running: "The run goes on",
  stopped: "The run was stopped; it can be taken up again",
  over: "The run is over",
};

function show(snapshot) {
  const { run, summary } = snapshot;
  const failed = summary ? summary.checks.filter((check) => !check.ok).length : 0;
  const checks = summary ? `: ${failed === 0 ? `all ${summary.checks.length} checks hold` : `${failed} of ${summary.checks.length} checks FAIL`}` : "";
  const lie = run.lie === "nothing" ? "nobody lies" : `the last operator of the first domain lies about ${run.lie}`;
  say(`${STATES[run.state]}${checks}. Seed ${run.seed}, ${counted(run.farmers, run.maker)}; ${lie}.`, failed > 0);
  figures(snapshot);
  for (const domain of snapshot.domains) drawDomain(snapshot, domain);
  drawProofs(snapshot);
  drawOperators(snapshot);
  drawReorgs(snapshot);
  drawChecks(summary);
}

/** Asks for the newest snapshot until the page is closed. */
async function follow() {
  let known = "";
  for (;;) {
    try {
      const headers = known ? { "If-None-Match": known } : {};
      const response = await fetch("snapshot.json", { cache: "no-store", headers });
      // 204: the run has not begun. 304: nothing is new.
      if (response.status === 200) {
        show(await response.json());
        known = response.headers.get("ETag") ?? "";
      }
    } catch {
      say("The devnet does not answer: it was stopped. What is below is the last that it said.", true);
      known = "";
    }
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

const data = byId("data");
if (data) show(JSON.parse(data.textContent));
else follow();
