// The climb over time as a picture: days along, stages up. Every step is one that the layer decided, or would have decided of
// the record that it kept on that day.

import { day as written } from "./ladder.js";
import { el } from "./panes.js";

/**
 * Draws the picture as wide as its place. `steps` are `{ day, stage, earned, limits, events }`, oldest first: so somebody stood
 * from that day on. A small one is the line alone.
 */
export function drawClimb(place, steps, { stages, today }, { small = false, ...named } = {}) {
  const width = Math.max(place.clientWidth, 120);
  const side = small ? { left: 4, right: 8, top: 8, bottom: 6 } : { left: width < 480 ? 78 : 92, right: 12, top: 12, bottom: 40 };
  const rise = small ? 13 : 30;
  const floor = side.top + rise * (stages.length - 1) + (small ? 4 : 12);
  const height = floor + side.bottom;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", ...named });
  const end = steps.length ? count(steps[0].day, today) : 0;
  const along = (days) => side.left + (days / Math.max(end, small ? 1 : SHORTEST)) * (width - side.left - side.right);
  const up = (level) => side.top + rise * (stages.length - 1 - level);
  const stretches = stretched(steps, stages, end);

  picture.append(...(small ? [] : rungs(stages, stretches.at(-1)?.level, { up, left: side.left, right: width - side.right })));
  for (const { from, to, level, earned } of stretches.filter((stretch) => stretch.earned > stretch.level)) {
    picture.append(
      svg("rect", { class: "held-back", x: along(from), y: up(earned), width: along(to) - along(from), height: up(level) - up(earned) }),
      svg("path", { class: "earned", d: `M${along(from)} ${up(earned)}H${along(to)}` }));
  }
  if (stretches.length) {
    const line = stretches.map(({ to, level }, place) => `${place ? "V" : `M${along(0)} `}${up(level)}H${along(to)}`).join("");
    picture.append(
      svg("path", { class: "ground", d: `${line}V${floor}H${along(0)}Z` }),
      svg("path", { class: "way-up", d: line }),
      ...stretches.filter((stretch) => stretch.fell).map(({ from, level, fell }) =>
        svg("path", { class: `fall ${fell.why}`, d: `M${along(from)} ${up(fell.level)}V${up(level)}` })));
    if (!small) picture.append(...happened(steps, stretches, along, floor + 11), ...dates(steps[0].day, end, along, height - 4));
    picture.append(svg("circle", { class: "here", cx: along(end), cy: up(stretches.at(-1).level), r: small ? 4 : 5.5 }));
  }
  place.replaceChildren(picture);
}

/** What the marks in a picture mean: only those that it has. */
export function drawMarks(place, steps, { stages, today }) {
  const stretches = stretched(steps, stages, steps.length ? count(steps[0].day, today) : 0);
  const events = new Set(steps.flatMap(({ events }) => Object.keys(events)));
  const falls = new Set(stretches.map(({ fell }) => fell?.why));
  const held = new Set(stretches.filter(({ level, earned }) => earned > level).flatMap(({ limits }) => limits.filter((limit) => HOLDS[limit])));
  place.replaceChildren(...[
    ...[...events].map((event) => [event === "visit" ? "visit" : mark(event), event]),
    ...(falls.has("cooled") ? [["silence", "silence"], ["fall cooled", "cooled"]] : []),
    ...(falls.has("taken") ? [["fall taken", "taken"]] : []),
    ...(held.size ? [["held-back", `earned, but held back by ${[...held].map((limit) => HOLDS[limit]).join(", ")}`]] : []),
  ].map(([kind, words]) => el("li", {}, swatch(kind), words)));
}

/** The picture in a sentence. */
export function inASentence(steps, { stages, today }) {
  if (!steps.length) return "Nothing has happened yet that the layer keeps.";
  const sums = new Map();
  for (const [event, times] of steps.flatMap(({ events }) => Object.entries(events))) sums.set(event, (sums.get(event) ?? 0) + times);
  const days = count(steps[0].day, today);
  const happened = [...sums].map(([event, times]) => amount(times, event)).join(", ") || "nothing kept";
  const ups = stretched(steps, stages, days).filter(({ level, before }) => level > before);
  const gained = ups.map(({ step }) => `${step.stage} on ${written(step.day)}`);
  return `${happened} in ${amount(days, "day")}${gained.length ? `; ${gained.join(", ")}` : ""}.`;
}

/** The picture as a list of what changed when, oldest first: `{ day, says }`. */
export function inWords(steps, { stages, today }) {
  const stretches = stretched(steps, stages, steps.length ? count(steps[0].day, today) : 0);
  const told = stretches.map(({ step, level, before, earned, earnedBefore, limits, fell, silent }, place) => {
    const events = Object.entries(step.events).filter(([event]) => event !== "visit");
    const says = [
      place === 0 ? "the first day" : "",
      ...events.map(([event, times]) => amount(times, event)),
      level > before && place > 0 ? `now ${step.stage}` : "",
      fell ? FELL[fell.why]?.(step.stage, silent) ?? `down to ${step.stage}` : "",
      earned > level && earned > earnedBefore ? `${step.earned} is earned, and held back by ${held(limits)}` : "",
    ];
    return { day: step.day, says: says.filter(Boolean).join("; ") };
  });
  return told.filter(({ says }) => says);
}

