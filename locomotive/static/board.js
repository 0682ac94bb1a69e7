// A kitchen screen: asks for its own HTML every 2 s, says how old what it shows is, counts down to
// departures by the server's clock, and hands presses to the queue, which sends them without a
// reload. What was pressed keeps its place for a while; then the board is drawn as it stands.
import { heard as soundHeard, news } from "./chime.js";
import { find } from "./find.js";
import { join, named } from "./fragments.js";
import { keepPages } from "./keep-pages.js";
import "./keys.js";
import { ask, OURS } from "./network.js";
import { layPages } from "./pages.js";
import { guardPresses } from "./press-guard.js";
import { deliverPresses, subject } from "./presses.js";
import { newQueue } from "./queue.js";
import "./say.js";

const EVERY = 2000;
const STALE = 10;
const UNDO = 5000;
const HOLD = 1500;
// Who presses without a pause for so long waits for the board, so that it does not grow old.
const LONGEST_HOLD = 6000;
const ANSWER = 1500;
const LONGEST_TOUCH = 5000;
const SAID = 6000;

const board = document.getElementById("board");
const fresh = document.getElementById("freshness");
const message = document.getElementById("board-message");
const heard = document.getElementById("board-heard");
const waiting = document.getElementById("waiting");
const undo = document.getElementById("undo-bar");
const home = board.dataset;

// A page that the browser kept says since when.
let shownAt = Number(home.keptAt) || Date.now();
let offset = Date.parse(home.now) - shownAt;
let etag = null;
let fragments = new Map();
let asked = 0;
let answered = 0;
let wasLost = false;
let pending = null;
// What waits a while waits by this, not by the tablet's clock, which may be set back meanwhile.
const moment = () => performance.now();
let heldUntil = 0;
let touchedAt = -Infinity;
let undoTimer = null;
let saidTimer = null;
// What was pressed since the board was drawn: the last act by its subject.
const pressed = new Map();

const queue = newQueue("presses", { deliver, changed: show });

const counted = (place) => ({ ...place.querySelector("[data-news]")?.dataset });

// The board

async function poll() {
  try {
    await refresh();
    if (wasLost) queue.hurry();
    wasLost = false;
  } catch {
    // the age says it
    wasLost = true;
  } finally {
    setTimeout(poll, EVERY);
  }
}

async function refresh() {
  asked += 1;
  const turn = asked;
  const held = fragments;
  const answer = await ask(home.pollUrl, {
    cache: "no-store",
    headers: { "X-Requested-With": "fetch", "X-Held": named(held), ...(etag && { "If-None-Match": etag }) },
  });
  if (answer.redirected || [401, 403].includes(answer.status)) return leave();
  if (answer.status !== 304 && !answer.ok) throw new Error(answer.status);
  if (turn < answered) return undefined;
  answered = turn;
  offset = Date.parse(answer.headers.get(OURS)) - Date.now();
  if (answer.status === 200) {
    const board = join(held, answer);
    fragments = board.held;
    etag = answer.headers.get("ETag");
    return offer(board.html);
  }
  if (pending) pending.at = Date.now();
  else shownAt = Date.now();
  return tick();
}

// Another lunch, or a screen that is signed out: what it kept is not shown again.
async function leave() {
  // Presses that only this page holds would go with it: then it stays, and its age is seen.
  if (!queue.lasts() && queue.waiting().length) return;
  await globalThis.caches?.delete(`kept ${location.origin}/kitchen/`);
  location.reload();
}

function offer(html) {
  const next = document.createElement("template");
  next.innerHTML = html;
  tell(counted(pending?.next.content ?? board), counted(next.content));
  pending = { next, at: Date.now(), since: pending?.since ?? moment() };
  drawWhenFree();
}

function tell(before, now) {
  const added = Number(now.orders) - Number(before.orders);
  if (added > 0) heard.textContent = home.newText.replace("{n}", added);
  if (Number(now.notices) > Number(before.notices)) {
    heard.textContent = home.changedText;
    news("changed");
  } else if (added > 0) {
    news("new");
  }
}

function drawWhenFree() {
  const now = moment();
  const isTouched = now - touchedAt < LONGEST_TOUCH;
  const isAwaited = [...pressed.values()].some((act) => queue.waiting().some(({ key }) => key === act.key));
  const until = heldUntil + (isAwaited && !queue.isFailing() ? ANSWER : 0);
  if (!pending || isTouched || now < until) return;
  const { next, at } = pending;
  pending = null;
  pressed.clear();
  draw(next.content);
  shownAt = at;
  show();
  tick();
}

function draw(content) {
  const active = document.activeElement;
  const focused = board.contains(active) ? active : null;
  const id = focused?.id;
  const ticket = focused?.closest("[data-ticket]")?.id;
  const open = [...board.querySelectorAll("details[open]")].map((one) => one.id);
  board.replaceChildren(content);
  for (const one of open) document.getElementById(one)?.setAttribute("open", "");
  find();
  markNext();
  layPages();
  if (!focused) return;
  const same = id && document.getElementById(id);
  const near = ticket && document.getElementById(ticket)?.querySelector("button, a");
  (same || near || board).focus({ preventScroll: true });
}

