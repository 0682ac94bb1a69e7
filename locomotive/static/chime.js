// Two short sounds of our own: a rising pair for new orders, a falling triple for what changed.
// Browsers let a page sound only after a touch; until then a crossed-out loudspeaker says so.
const NOTES = { new: [660, 880], changed: [880, 660, 440] };
const button = document.getElementById("sound");
let context = null;
let muted = false;

function show() {
  if (!button) return;
  const on = context?.state === "running" && !muted;
  button.classList.toggle("is-heard", on);
  button.setAttribute("aria-pressed", String(on));
}

// The first touch anywhere unlocks the sound.
export function heard() {
  if (!button || context?.state === "running") return;
  context ??= new AudioContext();
  context.resume().then(show, show);
}

export function news(kind) {
  if (button) button.dataset.last = kind;
  if (context?.state !== "running" || muted) return;
  NOTES[kind].forEach((pitch, index) => {
    const start = context.currentTime + index * 0.16;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.4, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.15);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.16);
  });
}

if (button && "AudioContext" in window) {
  button.hidden = false;
  button.addEventListener("click", () => {
    // A touch on the sign has unlocked the sound already; the next one mutes it.
    muted = button.classList.contains("is-heard");
    context?.resume().then(() => { show(); if (!muted) news("new"); });
  });
  show();
}
