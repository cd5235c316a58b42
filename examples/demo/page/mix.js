// How many of the ten places are chosen for the customer, and from what: counted in answers, never read from the policy.

import { el } from "./panes.js";

/** From what an item was chosen, as its own answer says; `none` for what anybody sees. */
export const basis = (item) => Object.keys(item?.why ?? {})[0] ?? "none";

/** A basis in plain words. */
export const inWords = (basis) => WORDS[basis] ?? basis.replaceAll("_", " ");

/** The sign of a basis: a shape of its own, so that nobody needs the colours. */
export function sign(basis) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("class", `sign ${basis}`);
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#sign-${basis in WORDS ? basis : "other"}`);
  drawing.append(use);
  return drawing;
}

/**
 * One row for each stage, with the places in their order. `rows` are `{ stage, level, items }`: the stage that was asked
 * for, the stage of the answer, and its list.
 */
export function drawMix(place, rows, decision, name) {
  place.replaceChildren(...rows.map(({ stage, level, items }) => {
    const now = stage === decision.stage;
    const held = level === stage ? "" : level;
    const chosen = items.map(basis);
    const personal = chosen.filter((basis) => basis !== "none").length;
    const row = el("li", { class: `mix-row${now ? " current" : ""}${held ? " unreached" : ""}`, "data-stage": stage },
      el("span", { class: "name" }, stage, now ? el("span", { class: "hidden" }, " (now)") : null),
      drawPlaces(items, name),
      el("span", { class: "number" }, el("b", {}, String(personal)), el("span", {}, ` of ${items.length}`)),
      held ? el("small", { class: "held-at" }, `stays ${held}`) : null);
    if (now) row.setAttribute("aria-current", "step");
    return row;
  }));
}

/** The places of a list in their order. */
export function drawPlaces(items, name) {
  const chosen = items.map(basis);
  return el("span", { class: "places", role: "img", "aria-label": said(chosen, name) }, ...chosen.map(sign));
}

/** What the signs mean. */
export const drawSigns = (place) =>
  place.replaceChildren(...Object.entries(WORDS).map(([basis, words]) => el("li", {}, sign(basis), words)));

function said(chosen, name) {
  const counts = new Map();
  for (const basis of chosen) counts.set(basis, (counts.get(basis) ?? 0) + 1);
  const parts = [...counts].map(([basis, times]) => `${times} ${inWords(basis)}`);
  return `${chosen.length} places for ${name}: ${parts.join(", ")}`;
}

const WORDS = {
  provided: "told us",
  observed: "did here",
  inferred: "we concluded",
  third_party: "from elsewhere",
  special_category: "sensitive",
  none: "bestseller, as anybody sees",
};
