// A network and a server of the tests' own inside the page, under a clock that only they move.
// Random numbers come from a seed (mulberry32), so that a case can be played again.
(() => {
  const real = { later: window.setTimeout, fetch: window.fetch };

  function randomOf(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  // Timers that fire when `run` comes to them.
  function newClock() {
    let now = 1764000000000;
    let last = 0;
    const due = new Map();
    const set = (call, wait = 0, ...rest) => {
      last += 1;
      due.set(last, { at: now + Number(wait), call: () => call(...rest) });
      return last;
    };
    const flush = () => new Promise((resolve) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve();
      channel.port2.postMessage(null);
    });
    async function run(milliseconds) {
      const until = now + milliseconds;
      for (;;) {
        await flush();
        const next = [...due].filter(([, one]) => one.at <= until).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
        if (!next) break;
        due.delete(next[0]);
        now = Math.max(now, next[1].at);
        next[1].call();
      }
      now = until;
    }
    return { now: () => now, set, clear: (id) => due.delete(id), run };
  }

  // Bags by number; a press names the status that it saw, and with `keys` counts once.
  function newServer({ keys }) {
    const status = {};
    const known = new Set();
    const applied = [];
    function press(action, key) {
      const { pathname, searchParams } = new URL(action, location.href);
      const bag = pathname.split("/")[3];
      const [seen, to] = [searchParams.get("seen"), searchParams.get("to")];
      if (keys && known.has(key)) return 204;
      known.add(key);
      if ((status[bag] || "placed") !== seen) return 409;
      status[bag] = to;
      applied.push(key);
      return 204;
    }
    return { status, applied, press };
  }

  // What becomes of one request: lost on the way, its answer lost, answered by something else,
  // delivered once more later. After `good` everything arrives.
  function newFetch({ clock, server, random, good }) {
    const wait = (least, most) => least + random() * (most - least);
    return (url, { body, signal } = {}) => new Promise((resolve, reject) => {
      const key = body.get("key");
      const headers = { "X-Locomotive": new Date().toISOString() };
      const arrive = () => server.press(url, key);
      const ours = () => { const got = arrive(); resolve(new Response(got === 204 ? null : "<p data-refusal>changed</p>", { status: got, headers })); };
      signal.addEventListener("abort", () => reject(new Error("aborted")));
      if (clock.now() >= good) return clock.set(ours, wait(5, 50));
      const fate = random();
      if (random() < 0.3) clock.set(arrive, wait(0, 90000));
      if (fate < 0.15) return clock.set(() => reject(new TypeError("no network")), wait(1, 500));
      if (fate < 0.3) return clock.set(() => { arrive(); reject(new TypeError("answer lost")); }, wait(1, 3000));
      if (fate < 0.4) return clock.set(() => resolve(new Response("bad gateway", { status: 502 })), wait(1, 500));
      if (fate < 0.5) return clock.set(() => resolve(new Response("<h1>Wi-Fi</h1>", { status: 200 })), wait(1, 500));
      if (fate < 0.6) return clock.set(() => resolve(new Response("busy", { status: 503, headers })), wait(1, 500));
      if (fate < 0.7) return clock.set(arrive, wait(9000, 30000));
      return clock.set(ours, wait(5, 12000));
    });
  }

  // One case: somebody presses bags back and forth over a bad network; what came of it.
  async function play(seed, { keys = true, rule = null } = {}) {
    const random = randomOf(seed);
    const clock = newClock();
    const server = newServer({ keys });
    const [{ newQueue }, { deliverPresses }] = await Promise.all([import("/static/queue.js"), import("/static/presses.js")]);
    const old = [window.setTimeout, window.clearTimeout, window.fetch, Date.now];
    const presses = 3 + Math.floor(random() * 10);
    const good = clock.now() + 120000;
    window.setTimeout = clock.set;
    window.clearTimeout = clock.clear;
    Date.now = clock.now;
    window.fetch = newFetch({ clock, server, random, good });
    try {
      const deliver = rule ? (acts) => rules[rule](acts) : (acts) => deliverPresses(acts, "");
      const queue = newQueue(`case ${seed}`, { deliver, changed: () => undefined });
      const meant = {};
      for (let i = 0; i < presses; i += 1) {
        const bag = 1 + Math.floor(random() * 3);
        const seen = meant[bag] || "placed";
        meant[bag] = seen === "placed" ? "ready" : "placed";
        queue.add({ action: `/kitchen/orders/${bag}/step?seen=${seen}&to=${meant[bag]}`, fields: [] });
        // A clock that is put back now and then.
        await clock.run(random() * 15000);
      }
      await clock.run(400000);
      const isRight = Object.keys(meant).every((bag) => (server.status[bag] || "placed") === meant[bag]);
      return { seed, isRight, left: queue.waiting().length, presses, applied: server.applied.length, once: new Set(server.applied).size };
    } finally {
      [window.setTimeout, window.clearTimeout, window.fetch, Date.now] = old;
      localStorage.removeItem(`case ${seed}`);
    }
  }

  // The rules of before, as controls: whatever answers settles a press; no order is kept.
  const send = ({ action, key }) => fetch(action, { body: new URLSearchParams({ key }), signal: new AbortController().signal });
  const rules = {
    "any answer settles": async ([act]) => { await send(act); return { settled: [act.key] }; },
    "the last goes first": async (acts) => {
      const act = acts[acts.length - 1];
      const { headers } = await send(act);
      if (!headers.get("X-Locomotive")) throw new Error("not ours");
      return { settled: [act.key] };
    },
  };

  window.playAll = async (first, last, options) => {
    const wrong = [];
    for (let seed = first; seed < last; seed += 1) {
      const end = await play(seed, options);
      if (!end.isRight || end.left || end.applied !== end.presses || end.once !== end.presses) wrong.push(end);
    }
    return wrong;
  };
})();
