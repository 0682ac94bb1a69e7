// Keeps the pages below its scope that can say their age, with all they need: the network first,
// the last one seen when there is none, or when what answers is not our server in good health.
// A page from the past carries the moment it was kept, by this device's clock.
//
// A scope may be narrower (`self.SCOPE`): for how many hours a page is kept, which paths it answers
// for, whether it keeps only what a page asks it to keep, and the page in place of one never kept.
const { hours = 12, paths = /./, isAsked = false, instead = null } = self.SCOPE || {};
const CACHE = `kept ${self.registration.scope}`;
const OURS = "X-Locomotive";
const KEPT_AT = "X-Kept-At";
const MARK = 'data-kept-at=""';
const LIMIT = 6000;
const LONGEST = hours * 3600 * 1000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(begin()));
self.addEventListener("message", (event) => event.waitUntil(keepAll(event.data)));
self.addEventListener("fetch", (event) => {
  const { method, mode } = event.request;
  const { origin, pathname } = new URL(event.request.url);
  const isNeeded = mode === "navigate" ? paths.test(pathname) : /^\/(static|voices)\//.test(pathname);
  // All else is news, and news is never old.
  if (method === "GET" && origin === location.origin && isNeeded) event.respondWith(answer(event.request));
});

async function begin() {
  await caches.delete("round-1");
  await self.clients.claim();
}

async function keepAll(urls) {
  await forgetOld();
  await Promise.all(urls.map((url) => answer(new Request(url), true).catch(() => undefined)));
}

async function forgetOld() {
  const cache = await caches.open(CACHE);
  for (const old of await cache.keys()) {
    if (isOver(await cache.match(old))) await cache.delete(old);
  }
}

const isOver = (kept) => Date.now() - Number(kept.headers.get(KEPT_AT)) > LONGEST;

async function inTime(request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LIMIT);
  try {
    return await fetch(request, { signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

const keptOf = async (request) => (await caches.open(CACHE)).match(request, { ignoreVary: true });

async function answer(request, mustKeep = !isAsked) {
  const kept = await keptOf(request).catch(() => undefined);
  let fresh;
  try {
    // Where nothing can stand in for it, a slow answer is better than none.
    fresh = isAsked && !kept ? await fetch(request) : await inTime(request);
    // A redirect leads elsewhere; the page there speaks for itself.
    if (fresh.type === "opaqueredirect") return fresh;
    if (!fresh.headers.get(OURS) || fresh.status >= 500) throw new Error("not an answer of ours");
    if (!fresh.ok || fresh.redirected) {
      // A link that is over must not be shown from the past.
      if (kept) await (await caches.open(CACHE)).delete(request);
    } else if (mustKeep || kept) await keep(request, fresh.clone()).catch(() => undefined);
    return fresh;
  } catch (error) {
    if (kept && !isOver(kept)) return isPage(kept) ? fromThePast(kept) : kept;
    if (fresh) return fresh;
    const page = instead && request.mode === "navigate" && (await keptOf(instead));
    if (!page) throw error;
    await forgetOld();
    return fromThePast(page);
  }
}

const isPage = (response) => (response.headers.get("Content-Type") || "").startsWith("text/html");

async function keep(request, fresh) {
  const body = isPage(fresh) ? await fresh.text() : await fresh.blob();
  if (isPage(fresh) && !body.includes(MARK)) return;
  const headers = new Headers(fresh.headers);
  headers.set(KEPT_AT, Date.now());
  const cache = await caches.open(CACHE);
  // Of a file with a fingerprint one version is enough.
  if (!isPage(fresh)) await cache.delete(request.url, { ignoreSearch: true });
  await cache.put(request.url, new Response(body, { status: fresh.status, headers }));
}

async function fromThePast(kept) {
  const html = (await kept.text()).replace(MARK, MARK.replace('""', `"${kept.headers.get(KEPT_AT)}"`));
  return new Response(html, { status: kept.status, headers: kept.headers });
}
