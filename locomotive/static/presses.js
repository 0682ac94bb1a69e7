// How a kitchen's presses are sent: one by one, in their order. A press leaves the queue when it
// is done or when the board has moved on without it (409); whatever else is answered, it waits.
import { ask } from "./network.js";

// What an act is about: two acts with the same subject must arrive in their order.
export function subject(action) {
  const { pathname, searchParams } = new URL(action, location.href);
  return [pathname, searchParams.get("share"), searchParams.get("portion_id")].join(" ");
}

// Ours to wait for: the server is busy, or somebody must sign in first.
const isForAll = (status) => status >= 500 || [401, 403, 408, 429].includes(status);

// Sends the oldest press; one that is answered with a fault of its own (no such order) lets those
// on other subjects pass. Throws when no press was taken.
export async function deliverPresses(presses, token) {
  const stuck = new Set();
  for (const { key, action, fields, at } of presses) {
    const about = subject(action);
    if (stuck.has(about)) continue;
    const answer = await ask(action, {
      method: "POST",
      // The token of this page: the one of the page that was pressed may be over.
      body: new URLSearchParams([...fields.filter(([name]) => name !== "key"), ["key", key], ...times(at),
        ["csrf_token", token]]),
      headers: { "X-Requested-With": "fetch" },
    });
    if (answer.ok) return { settled: [key] };
    if (answer.status === 409) return { settled: [key], refusal: refusalOf(answer.text), action };
    if (isForAll(answer.status)) break;
    stuck.add(about);
  }
  throw new Error("no press was taken");
}

// Both by this device's clock, which may be wrong: what lies between them is right.
const times = (at) => [["pressed_at", at], ["sent_at", new Date().toISOString()]];

function refusalOf(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return page.querySelector("[data-refusal]")?.textContent.trim() ?? "";
}