/** What holds the stage down, in words. */
export const held = (limits) => limits.filter((limit) => HOLDS[limit]).map((limit) => HOLDS[limit]).join(" and ");

// From one step to the next, in days since the first, with what the step before was.
function stretched(steps, stages, end) {
  const height = (name) => Math.max(0, stages.findIndex((stage) => stage.name === name));
  let lastActive = 0;
  return steps.map((step, place) => {
    const before = steps[place - 1];
    const [level, earned] = [height(step.stage), height(step.earned)];
    const from = count(steps[0].day, step.day);
    const stretch = {
      step, from, level, earned, limits: step.limits, silent: from - lastActive, since: lastActive,
      to: place + 1 < steps.length ? count(steps[0].day, steps[place + 1].day) : end,
      before: before ? height(before.stage) : level,
      earnedBefore: before ? height(before.earned) : earned,
    };
    if (level < stretch.before) stretch.fell = { level: stretch.before, why: why(step, before) };
    if (Object.keys(step.events).length) lastActive = from;
    return stretch;
  });
}

/** What took a stage: the word that was not there before, or else the one that takes most. */
function why({ limits }, before) {
  const fresh = limits.filter((limit) => !before.limits.includes(limit));
  return CAUSES.find((cause) => fresh.includes(cause)) ?? CAUSES.find((cause) => limits.includes(cause)) ?? "other";
}

function rungs(stages, current, { up, left, right }) {
  return stages.flatMap(({ name }, level) => [
    svg("path", { class: "rung-line", d: `M${left} ${up(level)}H${right}` }),
    svg("text", { class: level === current ? "name current" : "name", x: 0, y: up(level) + 4 }, name),
  ]);
}

function happened(steps, stretches, along, y) {
  const silences = stretches.filter(({ fell }) => fell?.why === "cooled")
    .map(({ since, from }) => svg("path", { class: "silence", d: `M${along(since) + 3} ${y}H${along(from)}` }));
  const marks = stretches.flatMap(({ step, from }) => {
    const others = Object.keys(step.events).filter((event) => event !== "visit");
    const x = along(from);
    return [
      ...("visit" in step.events ? [svg("path", { class: "visit", d: `M${x} ${y - 4}V${y + 4}` })] : []),
      ...others.map((event) => svg("path", { class: mark(event), d: SHAPES[mark(event)](x, y) })),
    ];
  });
  return [...silences, ...marks];
}

/** As many dates as there is room for: the first, the last, and firsts of months between them. */
function dates(first, end, along, y) {
  const days = Math.max(end, SHORTEST);
  const room = (along(days) - along(0)) / days;
  const short = (date) => SHORT.format(date);
  const text = (day, anchor, words) => svg("text", { class: "date", x: along(day), y, "text-anchor": anchor }, words);
  const start = new Date(`${first}T00:00:00Z`);
  const labels = [text(0, "start", short(start))];
  if (end > 0 && along(end) - along(0) > 150) labels.push(text(end, along(end) + 30 > along(days) ? "end" : "middle", short(new Date(+start + end * DAY))));
  const months = [1, 2, 3, 6, 12].find((months) => months * 30 * room >= 76) ?? 12;
  for (let at = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1)); ; at.setUTCMonth(at.getUTCMonth() + 1)) {
    const day = (at - start) / DAY;
    if (day > days) return labels;
    const isFree = along(day) - along(0) > 110 && Math.abs(along(end) - along(day)) > 120;
    if (at.getUTCMonth() % months === 0 && isFree) labels.push(text(day, "middle", MONTH.format(at)));
  }
}

/** A mark as it stands in the picture, for its legend. */
function swatch(kind) {
  const shape = {
    visit: "M8 3V13",
    silence: "M1 8H15",
    "fall cooled": "M8 1V15",
    "fall taken": "M8 1V15",
    "held-back": "M1 3H15V13H1Z",
  }[kind] ?? SHAPES[kind](8, 8);
  return svg("svg", { class: "sign", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { class: kind, d: shape }));
}

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const count = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / DAY);
const amount = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
const mark = (event) => (event in { purchase: 0, complaint: 0 } ? event : "something");
const DAY = 86_400_000;
/** Days that the picture has room for at least, so that a first day is no first year. */
const SHORTEST = 28;
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "2-digit", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "short", year: "2-digit", timeZone: "UTC" });
const SHAPES = {
  purchase: (x, y) => `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z`,
  complaint: (x, y) => `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`,
  something: (x, y) => `M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5Z`,
};
const CAUSES = ["pause", "consent", "limit", "taken", "cooled", "minor", "channel", "holdout"];
const HOLDS = {
  limit: "the customer's limit",
  pause: "a pause",
  minor: "age",
  channel: "the channel",
  holdout: "a comparison",
};
const FELL = {
  cooled: (stage, silent) => `cooled to ${stage} after ${amount(silent, "day")} of silence`,
  taken: (stage) => `down to ${stage}`,
  limit: (stage) => `the customer's limit: at most ${stage}`,
  pause: (stage) => `a pause: ${stage}`,
  consent: (stage) => `not to be remembered: ${stage}`,
};
