// Asks the browser for the address at which it can be told something (Web Push), and sends it with
// the form; without the browser's consent nothing is sent.
const form = document.querySelector("form[data-push]");
const isAble = "PushManager" in window && "Notification" in window && navigator.serviceWorker;

function keyBytes(text) {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

async function subscription() {
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: keyBytes(form.dataset.push) };
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    // It belongs to a key that we had before.
    const before = await pushManager.getSubscription();
    if (!before) throw error;
    await before.unsubscribe();
    return pushManager.subscribe(options);
  }
}

async function send(event) {
  event.preventDefault();
  try {
    if ((await Notification.requestPermission()) !== "granted") throw new Error("not allowed");
    await navigator.serviceWorker.register(form.dataset.worker);
    const { endpoint, keys } = (await subscription()).toJSON();
    for (const [name, value] of Object.entries({ endpoint, p256dh: keys.p256dh, auth: keys.auth })) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    form.submit();
  } catch {
    form.querySelector(".error").hidden = false;
  }
}

if (form && isAble && !Number(form.dataset.on)) {
  form.hidden = false;
  form.addEventListener("submit", send);
}
