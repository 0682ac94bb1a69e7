// The shop as an app: its worker has the page for a moment without network, and the customer's order
// as long as she lets this device remember her.
import { forgetOrders, keepPages, keptOrders } from "./keep-pages.js";
import { read } from "./memory.js";

const { worker, offline } = document.querySelector("script[data-worker]").dataset;
const age = document.querySelector("[data-kept-at]");
const absolute = (url) => new URL(url, location.href).href;

function sayAge(keptAt) {
  if (!age) return;
  age.hidden = false;
  age.querySelector("time").textContent = new Date(keptAt).toLocaleString(document.documentElement.lang, {
    weekday: "long", hour: "2-digit", minute: "2-digit",
  });
}

// Shows the parts of the order that need no network in the page that stands in for all others.
async function showOrder(place) {
  const [latest] = await keptOrders();
  if (!latest) return;
  const html = await (await latest.cache.match(latest.url)).text();
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const part of page.querySelectorAll("[data-offline]")) place.append(document.importNode(part, true));
  place.hidden = false;
  sayAge(latest.keptAt);
}

function keep() {
  const needed = offline.trim().split(/\s+/).map(absolute);
  const isOrder = document.querySelector("[data-offline]") && read();
  keepPages(worker, isOrder ? [location.href.split("#")[0], ...needed] : needed);
  if (!read()) forgetOrders();
}

const place = document.querySelector("[data-order-place]");
if (Number(age?.dataset.keptAt) && !place) sayAge(Number(age.dataset.keptAt));
else if (!place) keep();
if (place) showOrder(place).catch(() => undefined);
