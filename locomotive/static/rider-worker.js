// Keeps the rider's page: the network first, the last page that was seen when there is none.
const CACHE = "round-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));


self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(6000) });
    if (fresh.ok) await cache.put(request, fresh.clone());
    // A link that is over must not be shown from the past.
    else if (fresh.status === 404) await cache.delete(request);
    return fresh;
  } catch (error) {
    const old = await cache.match(request);
    if (old) return old;
    throw error;
  }
}
