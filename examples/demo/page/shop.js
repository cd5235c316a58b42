// Everything that goes over the wire. The shop is asked as any customer's browser asks it.

/** The recommender's own answer. */
export const askRecommender = async () => (await checked(fetch("/demo/raw"))).json();

/** What the customer gets: the answer, and the `Personalization` header that came with it. */
export const askShop = () => ask("/recommendations");

/** How the customer stands, as the customer's own page says it. */
export const askMe = async () => (await checked(fetch("/rapport/me", { headers: { accept: "application/json" } }))).json();

/** What the customer would get at a stage. */
export const askAt = (stage) => ask(`/demo/at/${encodeURIComponent(stage)}`);

/** What somebody gets who need not be who one is. */
export const askAs = (person) => ask(`/demo/as/${encodeURIComponent(person)}`);

/** How somebody came to their stage. */
export const climb = async (person) => (await checked(fetch(`/demo/climb/${encodeURIComponent(person)}`))).json();

/** Who one is, what day it is, and what the layer keeps. */
export const state = async () => (await checked(fetch("/demo/state"))).json();

export const look = (id) => checked(fetch(`/products/${encodeURIComponent(id)}`));
export const wish = (id) => post("/wishes", { id });
export const buy = (id) => post("/checkout", { id });
export const complain = () => post("/complaints", {});

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

/** Whether this browser sends Sec-GPC. A page may not set it itself; the demo's process puts it in the place of a cookie. */
export const signals = () => document.cookie.split("; ").includes("demo-gpc=1");
export const signal = (on) => {
  document.cookie = `demo-gpc=1; path=/; SameSite=Strict${on ? "" : "; max-age=0"}`;
};

async function ask(path) {
  const response = await checked(fetch(path));
  return { answer: await response.json(), header: response.headers.get("personalization") ?? "" };
}

const post = (path, body) =>
  checked(fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }));

async function checked(asked) {
  const response = await asked;
  if (!response.ok) throw new Error(`${response.status} from ${new URL(response.url).pathname}`);
  return response;
}
