// The page: asks both sides, draws them, and does what the controls say.

import { drawClimb, drawMarks, inASentence, inWords } from "./climb.js";
import { count } from "./difference.js";
import { day, drawLadder, keptInWords, plain, read, reasons } from "./ladder.js";
import { basis, drawMix, drawSigns, sign } from "./mix.js";
import { followOwnPage, ownPageIsOld, showOwnPage } from "./own.js";
import { drawJson, drawShop, el } from "./panes.js";
import { editPolicy, showPolicy } from "./policy.js";
import * as shop from "./shop.js";
import { drawThree, everybody } from "./three.js";

const at = (id) => document.getElementById(id);
const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`).value;
let latest = null;
let doing = Promise.resolve();

/** One visit: asks the shop as the customer, and the recommender for comparison. */
async function visit() {
  const { answer, header } = await shop.askShop();
  const [raw, state] = await Promise.all([shop.askRecommender(), shop.state()]);
  const mix = await Promise.all(state.stages.map(({ name }) => atStage(name)));
  const climb = state.person ? await shop.climb(state.person.id) : [];
  latest = { raw, got: answer, decision: header ? read(header) : await standing(), state, mix, climb };
  draw();
  await drawThree(at("three"), state, () => during(async () => {}));
}

/** Answers that are only observed say nothing of the decision; the customer's own page does. */
async function standing() {
  const { stage, level, of, limited_by: limits, purposes } = await shop.askMe();
  const granted = Object.entries(purposes).filter(([, { granted }]) => granted).map(([name]) => name);
  return { stage, level, of, limits, purposes: granted };
}

async function atStage(stage) {
  const { answer, header } = await shop.askAt(stage);
  return { stage, level: read(header).stage, items: answer.items };
}

function draw() {
  const { raw, got, decision, state, mix } = latest;
  const name = state.person?.first_name ?? "Nobody";
  at("today").textContent = day(state.today);
  at("got-title").textContent = `What ${name} gets`;
  at("own-title").textContent = `${name}'s own page`;
  drawLadder(at("ladder"), decision, state);
  at("stage").replaceChildren(`${name} is `, el("b", {}, decision.stage), ` (${decision.level + 1} of ${decision.of}).`);
  at("reasons").replaceChildren(...reasons(decision, state).map((reason) => el("li", {}, reason)));
  at("kept").textContent = keptInWords(state);
  at("mix-title").textContent = `How many of ten places are chosen for ${name}`;
  drawMix(at("mix"), mix, decision, name);
  drawWay();
  const counts = count(raw, got);
  const all = Object.values(counts).reduce((sum, number) => sum + number, 0);
  at("legend").replaceChildren(...Object.entries({ held: all, ...counts }).map(([fate, number]) =>
    el("span", { class: "entry" }, fate === "replaced" ? sign("none") : el("span", { class: `swatch ${fate}` }),
      el("span", {}, el("b", {}, String(number)), ` ${LEGEND[fate] ?? fate}`))));
  at("news").textContent = `${name} is ${decision.stage}. `
    + Object.entries(counts).map(([fate, number]) => `${number} ${fate}`).join(", ");
  at("panes").dataset.view = chosen("view");
  const buttons = () => [...at("got-body").querySelectorAll("button")];
  const focused = buttons().indexOf(document.activeElement);
  if (chosen("view") === "json") drawJson(at("raw-body"), at("got-body"), raw, got);
  else drawShop(at("raw-body"), at("got-body"), raw, got, (what, item) => during(() => shop[what](item.id)));
  if (focused >= 0) buttons()[focused]?.focus({ preventScroll: true });
  drawPeople(state);
  drawPurposes(state);
}

/** The picture of the climb, as wide as there is room. */
function drawWay() {
  const { climb, state } = latest;
  const name = state.person?.first_name ?? "Nobody";
  at("climb-title").textContent = `How far ${name} has come`;
  at("climb-says").textContent = inASentence(climb, state);
  drawClimb(at("climb"), climb, state, { "aria-labelledby": "climb-title", "aria-describedby": "climb-says" });
  drawMarks(at("climb-marks"), climb, state);
  at("climb-words").replaceChildren(...inWords(climb, state).map((step) =>
    el("li", {}, el("time", { datetime: step.day }, day(step.day)), el("span", {}, step.says))));
}

/** What stands beside the customer's answer; where there is no room for two, what stands alone. */
function drawSide() {
  if (!narrow.matches && chosen("side") === "got") document.querySelector("input[name=side][value=raw]").checked = true;
  at("panes").dataset.side = chosen("side");
  showOwnPage();
}

