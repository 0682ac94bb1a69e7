// A kitchen screen: asks for its own HTML every 2 s, keeps what did not change, says how fresh it
// is, counts down to departures by the server's clock, sends presses without a reload, and keeps
// those that found no network until it is back.
import { heard as soundHeard, news } from "./chime.js";
import "./say.js";
import { find } from "./find.js";

const EVERY = 2000;
const STALE = 10;
const UNDO = 5000;
const KEPT = "presses";

const board = document.getElementById("board");
const fresh = document.getElementById("freshness");
const message = document.getElementById("board-message");
const heard = document.getElementById("board-heard");
const undo = document.getElementById("undo-bar");

let etag = null;
let answeredAt = Date.now();
let offset = 0;
let touching = false;
let waiting = null;
let undoTimer = null;
let asked = 0;
let shown = 0;
let flushing = false;

const counted = () => ({ ...board.querySelector("[data-news]")?.dataset });

// What was pressed without network, the oldest first: address and fields of each form.
const kept = () => JSON.parse(localStorage.getItem(KEPT) || "[]");
const keep = (presses) => localStorage.setItem(KEPT, JSON.stringify(presses));

function swap(html) {
  if (touching) {
    waiting = html;
    return;
  }
  const before = counted();
  const active = document.activeElement;
  const focused = board.contains(active) ? active : null;
  const id = focused?.id;
  const ticket = focused?.closest("[data-ticket]")?.id;
  board.innerHTML = html;
  if (focused) {
    const same = id && document.getElementById(id);
    const near = ticket && document.getElementById(ticket)?.querySelector("button, a");
    (same || near || board).focus({ preventScroll: true });
  }
  tell(before, counted());
  markKept();
  find();
  count();
}

function tell(before, now) {
  const added = Number(now.orders) - Number(before.orders);
  if (added > 0) heard.textContent = board.dataset.newText.replace("{n}", added);
  if (Number(now.notices) > Number(before.notices)) {
    heard.textContent = board.dataset.changedText;
    news("changed");
  } else if (added > 0) {
    news("new");
  }
}

function markKept() {
  for (const press of kept()) {
    const button = document.getElementById(press.id);
    button?.closest("form").classList.add("is-kept");
    if (button) button.disabled = true;
  }
}

async function ask() {
  asked += 1;
  const turn = asked;
  const answer = await fetch(board.dataset.pollUrl, {
    cache: "no-store",
    headers: { "X-Requested-With": "fetch", ...(etag && { "If-None-Match": etag }) },
    signal: AbortSignal.timeout(8000),
  });
  if (answer.redirected || [401, 403].includes(answer.status)) return location.reload();
  if (answer.status !== 304 && !answer.ok) return undefined;
  const html = answer.status === 200 ? await answer.text() : null;
  if (turn < shown) return undefined;
  shown = turn;
  if (html !== null) {
    etag = answer.headers.get("ETag");
    swap(html);
  }
  const served = Date.parse(answer.headers.get("Date"));
  if (served) offset = served - Date.now();
  answeredAt = Date.now();
  freshness();
  return flush();
}

async function poll() {
  try {
    await ask();
  } catch {
    // the freshness mark says it
  }
  setTimeout(poll, EVERY);
}

function freshness() {
  const seconds = Math.round((Date.now() - answeredAt) / 1000);
  const stale = seconds >= STALE;
  const text = stale ? fresh.dataset.staleText : fresh.dataset.freshText;
  fresh.querySelector("[data-text]").textContent = text.replace("{n}", seconds);
  if (stale && !fresh.classList.contains("is-stale")) heard.textContent = fresh.dataset.staleHeard.replace("{n}", seconds);
  fresh.classList.toggle("is-stale", stale);
}

function count() {
  const now = Date.now() + offset;
  for (const due of document.querySelectorAll("[data-departs]")) {
    const minutes = Math.ceil((Date.parse(due.dataset.departs) - now) / 60000);
    const text = minutes >= 0 ? board.dataset.inText : board.dataset.lateText;
    const place = due.querySelector("[data-text]");
    const words = text.replace("{n}", Math.abs(minutes));
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

function offerUndo(form) {
  if (!undo || !form.dataset.undo) return;
  undo.querySelector("form").action = form.dataset.undo;
  undo.querySelector("[data-text]").textContent = form.dataset.undoText;
  heard.textContent = form.dataset.undoText;
  undo.hidden = false;
  clearTimeout(undoTimer);
  undoTimer = setTimeout(() => { undo.hidden = true; }, UNDO);
}

const post = (action, fields) => fetch(action, {
  method: "POST",
  body: new URLSearchParams(fields),
  headers: { "X-Requested-With": "fetch" },
  redirect: "manual",
  signal: AbortSignal.timeout(8000),
});

async function send(form) {
  if ("sending" in form.dataset) return;
  form.dataset.sending = "";
  const fields = [...new FormData(form)];
  try {
    const answer = await post(form.action, fields);
    if (answer.ok || answer.type === "opaqueredirect") {
      message.textContent = "";
      if (form.closest("#undo-bar")) undo.hidden = true;
      else offerUndo(form);
    } else {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      message.textContent = page.querySelector("[data-refusal]")?.textContent.trim() || board.dataset.failedText;
    }
  } catch {
    // Every press names what it saw, so sending it twice changes nothing the second time.
    keep([...kept(), { action: form.action, fields, id: form.querySelector("button").id }]);
    message.textContent = board.dataset.keptText;
    if (form.closest("#undo-bar")) undo.hidden = true;
    markKept();
  } finally {
    delete form.dataset.sending;
  }
  // Without a tag the answer is drawn after the press, never shared from before it.
  etag = null;
  await ask().catch(() => undefined);
}

// Send what was kept, in its order; a press that came too late is answered by the board itself.
async function flush() {
  if (flushing || !kept().length) return undefined;
  flushing = true;
  try {
    while (kept().length) {
      const [press] = kept();
      await post(press.action, press.fields);
      keep(kept().slice(1));
    }
    message.textContent = "";
    etag = null;
  } finally {
    flushing = false;
  }
  return ask();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-act]")) return;
  event.preventDefault();
  send(event.target);
});
document.addEventListener("pointerdown", () => { touching = true; soundHeard(); });
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => setTimeout(() => {
    touching = false;
    if (waiting === null) return;
    const html = waiting;
    waiting = null;
    swap(html);
  }, 50));
}

// The screen stays awake while it is looked at.
async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  await navigator.wakeLock?.request("screen").catch(() => undefined);
}
document.addEventListener("visibilitychange", stayAwake);
stayAwake();

markKept();
count();
setInterval(() => { freshness(); count(); }, 1000);
poll();
