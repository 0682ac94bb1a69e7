// The shop's worker: keeps a customer's order page if she lets her device remember her, and shows
// it, or a page that says so, where there is no network.
self.SCOPE = {
  hours: 72,
  paths: /^\/(menu\/[^/]*|o\/[^/]*|basket|order|week|offline)?$/,
  isAsked: true,
  instead: "/offline",
};
importScripts("/static/kept-pages-worker.js");

self.addEventListener("push", (event) => {
  const { title, body, url } = event.data.json();
  const look = { body, tag: url, icon: "/static/icons/icon-192.png", badge: "/static/icons/badge-96.png" };
  event.waitUntil(self.registration.showNotification(title, { ...look, renotify: true, data: url }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data));
});

async function openPage(path) {
  const open = await self.clients.matchAll({ type: "window" });
  const same = open.find(({ url }) => new URL(url).pathname === path);
  return same ? same.focus() : self.clients.openWindow(path);
}
