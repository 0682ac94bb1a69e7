// A touch on a dish's name says it: as the team recorded it or the house had it spoken, else with
// the browser's French voice. Where there is none a sign says so, and the touch shows the name.
const SHOWN = 3000;
const sign = document.getElementById("no-voice");
let gone;

function french() {
  if (!("speechSynthesis" in window)) return undefined;
  return speechSynthesis.getVoices().find((voice) => voice.lang.toLowerCase().startsWith("fr"));
}

function mark() {
  document.body.classList.toggle("has-no-voice", !french());
}

function speak(button) {
  if (!french()) return show(button);
  const words = new SpeechSynthesisUtterance(button.dataset.say);
  words.voice = french();
  words.lang = "fr-FR";
  speechSynthesis.cancel();
  speechSynthesis.speak(words);
}

function show(button) {
  if (!sign) return;
  sign.querySelector("b").textContent = button.dataset.say;
  sign.hidden = false;
  clearTimeout(gone);
  gone = setTimeout(() => (sign.hidden = true), SHOWN);
}

mark();
if ("speechSynthesis" in window) speechSynthesis.addEventListener?.("voiceschanged", mark);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-say]");
  if (!button) return;
  button.classList.add("is-said");
  setTimeout(() => button.classList.remove("is-said"), 1200);
  if (!button.dataset.voice) return speak(button);
  new Audio(button.dataset.voice).play().catch(() => speak(button));
});
