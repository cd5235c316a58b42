// The policy in an editor: checked while it is written, in force when that is asked for.

import { el } from "./panes.js";
import * as shop from "./shop.js";

const at = (id) => document.getElementById(id);
let waiting = null;

/** Fills the editor with the policy in force. */
export async function showPolicy() {
  const { text, observes } = await shop.policy();
  at("policy").value = text;
  at("observe").checked = observes;
  tell([], "in force");
}

/** Connects the editor; `during(deed)` does one thing and looks at the shop again. */
export function editPolicy(during) {
  at("policy").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(check, 250);
  });
  at("policy").addEventListener("scroll", place);
  new ResizeObserver(place).observe(at("policy"));
  at("policy").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("put-policy").click();
  });
  at("put-policy").addEventListener("click", () => during(put));
  at("reset-policy").addEventListener("click", () => during(showPolicy));
  at("observe").addEventListener("change", () => during(async () => {
    const others = at("policy").value.replace(/^mode\s*=.*\n/m, "");
    at("policy").value = at("observe").checked ? `mode = "observe"\n${others}` : others;
    await put();
  }));
}

async function check() {
  const { refused, findings } = await shop.checkPolicy(at("policy").value);
  tell(findings, refused ? "not to be used like this" : "can be put in force");
}

async function put() {
  clearTimeout(waiting);
  const { refused, findings } = await shop.putPolicy(at("policy").value);
  if (refused) {
    at("observe").checked = (await shop.policy()).observes;
    document.querySelector("input[name=side][value=policy]").click();
    tell(findings, "not in force: the one before stays");
  } else {
    tell(findings, "in force");
  }
}

function tell(findings, verdict) {
  const bad = findings.length > 0 && verdict.startsWith("not");
  at("policy").setAttribute("aria-invalid", String(bad));
  at("policy-says").textContent = verdict;
  at("policy-marks").replaceChildren(...findings.filter(({ line }) => bad && line).map(underLine));
  place();
  at("policy-findings").replaceChildren(...findings.map(({ line, column, key, message, remedy }) =>
    el("li", { class: bad ? "wrong" : "" },
      line ? el("button", { type: "button", class: "plain", click: () => goTo(line, column) }, `line ${line}`) : null,
      el("span", {}, key ? el("code", {}, key) : null, key ? " " : null, message, remedy ? `; ${remedy}` : ""))));
}

/** Shows under a line what is wrong with it, and where, as `rapport check` draws it. */
function underLine({ line, column, message, remedy }) {
  const mark = el("div", { class: "mark-line" }, el("span", { class: "callout" }, `${message}${remedy ? `; ${remedy}` : ""}`));
  mark.style.setProperty("--line", line - 1);
  mark.style.setProperty("--column", column - 1);
  return mark;
}

/** The marks go with the text, and none of them leaves the editor. */
function place() {
  const { scrollLeft, scrollTop, clientWidth } = at("policy");
  at("policy-marks").style.translate = `${-scrollLeft}px ${-scrollTop}px`;
  at("policy-marks").style.setProperty("--from", `${scrollLeft}px`);
  at("policy-marks").style.setProperty("--width", `${clientWidth}px`);
}

/** Puts the cursor where something is wrong. */
function goTo(line, column) {
  const lines = at("policy").value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  at("policy").focus();
  at("policy").setSelectionRange(start, start);
  const height = parseFloat(getComputedStyle(at("policy")).lineHeight);
  at("policy").scrollTop = Math.max(0, (line - 4) * height);
}
