// Nothing acts because it moved under a finger: a control that came to its place less than 0.7 s
// ago ignores presses, and the place of a pressed act ignores them for 1.5 s, whatever comes there.
// Keys are not meant: they name their control.
const SETTLED = 700;
const PRESSED = 1500;
const NEAR = 8;
const CONTROLS = "button, a[href], summary";
// These keep their place on the glass while the page scrolls.
const STAYS = "[data-stays]";

let places = new Map();
let pressed = [];
let downAt = -Infinity;
// Not the tablet's clock: where that is set back, no press would count until it has caught up.
const moment = () => performance.now();

// What a control does; drawn anew with the same deed at the same place, it has not moved.
function deed(control) {
  const does = control.form?.hasAttribute("action") ? control.form.getAttribute("action") : control.getAttribute("href");
  return [does, control.id, control.name, control.value].join(" ");
}

function box(control) {
  const { left, top, right, bottom } = control.getBoundingClientRect();
  const [x, y] = control.closest(STAYS) ? [0, 0] : [scrollX, scrollY];
  return { left: left + x, top: top + y, right: right + x, bottom: bottom + y };
}

const isNear = (one, other) => Object.keys(one).every((side) => Math.abs(one[side] - other[side]) <= NEAR);

// Note where every control is, and since when; `since` is that of controls not seen before.
function measure(since = moment()) {
  const found = new Map();
  const met = new Map();
  for (const control of document.querySelectorAll(CONTROLS)) {
    if (!control.getClientRects().length) continue;
    const name = deed(control);
    met.set(name, (met.get(name) || 0) + 1);
    const place = box(control);
    const key = `${name} ${met.get(name)}`;
    const before = places.get(key);
    found.set(key, { control, place, since: before && isNear(before.place, place) ? before.since : since });
  }
  places = found;
}

function cameAt(control) {
  for (const one of places.values()) if (one.control === control) return one.since;
  return -Infinity;
}

const holds = ({ place }, x, y) => x >= place.left && x <= place.right && y >= place.top && y <= place.bottom;

// Whether a press at a point of the window comes too early; notes it when it does not.
function isEarly(control, { clientX, clientY }) {
  const now = moment();
  const from = Math.max(downAt, now - PRESSED);
  pressed = pressed.filter((one) => now - one.at < PRESSED);
  const [x, y] = [clientX + scrollX, clientY + scrollY];
  if (pressed.some((one) => (one.stays ? holds(one, clientX, clientY) : holds(one, x, y)))) return true;
  if (from - cameAt(control) < SETTLED) return true;
  if (control.closest("[data-act]")) pressed.push({ place: box(control), stays: Boolean(control.closest(STAYS)), at: now });
  return false;
}

function judge(event) {
  const control = event.target.closest(CONTROLS);
  if (!control || !event.detail) return;
  measure();
  if (!isEarly(control, event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

// The page itself moved under the finger, as when it scrolls to the next stop.
export function moved() {
  for (const one of places.values()) one.since = moment();
}

// What stands there when the page opens has always stood there.
export function guardPresses() {
  measure(-Infinity);
  const again = () => measure();
  new MutationObserver(again).observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["hidden", "class", "open"],
  });
  new ResizeObserver(again).observe(document.getElementById("main"));
  addEventListener("pointerdown", () => { downAt = moment(); }, true);
  addEventListener("click", judge, true);
}
