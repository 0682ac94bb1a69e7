// The pad types into the chosen tile's field, so that no keyboard covers the screen. What is typed
// outlives a board that is drawn anew; once it is sent the next tile that waits is chosen.
const board = document.getElementById("board");
const typed = new Map();

const fields = () => [...board.querySelectorAll("[data-value]")];
let chosenId = "";

function chosen() {
  return document.getElementById(chosenId) || fields().find(waits) || fields()[0];
}

function waits(field) {
  const tile = field.closest("[data-tile]");
  return tile.matches(".is-late, .is-due, .is-running") && !tile.querySelector(".is-kept");
}

function choose(field) {
  if (!field) return;
  chosenId = field.id;
  field.focus({ preventScroll: true });
}

function press(key) {
  const field = chosen();
  if (!field) return;
  choose(field);
  if (key === "enter") return send(field);
  if (key === "back") field.value = field.value.slice(0, -1);
  else if (key === "−") field.value = field.value.startsWith("−") ? field.value.slice(1) : `−${field.value}`;
  else if (field.value.length < field.maxLength) field.value += key;
  return typed.set(field.id, field.value);
}

function send(field) {
  if (field.value) field.form.querySelector("button").click();
}

// What was drawn anew has a pad, and no value yet.
function dress() {
  for (const pad of board.querySelectorAll("[data-pad-of-page]")) pad.hidden = false;
  for (const field of fields()) {
    const isPadShown = board.querySelector("[data-pad-of-page]")?.getClientRects().length;
    field.inputMode = isPadShown ? "none" : "decimal";
    if (typed.has(field.id)) field.value = typed.get(field.id);
  }
}

board.addEventListener("input", ({ target }) => {
  if (target.matches("[data-value]")) typed.set(target.id, target.value);
});
board.addEventListener("focusin", ({ target }) => {
  if (target.matches("[data-value]")) chosenId = target.id;
});
// The pad leaves the focus where it is.
board.addEventListener("pointerdown", (event) => {
  if (event.target.closest("[data-pad]")) event.preventDefault();
});
board.addEventListener("click", ({ target }) => {
  const key = target.closest("[data-pad]");
  if (key) press(key.dataset.pad);
});
document.addEventListener("submit", ({ target }) => {
  const field = target.querySelector("[data-value]");
  if (!field) return;
  typed.delete(field.id);
  chosenId = "";
  setTimeout(() => choose(fields().find((one) => one !== field && waits(one))));
}, true);
new MutationObserver(dress).observe(board, { childList: true });
dress();
choose(fields().find(waits));
