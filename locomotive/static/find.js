// While somebody types a number or the first letters, the other bags step aside.
import { layPages } from "./pages.js";

const field = document.querySelector("[data-find]");
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();

function fits(ticket, asked) {
  if (/^\d+$/.test(asked)) return ticket.dataset.number === asked;
  return plain(ticket.dataset.name).startsWith(asked);
}

export function find() {
  if (!field) return;
  const asked = plain(field.value);
  for (const ticket of document.querySelectorAll("[data-name]")) {
    ticket.hidden = Boolean(asked) && !fits(ticket, asked);
  }
  for (const head of document.querySelectorAll("[data-head]")) head.hidden = Boolean(asked);
  for (const line of document.querySelectorAll("[data-line]")) lookInto(line, asked);
}

// A line opens while it holds what is looked for.
function lookInto(line, asked) {
  const holds = Boolean(asked) && Boolean(line.querySelector("[data-name]:not([hidden])"));
  line.hidden = Boolean(asked) && !holds;
  if (holds && !line.open) line.dataset.found = "";
  if (holds) line.open = true;
  else if ("found" in line.dataset) {
    line.open = false;
    delete line.dataset.found;
  }
}

if (field) {
  field.form.addEventListener("submit", (event) => { event.preventDefault(); field.blur(); });
  field.addEventListener("input", () => { find(); layPages(); });
  // The page came with the server's answer to a question: ask for all bags, and find here.
  const board = document.getElementById("board");
  const url = new URL(board.dataset.pollUrl, location.href);
  url.searchParams.delete("find");
  board.dataset.pollUrl = url.pathname + url.search;
}
