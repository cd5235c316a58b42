// Three customers side by side: one shop, one day, and to each as much as each has earned.

import { drawClimb, held, inASentence } from "./climb.js";
import { read } from "./ladder.js";
import { basis, drawPlaces } from "./mix.js";
import { el } from "./panes.js";
import * as shop from "./shop.js";

/** Who is shown, until others are chosen: somebody new, somebody known for some weeks, a regular. */
let shown = [null, "jonas", "henrik"];

/** Asks for all three and draws them. `again` is called when somebody else is chosen. */
export async function drawThree(place, state, again) {
  const people = everybody(state);
  const known = (id) => people.some((person) => person.id === id);
  shown = shown.map((id, column) => (known(id) ? id : people[column].id));
  const three = await Promise.all(shown.map(async (id) => ({ id, ...await shop.askAs(id), climb: await shop.climb(id) })));
  const focused = [...place.querySelectorAll("select")].indexOf(document.activeElement);
  place.replaceChildren(...three.map((one, column) => customer(one, column, people, state, (id) => {
    shown[column] = id;
    again();
  })));
  three.forEach(({ climb }, column) => lineOf(place, column, climb, state));
  if (focused >= 0) place.querySelectorAll("select")[focused].focus({ preventScroll: true });
}

/** Whoever can be met: who one is, the newest, and those with a past. */
export function everybody(state) {
  const known = state.people.some((person) => person.id === state.person?.id);
  return known || !state.person ? state.people : [state.person, ...state.people];
}

function customer({ id, answer, header, climb }, column, people, state, choose) {
  const person = people.find((person) => person.id === id);
  const last = climb.at(-1);
  const stage = header ? read(header).stage : last?.stage ?? state.stages[0].name;
  const limits = held(header ? read(header).limits : last?.limits ?? []);
  const level = state.stages.findIndex(({ name }) => name === stage);
  const select = el("select", { id: `three-${column}`, change: (event) => choose(event.target.value) },
    ...people.map(({ id, first_name: name }) => el("option", { value: id }, name)));
  select.value = id;
  const items = answer.items ?? [];
  return el("li", { class: "one", "data-person": id, "data-stage": stage },
    el("div", { class: "who" },
      el("label", { for: select.id, class: "hidden" }, `Customer ${column + 1} of 3`), select,
      el("small", {}, person.about)),
    el("p", { class: "stands" }, el("b", {}, stage), ` (${level + 1} of ${state.stages.length})`,
      limits ? el("small", {}, ` held back by ${limits}`) : null),
    el("div", { class: "line" }),
    el("p", { class: "greeting" }, answer.greeting),
    el("p", { class: "ten" }, drawPlaces(items, person.first_name),
      el("span", { class: "number" }, el("b", {}, String(items.filter((item) => basis(item) !== "none").length)), ` of ${items.length}`)),
    el("ol", { class: "list" }, ...items.map((item) => {
      const from = basis(item);
      return el("li", { class: from === "none" ? "" : "personal", "data-basis": from }, el("span", {}, item.title),
        from === "none" ? null : el("small", {}, item.why[from]));
    })));
}

function lineOf(place, column, climb, state) {
  const line = place.children[column].querySelector(".line");
  drawClimb(line, climb, state, { small: true, "aria-label": `The climb: ${inASentence(climb, state)}` });
}
