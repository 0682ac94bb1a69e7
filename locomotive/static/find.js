// While somebody types a number or the first letters, the other bags step aside.
const field = document.querySelector("[data-find]");
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();

export function find() {
  if (!field) return;
  const asked = plain(field.value);
  for (const ticket of document.querySelectorAll("[data-name]")) {
    const isNumber = /^\d+$/.test(asked);
    const fits = isNumber ? ticket.dataset.number === asked : plain(ticket.dataset.name).startsWith(asked);
    ticket.hidden = Boolean(asked) && !fits;
  }
}

if (field) {
  field.form.addEventListener("submit", (event) => { event.preventDefault(); field.blur(); });
  field.addEventListener("input", find);
  // The page came with the server's answer to a question: ask for all bags, and find here.
  const board = document.getElementById("board");
  const url = new URL(board.dataset.pollUrl, location.href);
  url.searchParams.delete("find");
  board.dataset.pollUrl = url.pathname + url.search;
}
