// One way to ask our server, for every script that must not be fooled by a bad network.
//
// Oldest browsers: Safari 15, Chrome and Android's web view 88, Firefox 90. So no
// AbortSignal.timeout, no crypto.randomUUID (absent on plain http too) and no Array.at.
// The time at which our server answered.
export const OURS = "X-Locomotive";

// The answer with its text. Throws when none comes in time or when it is not our server's: a
// captive portal and a proxy in between answer too, with any status.
export async function ask(url, { limit = 8000, ...options } = {}) {
  const stop = new AbortController();
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => { stop.abort(); reject(new Error("no answer in time")); }, limit);
  });
  try {
    return await Promise.race([read(url, { ...options, signal: stop.signal }), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function read(url, options) {
  const answer = await fetch(url, options);
  if (!answer.headers.get(OURS)) throw new Error("not our answer");
  const { status, ok, redirected, headers } = answer;
  return { status, ok, redirected, headers, text: await answer.text() };
}
