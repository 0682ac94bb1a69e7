// A page that asks for nothing by itself: opened without a network it says in a red frame how old it
// is, and is loaded again as soon as our server answers.
import { keepPages } from "./keep-pages.js";
import { ask } from "./network.js";

const AGAIN = 10000;
const sign = document.querySelector("[data-kept-at]");
const keptAt = Number(sign.dataset.keptAt);

function show() {
  const minutes = Math.max(0, Math.round((Date.now() - keptAt) / 60000));
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  sign.querySelector("[data-age]").textContent = hours ? `${hours}\u00a0h\u00a0${rest}` : `${rest}\u00a0min`;
}

async function again() {
  show();
  try {
    await ask(location.href, { cache: "no-store" });
    location.reload();
  } catch {
    setTimeout(again, AGAIN);
  }
}

if (keptAt) {
  document.body.classList.add("is-stale");
  sign.hidden = false;
  again();
} else {
  keepPages(sign.dataset.worker);
}
