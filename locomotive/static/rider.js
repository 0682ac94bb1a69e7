// The rider's page without a network: acts are kept in this phone and sent when it is back, each
// with its own key, so that what is sent twice counts once.
const home = document.body.dataset;
const STORE = `acts ${location.pathname}`;
const waiting = document.getElementById("waiting");
const refused = document.getElementById("refused");

const kept = () => JSON.parse(localStorage.getItem(STORE) || "[]");
const keep = (acts) => localStorage.setItem(STORE, JSON.stringify(acts));

function show() {
  const acts = kept();
  waiting.hidden = acts.length === 0;
  waiting.querySelector("[data-count]").textContent = acts.length;
  acts.forEach((act) => mark(act.stop, act.act));
  const open = [...document.querySelectorAll("[data-stop]")].filter(
    (stop) => !["delivered", "collected", "absent"].includes(stop.dataset.act),
  );
  document.querySelectorAll("[data-stop]").forEach((stop) => {
    stop.classList.toggle("following", stop === open[0]);
  });
}

function mark(id, act) {
  const stop = document.querySelector(`[data-stop="${id}"]`);
  if (!stop) return;
  stop.dataset.act = act;
  const button = stop.querySelector(`button[value="${act}"]`);
  stop.querySelector("[data-said]").textContent = button.textContent.trim();
}

let isSending = false;
async function send() {
  const acts = kept();
  if (!acts.length || isSending) return;
  isSending = true;
  try {
    const answer = await fetch(home.acts, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(acts),
      signal: AbortSignal.timeout(10000),
    });
    if (answer.status === 404) return location.reload();
    if (!answer.ok) return undefined;
    const said = await answer.json();
    const settled = new Set([...said.noted, ...Object.keys(said.refused)]);
    keep(kept().filter((act) => !settled.has(act.key)));
    const sentences = Object.values(said.refused);
    refused.hidden = sentences.length === 0;
    refused.querySelector("span").textContent = sentences.join(" ");
  } catch {
    // No network: they stay here.
  } finally {
    isSending = false;
    show();
  }
  return undefined;
}

document.querySelectorAll("[data-stop] form").forEach((form) => {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const stop = form.elements.stop.value;
    const act = event.submitter.value;
    const key = form.elements.key;
    const last = kept().find((one) => one.stop === stop && one.act === act);
    // A second tap on the same button is the same act.
    if (!last) {
      const one = { key: key.value, stop, act, at: new Date().toISOString() };
      one.boxes_back = form.elements.boxes_back.value;
      keep([...kept(), one]);
      key.value = crypto.randomUUID();
    }
    show();
    document.querySelector(".following")?.scrollIntoView({ behavior: "smooth" });
    send();
  });
});

// Apple's phones know no geo: links.
if (/iPhone|iPad/.test(navigator.userAgent)) {
  document.querySelectorAll("[data-go]").forEach((link) => {
    link.href = link.href.replace(/^geo:([^?]+).*/, "maps://?daddr=$1");
  });
}

addEventListener("online", send);
setInterval(send, 15000);
navigator.serviceWorker?.register(home.worker, { scope: "/r/" });
// Once the worker listens, the page and all it needs pass by it, so that it can keep them.
navigator.serviceWorker?.addEventListener("controllerchange", () => {
  const needed = performance.getEntriesByType("resource").map((one) => one.name);
  [location.href, ...needed.filter((name) => !name.includes("/acts"))].forEach((name) => fetch(name));
});
show();
send();
