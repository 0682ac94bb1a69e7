// Time left until an instant, by the server's clock: <span data-until data-now data-…-text>.
const places = [...document.querySelectorAll("[data-until]")].map((place) => ({
  place,
  until: Date.parse(place.dataset.until),
  offset: place.dataset.now ? Date.parse(place.dataset.now) - Date.now() : 0,
}));

function words({ place, until, offset }) {
  const seconds = Math.floor((until - Date.now() - offset) / 1000);
  if (seconds <= 0) return ["over", place.dataset.overText];
  const minutes = Math.ceil(seconds / 60);
  if (minutes >= 2880) return ["", place.dataset.daysText.replace("{d}", Math.floor(minutes / 1440))];
  const text = minutes >= 60 ? place.dataset.hoursText : place.dataset.minutesText;
  const hours = Math.floor(minutes / 60);
  const rest = minutes >= 60 ? String(minutes % 60).padStart(2, "0") : minutes;
  return [minutes <= 15 ? "soon" : "", text.replace("{h}", hours).replace("{m}", rest)];
}

function tick() {
  for (const one of places) {
    const [state, text] = words(one);
    if (one.place.textContent !== text) one.place.textContent = text;
    one.place.classList.toggle("soon", state === "soon");
    one.place.classList.toggle("over", state === "over");
  }
}

tick();
setInterval(tick, 1000);
