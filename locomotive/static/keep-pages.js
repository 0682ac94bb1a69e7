// Lets the worker keep this page and what it needs, so that it opens again without a network.
export async function keepPages(worker) {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(worker);
    const { active } = await navigator.serviceWorker.ready;
    const needed = performance.getEntriesByType("resource").map((one) => one.name);
    const ours = needed.filter((name) => name.startsWith(`${location.origin}/static/`));
    const voices = [...document.querySelectorAll("[data-voice]")].map((one) => new URL(one.dataset.voice, location.href).href);
    active.postMessage([...new Set([location.href.split("#")[0], ...ours, ...voices])]);
  } catch {
    // A browser that keeps nothing: the page works while it is open.
  }
}
