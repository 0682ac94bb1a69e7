// A stop touched in the list, on the map or on the timeline is marked in all three; keys do the same.
const rows = [...document.querySelectorAll("li[data-mark]")];

function mark(name, source) {
  document.querySelectorAll("[data-mark].marked").forEach((one) => one.classList.remove("marked"));
  document.querySelectorAll(`[data-mark="${CSS.escape(name)}"]`).forEach((one) => one.classList.add("marked"));
  const row = rows.find((one) => one.dataset.mark === name);
  if (row && source !== row) row.focus();
}

document.addEventListener("click", (event) => {
  const one = event.target.closest("[data-mark]");
  if (one) mark(one.dataset.mark, one.matches("li") ? one : null);
});

rows.forEach((row, at) => {
  row.addEventListener("focus", () => mark(row.dataset.mark, row));
  row.addEventListener("keydown", (event) => {
    if (event.target !== row) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.altKey && step) moveBy(row, step, event);
    else if (step && rows[at + step]) {
      event.preventDefault();
      rows[at + step].focus();
    } else if (event.key === "Enter") {
      const details = row.querySelector("details");
      if (!details) return;
      event.preventDefault();
      details.open = true;
      details.querySelector("select, input:not([type=hidden]), button").focus();
    }
  });
});

function moveBy(row, step, event) {
  const form = row.querySelector("form[data-move]");
  if (!form) return;
  event.preventDefault();
  const position = Number(row.dataset.mark.split(".")[1]) + step;
  if (position < 1) return;
  form.elements.position.value = position;
  form.requestSubmit();
}
