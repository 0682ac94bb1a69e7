// Asks twice a minute how far the order is, as long as something may still happen to it and the page
// is looked at; the parts of the answer replace those of the page. An order of which more than that
// is another is shown anew.
import { ask } from "./network.js";

const EVERY = 30000;
let mark = "";
let timer;

function replace(page) {
  for (const id of ["arrival", "steps"]) {
    const [old, next] = [document.getElementById(id), page.getElementById(id)];
    // What says the same is not read aloud again.
    if (next.outerHTML !== old.outerHTML) old.replaceWith(next);
  }
  const here = document.querySelector("#steps [aria-current] span:nth-of-type(2)")?.textContent || "";
  const heard = document.getElementById("step-heard");
  if (heard.dataset.last && heard.dataset.last !== here) heard.textContent = here;
  heard.dataset.last = here;
}

async function step() {
  const place = document.getElementById("arrival");
  try {
    const headers = mark ? { "If-None-Match": mark } : {};
    const answer = await ask(place.dataset.arrivalUrl, { headers, cache: "no-store" });
    if (answer.ok) {
      mark = answer.headers.get("ETag") || "";
      const page = new DOMParser().parseFromString(answer.text, "text/html");
      if (page.getElementById("arrival")?.dataset.rest !== place.dataset.rest) return location.reload();
      replace(page);
    }
  } catch {
    // The next time will do.
  }
  return watch();
}

function watch() {
  clearTimeout(timer);
  const place = document.getElementById("arrival");
  if (place && "coming" in place.dataset && !document.hidden) timer = setTimeout(step, EVERY);
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (!document.hidden && "coming" in (document.getElementById("arrival")?.dataset || {})) step();
});
watch();
