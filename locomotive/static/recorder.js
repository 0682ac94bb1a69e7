// Records the name of a dish with the microphone and sends it with the form.
const form = document.querySelector("[data-recorder]");
const button = form?.querySelector("[data-record]");

async function record() {
  const word = button.querySelector("span");
  const before = word.textContent;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    form.querySelector("[data-recorded]").textContent = button.dataset.deniedText;
    return;
  }
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond: 48000 });
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  recorder.addEventListener("stop", () => {
    for (const track of stream.getTracks()) track.stop();
    word.textContent = before;
    const chosen = new DataTransfer();
    chosen.items.add(new File(parts, "name", { type: recorder.mimeType }));
    form.querySelector("input[type=file]").files = chosen.files;
    form.requestSubmit();
  });
  recorder.start();
  word.textContent = button.dataset.stopText;
  const stop = () => { if (recorder.state === "recording") recorder.stop(); };
  button.addEventListener("click", stop, { once: true });
  setTimeout(stop, 10000);
}

if (button && "MediaRecorder" in window && navigator.mediaDevices) {
  button.hidden = false;
  button.addEventListener("click", () => { if (!form.dataset.busy) { form.dataset.busy = "1"; record().finally(() => setTimeout(() => delete form.dataset.busy, 200)); } });
}
