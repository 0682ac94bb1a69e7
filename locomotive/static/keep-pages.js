// Lets the worker keep this page and what it needs, so that it opens again without a network.
const ours = (name) => name.startsWith(`${location.origin}/static/`);
const here = () => [
  location.href.split("#")[0],
  ...performance.getEntriesByType("resource").map((one) => one.name).filter(ours),
  ...[...document.querySelectorAll("[data-voice]")].map((one) => new URL(one.dataset.voice, location.href).href),
];

export async function keepPages(worker, pages = here()) {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(worker);
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage([...new Set(pages)]);
  } catch {
    // A browser that keeps nothing: the page works while it is open.
  }
}

// The orders that the shop's worker keeps on this device, the latest first.
export async function keptOrders() {
  const cache = await caches.open(`kept ${location.origin}/`);
  const orders = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith("/o/"));
  const at = async (request) => Number((await cache.match(request)).headers.get("X-Kept-At"));
  const dated = await Promise.all(orders.map(async (request) => [await at(request), request]));
  return dated.sort(([a], [b]) => b - a).map(([keptAt, { url }]) => ({ keptAt, url, cache }));
}

export async function forgetOrders() {
  try {
    for (const { url, cache } of await keptOrders()) await cache.delete(url);
  } catch {
    // Storage is denied: nothing was kept.
  }
}
