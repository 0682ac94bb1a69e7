// A touch on a dish's name or an exercise says it: as the team recorded it or the house had it
// spoken, else with the browser's voice of that tongue. Where there is none a sign says so, and the
// touch shows the words.
const SHOWN = 3000;
const sign = document.getElementById("no-voice");
let gone;

function voiceOf(tongue) {
  if (!("speechSynthesis" in window)) return undefined;
  return speechSynthesis.getVoices().find((voice) => voice.lang.toLowerCase().startsWith(tongue));
}

function mark() {
  document.body.classList.toggle("has-no-voice", !voiceOf("fr"));
}

function speak(button) {
  const voice = voiceOf(button.dataset.tongue || "fr");
  if (!voice) return show(button);
  const words = new SpeechSynthesisUtterance(button.dataset.say);
  words.voice = voice;
  words.lang = voice.lang;
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
