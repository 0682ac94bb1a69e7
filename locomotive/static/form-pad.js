// The pad types into the number that was touched, so that no keyboard covers the form; a reason that
// is touched is written into its field. Where no pad is shown, the device's own keyboard comes.
const pad = document.querySelector("[data-pad-of-page]");
const fields = [...document.querySelectorAll(".with-pad input[inputmode=decimal]")];
let chosen = null;
let isFresh = false;

const isSeen = (element) => element.getClientRects().length > 0;

function dress() {
  pad.hidden = false;
  for (const field of fields) field.inputMode = isSeen(pad) ? "none" : "decimal";
  for (const row of document.querySelectorAll("[data-reasons]")) row.hidden = false;
}

// What stands in a field is replaced by the first key, as on a calculator.
function choose(field) {
  chosen = field;
  isFresh = true;
}

function press(key) {
  if (!chosen) return;
  if (key === "enter") return next();
  const text = isFresh ? "" : chosen.value;
  isFresh = false;
  if (key === "back") chosen.value = text.slice(0, -1);
  else if (key === "−") chosen.value = text.startsWith("−") ? text.slice(1) : `−${text}`;
  else chosen.value = text + key;
  chosen.dispatchEvent(new Event("input", { bubbles: true }));
}

// On to the next empty number that is to be seen.
function next() {
  const later = fields.slice(fields.indexOf(chosen) + 1).find((one) => isSeen(one) && !one.value);
  if (later) later.focus();
  else chosen.blur();
}

function give(reason) {
  const field = document.getElementById(reason.dataset.for);
  field.value = reason.textContent.trim();
}

document.addEventListener("focusin", ({ target }) => {
  if (fields.includes(target)) choose(target);
});
// The pad leaves the focus where it is.
pad.addEventListener("pointerdown", (event) => event.preventDefault());
document.addEventListener("click", ({ target }) => {
  const key = target.closest("[data-pad]");
  const reason = target.closest("[data-for]");
  if (key) press(key.dataset.pad);
  if (reason) give(reason);
});
addEventListener("resize", dress);
dress();
if (fields.includes(document.activeElement)) choose(document.activeElement);
