// Acts that wait for the network, the oldest first. Each has a key of its own, so that what is
// sent twice counts once, and its time, which only grows even when the device's clock is put back.
// Where the browser keeps nothing (a denied or full localStorage) they live as long as the page.
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 60000;

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A list under a name; `lasts` tells whether it outlives the page.
function shelf(name) {
  let held = [];
  let lasts = true;
  const stored = () => {
    try {
      return JSON.parse(localStorage.getItem(name) || "[]");
    } catch (error) {
      if (error instanceof SyntaxError) return [];
      lasts = false;
      return held;
    }
  };
  return {
    lasts: () => lasts,
    read() {
      // Another page of the same browser may have sent some meanwhile.
      if (lasts) held = [].concat(stored());
      return held;
    },
    write(acts) {
      held = acts;
      try {
        localStorage.setItem(name, JSON.stringify(acts));
        lasts = true;
      } catch {
        lasts = false;
      }
    },
  };
}

// `deliver(acts)` sends some of them, the oldest first, and returns { settled: [key…] }; it throws
// when nothing was taken. `changed()` is called whenever the number that waits may be another.
export function newQueue(name, { deliver, changed }) {
  const acts = shelf(name);
  let pause = 0;
  let timer = null;
  let isSending = false;

  function add(act) {
    const before = acts.read();
    const last = before.length ? Date.parse(before[before.length - 1].at) || 0 : 0;
    const at = new Date(Math.max(Date.now(), last + 1)).toISOString();
    acts.write([...before, { key: newKey(), ...act, at }]);
    const sent = send();
    changed();
    return sent;
  }

  async function send() {
    if (isSending) return;
    clearTimeout(timer);
    isSending = true;
    try {
      while (acts.read().length) {
        const { settled } = await deliver(acts.read());
        if (!settled.length) throw new Error("nothing was taken");
        pause = 0;
        acts.write(acts.read().filter((act) => !settled.includes(act.key)));
        changed();
      }
    } catch {
      pause = Math.min(LONGEST_PAUSE, pause ? pause * 2 : FIRST_PAUSE);
      timer = setTimeout(send, pause);
    } finally {
      isSending = false;
      changed();
    }
  }

  function hurry() {
    if (!acts.read().length) return undefined;
    pause = 0;
    return send();
  }

  addEventListener("online", hurry);
  return {
    add,
    send,
    hurry,
    waiting: () => acts.read(),
    rewrite: (one) => acts.write(acts.read().map(one)),
    lasts: acts.lasts,
    isFailing: () => pause > 0,
  };
}
