// Drag a stop to another place or round: it fills the stop's own form and asks what it would do.
let dragged = null;

document.querySelectorAll("[data-round] > [data-stop]").forEach((stop) => {
  stop.draggable = true;
  stop.classList.add("can-move");
  stop.addEventListener("dragstart", (event) => {
    dragged = stop;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", stop.dataset.stop);
  });
  stop.addEventListener("dragend", () => {
    dragged = null;
  });
});

document.querySelectorAll("[data-round]").forEach((list) => {
  list.addEventListener("dragover", (event) => {
    if (dragged) event.preventDefault();
  });
  list.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const others = [...list.querySelectorAll(":scope > [data-stop]")].filter((one) => one !== dragged);
    const after = others.filter((one) => {
      const box = one.getBoundingClientRect();
      return box.top + box.height / 2 < event.clientY;
    });
    const form = dragged.querySelector("form[data-move]");
    form.elements.to_round.value = list.dataset.round;
    form.elements.position.value = after.length + 1;
    form.requestSubmit();
  });
});
