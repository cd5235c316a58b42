// What became of each place of an answer: compares what the recommender said with what arrived.

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

/** How many places of each fate there are. A withheld object is one place. */
export function count(raw, got, counts = { withheld: 0, softened: 0, reworded: 0 }) {
  if (isTree(raw) && isTree(got) && Array.isArray(raw) === Array.isArray(got)) {
    for (const key of Object.keys(raw)) count(raw[key], got[key], counts);
  } else {
    const what = fate(raw, got);
    if (what !== "same") counts[what] += 1;
  }
  return counts;
}

/** An object, or an array of more than plain values: its places are told apart. */
export const isTree = (value) =>
  Array.isArray(value) ? value.some((part) => typeof part === "object") : typeof value === "object" && value !== null;

// "2026-05-01" for "2026-05-18", "M." for "Mira", "a > b" for "a > b > c".
function isLessOf(raw, got) {
  const date = /^\d{4}(-\d\d){0,2}/;
  if (date.test(raw) && date.test(got)) return raw.slice(0, 4) === got.slice(0, 4);
  return raw.startsWith(got.replace(/\.$/, ""));
}
