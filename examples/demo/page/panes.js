// The two answers side by side, as a shop and as JSON, with every changed place marked.

import { fate, isTree, pair } from "./difference.js";
import { basis, inWords, sign } from "./mix.js";

/** An element with attributes and children; a child may be text. Nothing is ever read as markup. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Both answers as the shop would show them. `act(what, item)` is called for the buttons. */
export function drawShop(rawBody, gotBody, raw, got, act) {
  const head = [
    [greeting, raw.greeting, got.greeting],
    ...(raw.customer ? [[customer, raw.customer, got.customer]] : []),
    ...(raw.moment ? [[moment, raw.moment, got.moment]] : []),
  ];
  const theirs = got.items ?? [];
  const partner = pair(raw.items, theirs);
  rawBody.replaceChildren(
    ...head.map(([draw, left, right]) => draw(left, right, "raw")),
    ...raw.items.map((item) => row(item, partner.get(item), "raw")));
  gotBody.replaceChildren(
    ...head.map(([draw, left, right]) => draw(left, right, "got")),
    ...theirs.map((item) => row(partner.get(item) ?? item, item, "got", act)));
}

/** Both answers as they came, line by line. */
export function drawJson(rawBody, gotBody, raw, got) {
  const lines = [];
  const { items: ours, ...rest } = raw;
  const { items: theirs = [], ...others } = got;
  write(lines, "", rest, others, 0, "");
  const end = lines.pop();
  writeItems(lines, ours, theirs);
  lines.push(end);
  rawBody.replaceChildren(el("pre", { tabindex: "0", "aria-label": "JSON" }, ...lines.map(([left]) => left)));
  gotBody.replaceChildren(el("pre", { tabindex: "0", "aria-label": "JSON" }, ...lines.map(([, right]) => right)));
}

// ── The shop ──

const greeting = (raw, got, side) => el("p", { class: "greeting" }, place(raw, got, side));

function customer(raw, got, side) {
  const facts = [
    ["Name", "first_name", (name) => name],
    ["Home", "home", ([east, north]) => `${rounded(north)}° N ${rounded(east)}° E`],
    ["Last order", "last_order", (date) => date ?? "none"],
    ["Spent", "spent", (euros) => `${Number.isInteger(euros) ? euros : euros.toFixed(2)} €`],
    ["Bought-in profile", "segments", (segments) => segments.join(", ")],
  ];
  return el("dl", { class: "customer" }, ...facts.map(([name, key, say]) =>
    el("div", { class: key }, el("dt", {}, name), el("dd", {}, place(raw[key], got?.[key], side, say)))));
}

function moment(raw, got, side) {
  const said = ({ line, titles }) => [el("b", {}, line), el("span", {}, titles.join(" · "))];
  if (side === "raw") {
    return el("div", { class: `moment${fate(raw, got) === "same" ? "" : " held"}` },
      el("small", {}, `Bought in: ${raw.event}`), ...said(raw));
  }
  if (!got) return el("div", { class: "moment gone" }, withheld(""));
  return el("div", { class: "moment" }, el("small", {}, `Bought in: ${got.event}`), ...said(got));
}

/** An item: what the recommender said of it and what the customer gets. A bestseller in its place is only got. */
function row(raw, got, side, act) {
  const shown = side === "raw" ? raw : got;
  const from = basis(shown);
  return el("article", { class: `item${from === "none" ? "" : " personal"}`, "data-id": shown.id, "data-basis": from },
    picture(shown.category?.[0]),
    el("div", { class: "what" },
      el("h3", {}, place(raw.title, got?.title, side)),
      el("p", { class: "because" }, ...because(raw, got, side, from))),
    el("div", { class: "numbers" },
      el("span", { class: "price" }, `${shown.price?.toFixed(2) ?? ""} €`),
      raw.score === undefined ? null
        : el("span", { class: "score" }, place(raw.score, got?.score, side), el("span", { class: "hidden" }, " score"))),
    side === "raw"
      ? el("span", { class: "basis" }, sign(from), el("span", {}, from === "none" ? "bestseller" : inWords(from)))
      : el("div", { class: "acts" },
        ...[["look", "Look"], ["wish", "Wish"], ["buy", "Buy"]].map(([what, label]) =>
          el("button", { type: "button", class: what, "aria-label": `${label}: ${shown.title}`, click: () => act(what, shown) },
            label))));
}

