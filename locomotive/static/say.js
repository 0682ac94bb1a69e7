// A touch on a dish's name says it: as the team recorded it, else with the browser's French voice.
function french() {
  return speechSynthesis.getVoices().find((voice) => voice.lang.toLowerCase().startsWith("fr"));
}

function speak(button) {
  if (!("speechSynthesis" in window) || !french()) return;
  const words = new SpeechSynthesisUtterance(button.dataset.say);
  words.voice = french();
  words.lang = "fr-FR";
  speechSynthesis.cancel();
  speechSynthesis.speak(words);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-say]");
  if (!button) return;
  button.classList.add("is-said");
  setTimeout(() => button.classList.remove("is-said"), 1200);
  if (!button.dataset.voice) return speak(button);
  new Audio(button.dataset.voice).play().catch(() => speak(button));
});
