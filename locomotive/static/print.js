for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Each label of a roll is a page as long as what stands on it; a browser needs it told in numbers.
const MARGIN = 3;
const pages = new CSSStyleSheet();
for (const [number, label] of document.querySelectorAll(".roll .label").entries()) {
  const height = Math.ceil(label.getBoundingClientRect().height / (96 / 25.4)) + 2 * MARGIN;
  pages.insertRule(`@page label-${number} { size: 62mm ${height}mm; margin: ${MARGIN}mm }`);
  label.parentElement.style.setProperty("page", `label-${number}`);
}
document.adoptedStyleSheets = [...document.adoptedStyleSheets, pages];
