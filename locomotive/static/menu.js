// The menu's filters: what is hidden stays on this device. Without storage they last for the page.
const filters = document.querySelector("[data-filters]");
const boxes = [...filters.querySelectorAll("input")];
const dishes = document.querySelectorAll(".dish:not(.set-menu)");
const said = document.getElementById("filtered");

function kept() {
  try {
    return (localStorage.getItem("menu-filters") || "").split(" ").filter(Boolean);
  } catch {
    return [];
  }
}

function keep(values) {
  try {
    localStorage.setItem("menu-filters", values.join(" "));
  } catch {
    // Storage is denied: the choice lasts as long as the page.
  }
}

function fits(dish, chosen) {
  const inside = dish.dataset.inside.split(" ");
  const isMeant = !chosen.includes("vegetarian") || dish.classList.contains("vegetarian");
  return isMeant && !chosen.some((code) => inside.includes(code));
}

function show() {
  const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
  const all = [...document.querySelectorAll(".dish:not(.set-menu)")];
  for (const dish of all) dish.hidden = !fits(dish, chosen);
  for (const part of document.querySelectorAll(".part")) {
    part.hidden = !part.querySelector(".dish:not([hidden])");
  }
  const hidden = all.filter((dish) => dish.hidden).length;
  said.hidden = !hidden;
  said.textContent = hidden ? said.dataset.text.replace("{n}", hidden) : "";
  return chosen;
}

if (dishes.length) {
  const before = kept();
  for (const box of boxes) box.checked = before.includes(box.value);
  show();
  filters.hidden = false;
  filters.addEventListener("change", () => keep(show()));
}

// A later day of the strip may stand beyond its edge.
document.querySelector(".days [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
