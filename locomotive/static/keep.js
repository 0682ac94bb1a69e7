// What a customer lets her own device remember: who she is, where she eats, what she had last.
// Nothing of it is sent anywhere but in her next order. Without storage nothing is remembered.
import { read, write } from "./memory.js";

const FIELDS = ["first_name", "email", "phone", "must_not_contain", "place", "address", "access_note"];

const checked = (form, name) => form.querySelector(`[name=${name}]:checked`);
const time = (input) => input?.labels[0].querySelector("b").textContent.trim() || "";

function chooseTime(form, kept) {
  if (checked(form, "slot")) return;
  const slots = [...form.querySelectorAll(`.when-${kept.kind} [name=slot]:enabled`)];
  const same = slots.find((slot) => time(slot) === kept.time);
  if (same) same.checked = true;
}

function fill(form, kept) {
  for (const name of FIELDS) {
    const field = form.elements[name];
    if (field && !field.value && kept[name]) field.value = kept[name];
  }
  const kind = form.querySelector(`[name=kind][value="${kept.kind}"]:enabled`);
  if (kind) kind.checked = true;
  chooseTime(form, kept);
  const place = form.querySelector("#place");
  if (kind?.value !== "delivery") return;
  form.addEventListener("htmx:afterSettle", () => chooseTime(form, kept));
  if (place?.value) place.dispatchEvent(new Event("change", { bubbles: true }));
  else if (form.elements.address?.value) form.querySelector("button[name=look]").click();
}

function remember(form) {
  const kept = { kind: checked(form, "kind")?.value, time: time(checked(form, "slot")) };
  for (const name of FIELDS) kept[name] = form.elements[name]?.value || "";
  kept.day = form.elements.day.value;
  kept.items = [...form.querySelectorAll("[data-item]")].map((line) =>
    JSON.parse(line.dataset.item),
  );
  write(kept);
}

function onCheckout(form, box) {
  const kept = read();
  const forget = form.querySelector("[data-forget]");
  if (!write(kept)) return;
  box.hidden = false;
  forget.hidden = !kept;
  form.elements.keep.checked = Boolean(kept);
  if (kept && form.dataset.isFirst) fill(form, kept);
  forget.addEventListener("click", () => {
    write(null);
    forget.hidden = true;
    form.elements.keep.checked = false;
    for (const name of FIELDS) if (form.elements[name]) form.elements[name].value = "";
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "look") return;
    if (form.elements.keep.checked) remember(form);
    else write(null);
  });
}

const named = (name) => `[data-name="${CSS.escape(name)}"]`;

// A portion with its options as the house's keys name it ("12-3-5"); null when one is missing.
function portionKey(row, lead, place, portion, options) {
  const inputs = options.map((name) =>
    row.querySelector(`[name^="option-${lead}-${place}-${portion}-"]${named(name)}`),
  );
  if (inputs.includes(null)) return null;
  const ids = inputs.map((input) => Number(input.value)).sort((a, b) => a - b);
  return [portion, ...ids].join("-");
}

function dishKey([[dish, options]]) {
  const row = document.querySelector(`.dish:not(.set-menu)${named(dish)}`);
  if (!row?.querySelector("[id^=more]")) return null;
  const portion = row.id.replace("dish-", "");
  return portionKey(row, portion, 0, portion, options);
}

function setMenuKey(name, parts) {
  const row = document.querySelector(`.set-menu${named(name)}`);
  const courses = [...(row?.querySelectorAll(".course") || [])];
  if (!courses.length || courses.length !== parts.length) return null;
  const lead = row.id.replace("dish-", "");
  const keys = courses.map((course, place) => {
    const [dish, options] = parts[place];
    const pick = course.querySelector(`[name^=pick-]:enabled${named(dish)}`);
    return pick && portionKey(course, lead, place, pick.value, options);
  });
  return keys.includes(null) ? null : [lead, ...keys].join("_");
}

function onMenu(form) {
  const kept = read();
  const found = (kept?.items || []).filter(({ number, set_menu: name, parts }) => {
    const key = name ? setMenuKey(name, parts) : dishKey(parts);
    if (!key) return false;
    const field = Object.assign(document.createElement("input"), { type: "hidden" });
    field.name = `quantity-${key}`;
    field.value = number;
    form.append(field);
    return true;
  });
  if (!found.length) return;
  const weekday = new Date(`${kept.day}T12:00`).toLocaleDateString(document.documentElement.lang, {
    weekday: "long",
  });
  form.querySelector("button").textContent = form.dataset.text.replace("{day}", weekday);
  form.hidden = false;
}

const box = document.querySelector("[data-keep]");
const again = document.querySelector("[data-again]");
if (box) onCheckout(box.closest("form"), box);
if (again) onMenu(again);
