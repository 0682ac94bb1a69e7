// A kitchen of the tests' own behind `fetch`: twelve bags, drawn as the pack screen draws them,
// those that are ready last. Answers come after a while of the page's own clock.
(() => {
  const status = {};
  for (let bag = 1; bag <= 12; bag += 1) status[bag] = "placed";
  const house = { status, applied: [], version: 1, latency: () => 40 };
  window.house = house;

  const act = (bag, seen, to, words) => `<form method="post" data-act action="/kitchen/orders/${bag}/step?seen=${seen}&amp;to=${to}"`
    + ` data-undo="/kitchen/orders/${bag}/step?seen=${to}&amp;to=${seen}" data-undo-text="${bag}">`
    + `<button class="btn btn-done" id="${to}-${bag}">${words}</button></form>`;
  const ticket = (bag) => `<article class="ticket" id="ticket-${bag}" data-ticket><div class="ticket-head"><span class="bag">${bag}</span></div>`
    + `${status[bag] === "placed" ? act(bag, "placed", "ready", "Ready") : act(bag, "ready", "placed", "Reopen")}</article>`;
  const html = () => {
    const bags = Object.keys(status);
    const sorted = [...bags.filter((bag) => status[bag] === "placed"), ...bags.filter((bag) => status[bag] !== "placed")];
    return `<div data-news data-orders="12" data-notices="0"></div><div class="flow tiles" data-pages>${sorted.map(ticket).join("")}</div>`;
  };

  house.change = (bag) => {
    status[bag] = status[bag] === "placed" ? "ready" : "placed";
    house.version += 1;
  };

  function press(url) {
    const { pathname, searchParams } = new URL(url, location.href);
    const bag = pathname.split("/")[3];
    if (status[bag] !== searchParams.get("seen")) return new Response("<p data-refusal>changed</p>", { status: 409, headers: { "X-Locomotive": new Date().toISOString() } });
    house.applied.push(url);
    house.change(bag);
    return new Response(null, { status: 204, headers: { "X-Locomotive": new Date().toISOString() } });
  }

  function answer(url, { method = "GET", headers = {} }) {
    if (method === "POST") return press(url);
    const etag = `"${house.version}"`;
    const known = headers["If-None-Match"] === etag;
    const board = { mark: "", token: "", fragments: [[etag, html()]] };
    return new Response(known ? null : JSON.stringify(board), {
      status: known ? 304 : 200,
      headers: { "X-Locomotive": new Date().toISOString(), "Content-Type": "application/json", ETag: etag },
    });
  }

  window.fetch = (url, options = {}) => new Promise((resolve) => {
    setTimeout(() => setTimeout(() => resolve(answer(url, options)), house.latency() / 2), house.latency() / 2);
  });
})();
