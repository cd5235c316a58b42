// What became of each place of an answer: compares what the recommender said with what arrived.

import { basis } from "./mix.js";

/** `same`, `withheld`, `softened` (less exact), `reworded` (something else in its place). */
export function fate(raw, got) {
  if (JSON.stringify(raw) === JSON.stringify(got)) return "same";
  if (got === undefined || got === null) return "withheld";
  if (typeof raw !== typeof got || Array.isArray(raw) !== Array.isArray(got)) return "reworded";
  if (typeof raw === "number") return "softened";
  if (Array.isArray(raw)) return "softened";
  if (typeof raw === "string") return isLessOf(raw, got) ? "softened" : "reworded";
  return "same";
}

/**
 * Which item of one list is which of the other: the same product, chosen for the same reason. A bestseller that takes a
 * place is none of the recommender's choice, even if that had thought of the same product.
 */
export function pair(raw, got) {
  const partner = new Map();
  for (const theirs of got) {
    const ours = raw.find((item) => item.id === theirs.id && basis(item) === basis(theirs));
    if (ours) partner.set(ours, theirs).set(theirs, ours);
  }
  return partner;
}

/** How many places of an answer there are of each fate, and how many items gave way to others. */
export function count(raw, got) {
  const counts = { withheld: 0, softened: 0, reworded: 0 };
  const { items: ours = [], ...rest } = raw;
  const { items: theirs = [], ...others } = got;
  const partner = pair(ours, theirs);
  countIn(rest, others, counts);
  for (const item of ours.filter((item) => partner.has(item))) countIn(item, partner.get(item), counts);
  return { ...counts, replaced: ours.filter((item) => !partner.has(item)).length };
}

/** A withheld object is one place. */
function countIn(raw, got, counts) {
  if (isTree(raw) && typeof got === "object" && got !== null && Array.isArray(raw) === Array.isArray(got)) {
    for (const key of Object.keys(raw)) countIn(raw[key], got[key], counts);
  } else {
    const what = fate(raw, got);
    if (what !== "same") counts[what] += 1;
  }
}

/** An object with something in it, or an array of more than plain values: its places are told apart. */
export const isTree = (value) =>
  Array.isArray(value) ? value.some((part) => typeof part === "object")
    : typeof value === "object" && value !== null && Object.keys(value).length > 0;

// "2026-05-01" for "2026-05-18", "M." for "Mira", "a > b" for "a > b > c".
function isLessOf(raw, got) {
  const date = /^\d{4}(-\d\d){0,2}/;
  if (date.test(raw) && date.test(got)) return raw.slice(0, 4) === got.slice(0, 4);
  return raw.startsWith(got.replace(/\.$/, ""));
}