function drawPeople(state) {
  const people = everybody(state);
  const focused = document.activeElement?.name === "person";
  at("people").replaceChildren(...people.map((person) => {
    const box = el("input", { type: "radio", name: "person", value: person.id });
    box.checked = person.id === state.person?.id;
    box.addEventListener("change", () => during(() => shop.become({ person: person.id })));
    return el("label", {}, box, el("span", {}, el("b", {}, person.first_name), el("small", {}, person.about)));
  }));
  if (focused) document.querySelector("input[name=person]:checked")?.focus();
}

function drawPurposes(state) {
  for (const purpose of state.purposes) {
    let box = at(`purpose-${purpose.name}`);
    if (!box) {
      box = el("input", { type: "checkbox", role: "switch", id: `purpose-${purpose.name}` });
      box.addEventListener("change", () => during(() => shop.agree(purpose.name, box.checked)));
      const name = plain(purpose.name);
      at("purposes").append(el("label", { class: "switch" }, box,
        el("span", {}, el("b", {}, name[0].toUpperCase() + name.slice(1)), el("small", {}, purpose.says))));
    }
    box.checked = state.consent?.includes(purpose.name) ?? false;
  }
}

/**
 * Travels week by week, with real visits and purchases on the way, as far as they are wanted. What is bought is the first
 * product chosen for the customer, or else the first of all.
 */
async function travel(days) {
  const way = chosen("way");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (let gone = 0; gone < days;) {
    const step = way === "away" ? days : Math.min(7, days - gone);
    await shop.travel(step);
    const month = Math.floor((gone + step) / 28) > Math.floor(gone / 28);
    gone += step;
    if (gone < days && way !== "away") await visit();
    const items = latest.got.items ?? [];
    const tempting = items.find((item) => basis(item) !== "none") ?? items[0];
    if (way === "buy" && month && tempting) await shop.buy(tempting.id);
    if (!calm) await new Promise((over) => setTimeout(over, 40));
  }
}

/** Does one thing and looks at the shop again. Meanwhile nothing else can be done. */
function during(deed) {
  if (document.body.ariaBusy === "true") return;
  busy(true);
  doing = does(async () => {
    await deed();
    await visit();
    ownPageIsOld();
  });
}

async function does(deed) {
  try {
    await deed();
  } catch (error) {
    at("news").textContent = `That did not work: ${error.message}`;
    at("reasons").replaceChildren(el("li", { class: "trouble" }, `That did not work: ${error.message}`));
    for (const waiting of document.querySelectorAll(".loading")) waiting.remove();
  } finally {
    busy(false);
  }
}

/** The buttons say whether a click on them would do something. They keep the focus, which `disabled` would take from them. */
function busy(isBusy) {
  document.body.ariaBusy = String(isBusy);
  for (const button of document.querySelectorAll(".controls button, .pane > header button")) button.ariaDisabled = String(isBusy);
}

/** The customer did something on their own page: what it changed is looked at, and the page stays as it is. */
async function acted() {
  await doing;
  busy(true);
  doing = does(visit);
}

const narrow = matchMedia("(max-width: 820px)");
const LEGEND = { held: "known but kept back:", replaced: "replaced by bestsellers" };

const becomeNewcomer = () => shop.become({ newcomer: at("first-name").value });

at("newcomer").addEventListener("click", () => during(becomeNewcomer));
at("complain").addEventListener("click", () => during(() => shop.complain()));
at("gpc").addEventListener("change", () => during(async () => shop.signal(at("gpc").checked)));
at("restart").addEventListener("click", () => during(async () => {
  await shop.restart();
  at("gpc").checked = false;
  shop.signal(false);
  await showPolicy();
  await becomeNewcomer();
}));
for (const button of document.querySelectorAll("[data-days]")) {
  button.addEventListener("click", () => during(() => travel(Number(button.dataset.days))));
}
for (const choice of document.querySelectorAll("input[name=view]")) choice.addEventListener("change", draw);
for (const choice of document.querySelectorAll("input[name=side]")) choice.addEventListener("change", drawSide);
narrow.addEventListener("change", drawSide);
new ResizeObserver(() => latest && drawWay()).observe(at("climb"));
at("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  during(becomeNewcomer);
});

drawSigns(at("signs"));
editPolicy(during);
followOwnPage(acted);
if (narrow.matches) document.querySelector("input[name=side][value=got]").checked = true;
drawSide();
at("gpc").checked = shop.signals();
during(async () => {
  await showPolicy();
  if (!(await shop.state()).person) await becomeNewcomer();
});