// What to do next: a newcomer on the practice screens is led there.
function markNext() {
  board.querySelector("[data-pages] form[data-act] button")?.classList.add("is-next-act");
}

// Presses

function press(form) {
  const act = { action: form.getAttribute("action"), undo: Boolean(form.closest("#undo-bar")) };
  const isOverdue = pending && moment() - pending.since > LONGEST_HOLD;
  if (!act.undo && (isBlocked(form) || isOverdue)) return;
  heldUntil = moment() + HOLD;
  say("");
  if (act.undo) undo.hidden = true;
  else offerUndo(form);
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrf_token");
  queue.add({ ...act, fields });
  const acts = queue.waiting();
  pressed.set(subject(act.action), acts[acts.length - 1] ?? act);
  show();
}

async function deliver(acts) {
  const token = document.querySelector("input[name=csrf_token]")?.value ?? "";
  const { settled, refusal, action } = await deliverPresses(acts, token);
  if (refusal !== undefined) {
    say(refusal || home.failedText);
    if (undo.dataset.subject === subject(action)) undo.hidden = true;
  }
  // Without a tag the answer is drawn after the press, never shared from before it.
  etag = null;
  if (acts.length === 1) refresh().catch(() => undefined);
  return { settled };
}

// The last act about what a form is about; after an undo all is as it was drawn.
function isBlocked(form) {
  const about = subject(form.getAttribute("action"));
  const kept = queue.waiting().filter((act) => subject(act.action) === about);
  const last = kept[kept.length - 1] ?? pressed.get(about);
  return Boolean(last) && !last.undo;
}

function offerUndo(form) {
  if (!form.dataset.undo) return;
  undo.querySelector("form").setAttribute("action", form.dataset.undo);
  undo.querySelector("[data-text]").textContent = form.dataset.undoText;
  undo.dataset.subject = subject(form.dataset.undo);
  heard.textContent = form.dataset.undoText;
  undo.hidden = false;
  clearTimeout(undoTimer);
  undoTimer = setTimeout(() => { undo.hidden = true; }, UNDO);
}

function say(sentence) {
  message.textContent = sentence;
  clearTimeout(saidTimer);
  if (sentence) saidTimer = setTimeout(() => { message.textContent = ""; }, SAID);
}

// What is pressed and what waits, as the page shows it.
function show() {
  for (const form of board.querySelectorAll("form[data-act]")) {
    const blocked = isBlocked(form);
    if (form.classList.contains("is-kept") === blocked) continue;
    form.classList.toggle("is-kept", blocked);
    form.querySelector("button").setAttribute("aria-disabled", blocked);
  }
  const acts = queue.waiting();
  const isLong = acts.length && (queue.isFailing() || Date.now() - Date.parse(acts[0].at) > 1000);
  if (waiting.hidden && isLong) heard.textContent = home.keptText;
  waiting.hidden = !isLong;
  waiting.classList.toggle("is-held", !queue.lasts());
  waiting.querySelector("[data-count]").textContent = acts.length;
}

// Time

function tick() {
  freshness();
  count();
}

function freshness() {
  const seconds = Math.max(0, Math.round((Date.now() - shownAt) / 1000));
  const stale = seconds >= STALE;
  fresh.querySelector("[data-text]").textContent = age(seconds);
  if (stale && !document.body.classList.contains("is-stale")) heard.textContent = fresh.dataset.staleHeard.replace("{n}", seconds);
  document.body.classList.toggle("is-stale", stale);
  document.querySelector("[data-age]").textContent = age(seconds);
}

const inMinutes = (number) => home.minutesText.replace("{n}", number);
const age = (seconds) => (seconds < 100 ? home.secondsText.replace("{n}", seconds) : inMinutes(Math.round(seconds / 60)));

function count() {
  const now = Date.now() + offset;
  for (const due of document.querySelectorAll("[data-departs]")) {
    const minutes = Math.ceil((Date.parse(due.dataset.departs) - now) / 60000);
    const place = due.querySelector("[data-text]");
    const words = inMinutes(`${minutes < 0 ? "−" : ""}${Math.abs(minutes)}`);
    if (place.textContent !== words) place.textContent = words;
    due.classList.toggle("is-soon", minutes <= 15 && minutes > 5);
    due.classList.toggle("is-late", minutes <= 5);
  }
  const clock = document.querySelector("[data-clock]");
  if (!clock) return;
  const parts = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.zone,
  }).format(now).split(":");
  clock.textContent = clock.dataset.clock.replace("{h}", parts[0]).replace("{m}", parts[1]);
}

// The screen stays awake while it is looked at.
async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  await navigator.wakeLock?.request("screen").catch(() => undefined);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-act]")) return;
  event.preventDefault();
  press(event.target);
});
document.addEventListener("pointerdown", () => { touchedAt = moment(); soundHeard(); });
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => setTimeout(() => { touchedAt = -Infinity; drawWhenFree(); }, 50));
}
document.addEventListener("visibilitychange", stayAwake);

setInterval(() => { drawWhenFree(); show(); tick(); }, 500);
find();
markNext();
layPages();
poll();
guardPresses();
show();
tick();
queue.send();
stayAwake();
keepPages(home.worker);
