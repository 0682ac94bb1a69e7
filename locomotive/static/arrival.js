// Asks twice a minute when the order arrives, as long as it is on its way; the answer's own root
// replaces <div id="arrival">. An order that is further than the page shows is shown anew.
import { ask } from "./network.js";

const EVERY = 30000;
let mark = "";

async function step(place) {
  try {
    const headers = mark ? { "If-None-Match": mark } : {};
    const answer = await ask(place.dataset.arrivalUrl, { headers, cache: "no-store" });
    if (answer.ok) {
      mark = answer.headers.get("ETag") || "";
      const page = new DOMParser().parseFromString(answer.text, "text/html");
      const next = page.getElementById("arrival");
      if (!next || next.dataset.status !== place.dataset.status) return location.reload();
      // What says the same is not read aloud again.
      if (next.outerHTML !== place.outerHTML) place.replaceWith(next);
    }
  } catch {
    // The next time will do.
  }
  return watch();
}

function watch() {
  const place = document.getElementById("arrival");
  if (place && "coming" in place.dataset) setTimeout(step, EVERY, place);
}

watch();
