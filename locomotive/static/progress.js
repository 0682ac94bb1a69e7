// Asks once a second for the fragment of <div id data-progress-url data-running> until it no
// longer runs; the answer's own root replaces it.
import { ask } from "./network.js";

const FAILURES = 8;
let failures = 0;

async function step(place) {
  try {
    const answer = await ask(place.dataset.progressUrl, {
      headers: { "X-Requested-With": "fetch" },
      limit: 5000,
    });
    if (answer.redirected || [401, 403].includes(answer.status)) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    failures = 0;
    const page = new DOMParser().parseFromString(answer.text, "text/html");
    const next = page.getElementById(place.id);
    if (!next) return location.reload();
    place.replaceWith(next);
    return watch(next);
  } catch {
    failures += 1;
    const lost = place.querySelector("[data-lost]");
    if (lost) lost.hidden = failures < FAILURES;
    return watch(place);
  }
}

function watch(place) {
  if ("running" in place.dataset) setTimeout(step, 1000, place);
}

document.querySelectorAll("[data-progress-url]").forEach(watch);
