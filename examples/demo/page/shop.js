// Everything that goes over the wire. The shop is asked as any customer's browser asks it.

/** The recommender's own answer. */
export const askRecommender = async () => (await checked(fetch("/demo/raw"))).json();

/** What the customer gets: the answer, and the `Personalization` header that came with it. */
export const askShop = (gpc) => ask("/recommendations", gpc);

/** How the customer stands, as the customer's own page says it. */
export const askMe = async (gpc) =>
  (await checked(fetch("/rapport/me", { headers: { accept: "application/json", ...signals(gpc) } }))).json();

/** What the customer would get at a stage. */
export const askAt = (stage, gpc) => ask(`/demo/at/${encodeURIComponent(stage)}`, gpc);

/** Who one is, what day it is, and what the layer keeps. */
export const state = async () => (await checked(fetch("/demo/state"))).json();

export const look = (id, gpc) => checked(fetch(`/products/${encodeURIComponent(id)}`, { headers: signals(gpc) }));
export const wish = (id, gpc) => post("/wishes", { id }, gpc);
export const buy = (id, gpc) => post("/checkout", { id }, gpc);
export const complain = (gpc) => post("/complaints", {}, gpc);

export const become = (somebody) => post("/demo/become", somebody);
export const agree = (purpose, granted) => post("/demo/consent", { purpose, granted });
export const travel = (days) => post("/demo/travel", { days });
export const restart = () => post("/demo/restart", {});

/** The policy in force: its text, and whether it only observes. */
export const policy = async () => (await checked(fetch("/demo/policy"))).json();

/** Puts a text in force. Resolves to what is wrong with it; to nothing where it is in force now. */
export const putPolicy = (text) => findings("/demo/policy", "PUT", text);

/** What is wrong with a text, and what there is to know of one that could be put in force. */
export const checkPolicy = (text) => findings("/demo/policy/check", "POST", text);

async function findings(path, method, body) {
  const response = await fetch(path, { method, body, headers: { "content-type": "text/plain" } });
  if (response.status !== 422) await checked(response);
  const said = await response.json();
  return { refused: !response.ok, findings: Array.isArray(said) ? said : [] };
}

async function ask(path, gpc) {
  const response = await checked(fetch(path, { headers: signals(gpc) }));
  return { answer: await response.json(), header: response.headers.get("personalization") ?? "" };
}

const post = (path, body, gpc) =>
  checked(fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...signals(gpc) },
    body: JSON.stringify(body),
  }));

// A page may not set Sec-GPC itself; the demo's process puts it in the place of this.
const signals = (gpc) => (gpc ? { "demo-gpc": "1" } : {});

async function checked(asked) {
  const response = await asked;
  if (!response.ok) throw new Error(`${response.status} from ${new URL(response.url).pathname}`);
  return response;
}
