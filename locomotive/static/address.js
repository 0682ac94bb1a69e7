// A text field with a list of addresses under it (WAI-ARIA combobox): htmx fetches the list, this
// module chooses from it. A street that is chosen waits for its number before it.
document.querySelectorAll("[data-suggestions]").forEach((field) => {
  const list = document.getElementById(field.dataset.suggestions);
  const options = () => [...list.querySelectorAll("[role=option]")];
  let at = -1;

  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("autocomplete", "off");
  show(false);

  function show(isOpen) {
    list.hidden = !isOpen;
    field.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) mark(-1);
  }

  function mark(place) {
    at = place;
    options().forEach((option, number) => {
      option.setAttribute("aria-selected", String(number === at));
      if (number === at) option.scrollIntoView({ block: "nearest" });
    });
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", options()[at].id);
  }

  function choose(option) {
    field.value = option.dataset.address;
    field.focus();
    if (!("open" in option.dataset)) return show(false);
    field.setSelectionRange(0, 0);
    field.setRangeText(" ", 0, 0, "start");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  list.addEventListener("htmx:afterSwap", () => {
    const found = options();
    const isDone = found.length === 1 && found[0].dataset.address === field.value.trim();
    show(found.length > 0 && !isDone && document.activeElement === field);
  });
  // The list must not take the focus from the field before the click is through.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  field.addEventListener("blur", () => show(false));
  field.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.key === "Escape") return show(false);
    if (!count) return undefined;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      show(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      return mark((Math.max(at, step > 0 ? -1 : 0) + step + count) % count);
    }
    if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      choose(options()[at]);
    }
    return undefined;
  });
});
