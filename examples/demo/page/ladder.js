// The stage as a ladder, and in words why it is this one.

import { el } from "./panes.js";

/** Reads the `Personalization` header: a dictionary as in RFC 9651, as far as this header goes. */
export function read(header) {
  const list = (name) => (header.match(new RegExp(`\\b${name}=\\(([^)]*)\\)`))?.[1] ?? "").split(" ").filter(Boolean);
  return {
    stage: header.match(/\bstage=([a-z0-9_-]+)/)?.[1] ?? "",
    level: Number(header.match(/;level=(\d+)/)?.[1] ?? 0),
    of: Number(header.match(/;of=(\d+)/)?.[1] ?? 0),
    limits: list("limited-by"),
    purposes: list("purposes"),
  };
}

/** Draws the rungs; the next one says what it still needs. */
export function drawLadder(place, decision, state) {
  const has = evidence(state);
  const rungs = state.stages.map((stage, level) => {
    const reached = level <= decision.level;
    const current = level === decision.level;
    const rung = el("li", { class: `rung${reached ? " reached" : ""}${current ? " current" : ""}` },
      el("span", { class: "name" }, stage.name),
      ...(current ? ["here now"] : reached ? [] : needs(stage, has)).map((need) => el("span", { class: "need" }, need)));
    if (current) rung.setAttribute("aria-current", "step");
    rung.style.setProperty("--height", level / Math.max(1, state.stages.length - 1));
    return rung;
  });
  place.replaceChildren(...rungs);
}

/** One sentence for each thing that holds the answer back. */
export function reasons(decision, state) {
  const name = state.person?.first_name ?? "This customer";
  const closed = state.purposes.map((purpose) => purpose.name).filter((purpose) => !decision.purposes.includes(purpose));
  // What the token agrees to and is closed all the same, the browser's signal has closed.
  const refused = closed.filter((purpose) => !state.consent?.includes(purpose)).map(plain);
  const signalled = closed.filter((purpose) => state.consent?.includes(purpose)).map(plain);
  const remembered = decision.purposes.includes("record");
  const words = {
    consent: !remembered
      ? `${name} does not want to be remembered, so every visit is the first.`
      : [
        refused.length ? `${name} does not agree to ${listed(refused)}.` : "",
        signalled.length ? `The browser's Sec-GPC refuses ${listed(signalled)}.` : "",
      ].join(" "),
    limit: `${name} set a limit.`,
    pause: `${name} paused personalization.`,
    minor: `${name} is under 18, so it goes no further than this.`,
    channel: "This channel goes no further than this.",
    pace: "The next stage is earned. It comes at a visit a week after the last change.",
    cooled: "A long silence took a stage away.",
    taken: "A complaint took a stage away.",
    prefer: "The browser asked for less.",
    holdout: "This customer is in the group that is held back to compare.",
    store: "The store did not answer in time, so this is a stranger.",
    token: "The token proved nothing, so this is a stranger.",
  };
  const said = decision.limits.map((limit) => words[limit] ?? limit);
  const next = state.stages[decision.level + 1];
  if (next && !decision.limits.some((limit) => ["pace", "minor", "limit", "pause"].includes(limit)) && remembered) {
    const missing = shortfall(state.stages.slice(0, decision.level + 2), evidence(state));
    if (missing.length) said.push(`To be ${next.name}: ${listed(missing)} more.`);
  }
  return said;
}

/** All that the layer keeps about the person, in one sentence. */
export function keptInWords({ kept }) {
  if (!kept) return "The layer keeps nothing about this person.";
  const events = Object.entries(kept.counts).filter(([event]) => event !== "visit");
  const counts = events.map(([event, times]) => amount(times, event));
  return `All that the layer keeps: first day ${day(kept.first_seen)}, last day ${day(kept.last_seen)}, `
    + `${listed([amount(kept.active_days, "active day"), ...counts])}.`;
}

/** A date as people write it. */
export const day = (date) =>
  new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" })
    .format(new Date(`${date}T00:00:00Z`));

/** The names of purposes in plain words. */
export const plain = (purpose) => PLAIN[purpose] ?? purpose.replaceAll("_", " ");

function evidence({ kept, today }) {
  if (!kept) return { known_for: 0, active_days: 0, events: {} };
  const days = Math.round((Date.parse(today) - Date.parse(kept.first_seen)) / 86_400_000);
  return { known_for: days, active_days: kept.active_days, events: kept.counts };
}

function needs(stage, has) {
  const parts = [];
  if (stage.known_for) parts.push(`${Math.min(has.known_for, stage.known_for)}/${stage.known_for} days`);
  if (stage.active_days) parts.push(`${Math.min(has.active_days, stage.active_days)}/${stage.active_days} active days`);
  for (const [event, times] of Object.entries(stage.events)) {
    parts.push(`${Math.min(has.events[event] ?? 0, times)}/${times} ${event}s`);
  }
  return parts;
}

function shortfall(stages, has) {
  const most = (of) => Math.max(0, ...stages.map(of));
  const events = new Set(stages.flatMap((stage) => Object.keys(stage.events)));
  return [
    [most((stage) => stage.known_for) - has.known_for, "day"],
    [most((stage) => stage.active_days) - has.active_days, "active day"],
    ...[...events].map((event) => [most((stage) => stage.events[event] ?? 0) - (has.events[event] ?? 0), event]),
  ].filter(([short]) => short > 0).map(([short, what]) => amount(short, what));
}

const amount = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
const listed = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);
const PLAIN = {
  record: "being remembered",
  personalization: "personal choices",
  cross_context: "data from elsewhere",
  special_category: "sensitive data",
};