function because(raw, got, side, from) {
  if (from === "none") return [side === "got" ? sign(from) : null, el("span", { class: "nobody" }, "Bestseller")];
  const reason = place(raw.why[from], got?.why?.[from], side);
  return side === "raw" ? [reason] : [sign(from), el("span", { class: "chosen" }, "Chosen for you."), " ", reason];
}

function picture(category) {
  const known = document.getElementById(`icon-${category}`) ? category : "other";
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${known}`);
  drawing.append(use);
  return el("span", { class: `picture ${known}` }, drawing);
}

/** One place of an answer on one of the two sides. */
function place(raw, got, side, say = String) {
  const what = fate(raw, got);
  if (side === "raw") return what === "same" ? el("span", {}, say(raw)) : el("span", { class: "held" }, say(raw));
  if (what === "same") return el("span", {}, say(got));
  if (what === "withheld") return withheld(say(raw));
  return el("span", { class: `mark ${what}` }, say(got), el("span", { class: "hidden" }, ` (${what})`));
}

/** A gap about as long as what would stand there, and never longer than tells it. */
function withheld(text) {
  const gap = el("span", { class: "mark withheld" }, el("span", {}, "withheld"));
  gap.style.setProperty("--length", Math.min(34, Math.max(9, text.length)));
  return gap;
}

const rounded = (degrees) => Math.round(degrees * 10_000) / 10_000;

// ── JSON ──

function write(lines, key, raw, got, depth, comma) {
  const label = key === "" ? "" : `${JSON.stringify(key)}: `;
  if (!isTree(raw)) return lines.push(leaf(label, raw, got, depth, comma));
  const gone = got === undefined || got === null;
  const [open, close] = Array.isArray(raw) ? "[]" : "{}";
  const keys = Object.keys(raw);
  const same = (text, at) => lines.push([line(text, at), gone ? line("", at, "withheld") : line(text, at)]);
  if (gone) lines.push([line(label + open, depth, "held"), gap(label, depth, got, comma)]);
  else same(label + open, depth);
  keys.forEach((inner, at) => {
    const before = lines.length;
    write(lines, Array.isArray(raw) ? "" : inner, raw[inner], gone ? undefined : got[inner], depth + 1, at + 1 < keys.length ? "," : "");
    // Below a place that is gone, nothing stands on the right.
    if (gone) for (const pair of lines.slice(before)) pair[1] = line("", depth, "withheld");
  });
  same(close + comma, depth);
}

/** The two lists, place by place. What is marked is what became of an item, wherever it stands on the other side. */
function writeItems(lines, raw, got) {
  const partner = pair(raw, got);
  const both = (text) => lines.push([line(text, 1), line(text, 1)]);
  both('"items": [');
  for (let at = 0; at < Math.max(raw.length, got.length); at += 1) {
    const [left, right] = [[], []];
    if (raw[at]) write(left, "", raw[at], partner.get(raw[at]), 2, at + 1 < raw.length ? "," : "");
    if (got[at]) write(right, "", partner.get(got[at]) ?? got[at], got[at], 2, at + 1 < got.length ? "," : "");
    for (let of = 0; of < Math.max(left.length, right.length); of += 1) {
      lines.push([left[of]?.[0] ?? line("", 2), right[of]?.[1] ?? line("", 2)]);
    }
  }
  both("]");
}

function leaf(label, raw, got, depth, comma) {
  const what = fate(raw, got);
  if (what === "same") return [line(label + inline(raw) + comma, depth), line(label + inline(got) + comma, depth)];
  const left = line(label, depth, "", el("span", { class: "held" }, inline(raw)), comma);
  if (what === "withheld") return [left, gap(label, depth, got, comma)];
  return [left, line(label, depth, "", el("span", { class: `mark ${what}` }, inline(got)), comma)];
}

/** `null` stands there as it came; what was removed is a gap. */
function gap(label, depth, got, comma) {
  if (got === null) return line(label, depth, "", el("span", { class: "mark withheld json" }, el("span", {}, "null")), comma);
  return line("", depth, "", el("span", { class: "mark withheld json" }, el("span", {}, "withheld")));
}

function line(text, depth, kind = "", ...more) {
  const content = el("span", { class: "line" }, text, ...more);
  if (kind === "held") content.replaceChildren(el("span", { class: "held" }, text));
  if (kind === "withheld") content.classList.add("empty");
  content.style.setProperty("--depth", depth);
  return content;
}

const inline = (value) => (Array.isArray(value) ? `[${value.map((part) => JSON.stringify(part)).join(", ")}]` : JSON.stringify(value));
