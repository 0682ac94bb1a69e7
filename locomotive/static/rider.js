// The rider's page without a network: acts are kept in this phone and sent when it is back. They
// outlive the page and its link: the page of a newer sheet sends what an older one could not.
import { keepPages } from "./keep-pages.js";
import { ask } from "./network.js";
import { guardPresses, moved } from "./press-guard.js";
import { newQueue } from "./queue.js";

const SCROLL = 1500;
const MOST = 200;
const home = document.body.dataset;
const keptAt = Number(home.keptAt);
const openedAt = Date.now();
const waiting = document.getElementById("waiting");
const refused = document.getElementById("refused");
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
const DONE = ["delivered", "collected", "absent"];

const queue = newQueue("acts", { deliver, changed: show });
const stops = [...document.querySelectorAll("[data-stop]")];
let answeredAt = 0;
let lastPressed = null;
let scrollTimer = null;
let scrolledAt = 0;

async function deliver(acts) {
  const [{ home: link }] = acts;
  const sent = acts.filter((act) => act.home === link).slice(0, MOST);
  const answer = await ask(link, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(sent.map((act) => ({ ...act, sent_at: new Date().toISOString() }))),
    limit: 10000,
  });
  answeredAt = Date.now();
  if (answer.status === 404 && link !== home.acts) {
    queue.rewrite((act) => (act.home === link ? { ...act, home: home.acts } : act));
    return deliver(queue.waiting());
  }
  if (answer.status === 404) tell([home.overText]);
  if (!answer.ok) throw new Error(answer.status);
  const said = JSON.parse(answer.text);
  tell(sent.filter(({ key }) => key in said.refused).map(({ name, key }) => `${name}: ${said.refused[key]}`));
  return { settled: [...said.noted, ...Object.keys(said.refused)] };
}

function tell(sentences) {
  if (!sentences.length) return;
  refused.querySelector("span").textContent = sentences.join(" ");
  refused.hidden = false;
}

function show() {
  const acts = queue.waiting();
  waiting.hidden = acts.length === 0;
  waiting.classList.toggle("is-held", !queue.lasts());
  waiting.querySelector("[data-count]").textContent = acts.length;
  for (const act of acts) {
    const stop = stops.find((one) => isMeant(one.dataset, act));
    if (stop) mark(stop, act.act);
  }
  const open = stops.find((stop) => !DONE.includes(stop.dataset.act));
  for (const stop of stops) stop.classList.toggle("following", stop === open);
  age();
}

// A stop is known by what it carries: a newer sheet numbers its stops anew.
function isMeant({ orders = "", collection = "", end = "" }, act) {
  if (end || act.end) return end === act.end;
  if (collection || act.collection) return collection === act.collection;
  return orders.split(" ").some((order) => act.orders.split(" ").includes(order));
}

function mark(stop, act) {
  stop.dataset.act = act;
  const button = stop.querySelector(`button[value="${act}"]`);
  if (button) stop.querySelector("[data-said]").textContent = button.textContent.trim();
}

// The page is not from now when the browser kept it or when what was pressed does not get through.
function age() {
  const stale = Boolean(keptAt) || queue.isFailing();
  document.body.classList.toggle("is-stale", stale);
  const minutes = Math.round((Date.now() - Math.max(keptAt || openedAt, answeredAt)) / 60000);
  document.querySelector("[data-age]").textContent = `${minutes}\u00a0min`;
}

// A second tap on the same button is the same act; the last one counts.
function isRepeated(act) {
  const last = queue.waiting().filter((one) => one.home === act.home && one.stop === act.stop).pop();
  const isSame = (field) => last[field] === act[field];
  return Boolean(last) && ["act", "boxes_back", "note", "code"].every(isSame);
}

function press(stop, form, button) {
  const { orders = "", collection = "", end = "", name } = stop.dataset;
  const act = {
    home: home.acts,
    stop: form.elements.stop.value,
    orders,
    collection,
    end,
    name,
    act: button.value,
    boxes_back: form.elements.boxes_back.value,
    note: form.elements.note.value,
    code: form.elements.code?.value ?? "",
  };
  refused.hidden = true;
  mark(stop, act.act);
  if (!isRepeated(act)) queue.add(act);
  scrollTimer = setTimeout(() => {
    scrolledAt = Date.now();
    document.querySelector(".following")?.scrollIntoView({ behavior: isCalm.matches ? "auto" : "smooth" });
  }, SCROLL);
}

for (const stop of stops) {
  const form = stop.querySelector("form");
  form.addEventListener("click", (event) => { lastPressed = event.target.closest("button") ?? lastPressed; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // Safari before 15.4 names no submitter.
    const button = event.submitter ?? (form.contains(lastPressed) ? lastPressed : form.querySelector("button"));
    press(stop, form, button);
  });
}
// Whoever touches the page goes on by himself; what scrolls by itself stops no press.
addEventListener("pointerdown", () => { clearTimeout(scrollTimer); scrolledAt = 0; }, true);
addEventListener("scroll", () => { if (Date.now() - scrolledAt < SCROLL) moved(); });

// Apple's phones know no geo: links.
if (/iPhone|iPad/.test(navigator.userAgent)) {
  document.querySelectorAll("[data-go]").forEach((link) => {
    link.href = link.href.replace(/^geo:([^?]+).*/, "maps://?daddr=$1");
  });
}

// Two phones on one round agree: each asks what the other has sent, while somebody looks at it.
async function agree() {
  if (keptAt || document.hidden || queue.waiting().length) return;
  const asked = { method: "POST", headers: { "Content-Type": "application/json" }, body: "[]", limit: 10000 };
  const answer = await ask(home.acts, asked).catch(() => null);
  if (!answer?.ok || queue.waiting().length) return;
  const { acts } = JSON.parse(answer.text);
  for (const stop of stops) {
    const act = acts[stop.querySelector("form").elements.stop.value];
    if (act && act !== stop.dataset.act) mark(stop, act);
  }
  show();
}

// A page from the past gives way to the present one when there is a network and nothing is typed.
async function renew() {
  if (!keptAt || queue.waiting().length || document.activeElement?.matches("input")) return;
  const answer = await ask(location.href, { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.reload();
}

addEventListener("online", renew);
setInterval(renew, 15000);
document.addEventListener("visibilitychange", agree);
setInterval(agree, 60000);
guardPresses();
show();
// The next stop is what the page opens at.
if (stops.findIndex((stop) => stop.matches(".following")) > 0) document.querySelector(".following").scrollIntoView();
queue.send();
keepPages(home.worker);
