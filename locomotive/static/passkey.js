// Ask the browser for a passkey, put what it says into the form, then send the form.
const KINDS = {
  create: (options) => navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  }),
  get: (options) => navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
  }),
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    form.querySelector("[data-unable]").hidden = false;
    form.querySelector("button").disabled = true;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const givenUp = form.querySelector("[data-given-up]");
    givenUp.hidden = true;
    try {
      const given = await KINDS[form.dataset.passkey](JSON.parse(form.dataset.options));
      form.elements.credential.value = JSON.stringify(given.toJSON());
      form.submit();
    } catch {
      givenUp.hidden = false;
    }
  });
}
