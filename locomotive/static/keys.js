// A USB keypad works every screen: 1 to 9 choose a tile, the same key again its next button, Enter
// does what the button says, Backspace takes the last act back, + and − go on and back.
import { turnPage } from "./pages.js";

const NINE = 9;
const undo = document.getElementById("undo-bar");
// The rank of the first tile that has a number.
let first = 0;

function isOnGlass(tile) {
  // What stands above the work is on every page.
  const work = (tile.closest("[data-pages]") ?? document.getElementById("board")).getBoundingClientRect();
  const { left, right, width } = tile.getBoundingClientRect();
  // What a closed line hides has a place all the same.
  const isHidden = tile.parentElement.closest("details:not([open])");
  return !isHidden && width > 0 && left >= work.left - 1 && right <= work.right + 1;
}

const tiles = () => [...document.querySelectorAll("#board :is([data-tile], [data-line])")]
  .filter((tile) => isOnGlass(tile) && controls(tile).length);

// What is done with a tile: what is typed, then the main act.
function controls(tile) {
  if (tile.matches("[data-line]")) return [tile.querySelector("summary")];
  const found = [...tile.querySelectorAll("form[data-act] :is([data-value], button)")];
  const rank = (one) => (one.matches("[data-value]") ? 0 : 2 - one.matches(".btn-done, .btn-verify"));
  return found.sort((one, other) => rank(one) - rank(other));
}

function numberTiles() {
  for (const tile of document.querySelectorAll("[data-key]")) delete tile.dataset.key;
  if (!document.body.classList.contains("has-keys")) return;
  const shown = tiles();
  if (first >= shown.length) first = 0;
  shown.slice(first, first + NINE).forEach((tile, rank) => { tile.dataset.key = rank + 1; });
}

function choose(key) {
  const tile = document.querySelector(`[data-key="${key}"]`);
  if (!tile) return;
  const found = controls(tile);
  found[(found.indexOf(document.activeElement) + 1) % found.length].focus();
}

function goOn(by) {
  first += by * NINE;
  if (first >= 0 && first < tiles().length) return numberTiles();
  first = 0;
  return turnPage(by);
}

function act({ key, repeat }) {
  if (/^[1-9]$/.test(key)) return choose(key);
  if (key === "+" || key === "-") return goOn(key === "+" ? 1 : -1);
  if (key === "Backspace") return undo.hidden || undo.querySelector("button").click();
  // A chosen button does it itself; a key that is held down does nothing more.
  if (key === "Enter" && (repeat || !document.activeElement.closest("a, button, summary"))) return choose(1);
  return undefined;
}

document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, altKey, metaKey, repeat } = event;
  if (!/^([1-9+-]|Enter|Backspace)$/.test(key) || ctrlKey || altKey || metaKey) return;
  if (target.closest("input, select, textarea")) return;
  document.body.classList.add("has-keys");
  if (!document.querySelector("[data-key]")) numberTiles();
  if (key !== "Enter" || repeat || target === document.body) event.preventDefault();
  act(event);
});
document.addEventListener("pages", numberTiles);
