// A screen's work in pages as high as the screen: what does not fit stands on the next page, never
// below the fold. The next thing is on the first page, and the screen goes back there by itself.
const WIDE = matchMedia("(min-width: 44.01rem) and (min-height: 27rem)");
const BACK = 30000;

const pager = document.getElementById("pager");
const [before, after] = pager.querySelectorAll("button");
// Arabic goes on to the left, where a browser counts from 0 down.
const way = document.documentElement.dir === "rtl" ? -1 : 1;
let page = 0;
let backTimer = null;

const flow = () => document.querySelector("[data-pages]");

// Columns that do not fit go on sideways: a page is as many as stand beside each other.
function measure(work) {
  const step = work.clientWidth + parseFloat(getComputedStyle(work).columnGap);
  return { step, pages: Math.max(1, Math.ceil((work.scrollWidth - work.clientWidth) / step + 0.95)) };
}

// The page's own number is drawn anew with each change: so the guard measures what has moved.
export function layPages() {
  document.body.classList.toggle("is-paged", WIDE.matches);
  const work = flow();
  const { step, pages } = work && WIDE.matches ? measure(work) : { step: 0, pages: 1 };
  page = Math.min(page, pages - 1);
  pager.hidden = pages === 1;
  pager.querySelector("[data-page]").textContent = `${page + 1}/${pages}`;
  before.disabled = page === 0;
  after.disabled = page === pages - 1;
  if (work) work.scrollLeft = way * page * step;
  document.dispatchEvent(new Event("pages"));
}

export function turnPage(by) {
  page = Math.max(0, page + by);
  layPages();
  clearTimeout(backTimer);
  backTimer = setTimeout(() => { page = 0; layPages(); }, BACK);
}

before.addEventListener("click", () => turnPage(-1));
after.addEventListener("click", () => turnPage(1));
// The keyboard's focus may have led to another page.
document.addEventListener("focusin", ({ target }) => {
  const work = flow();
  if (!work?.contains(target) || !WIDE.matches) return;
  const { step } = measure(work);
  const [at, edge] = [target.getBoundingClientRect(), work.getBoundingClientRect()];
  const before = way > 0 ? at.left - edge.left : edge.right - at.right;
  page = Math.floor((before + Math.abs(work.scrollLeft)) / step);
  layPages();
});
document.addEventListener("toggle", ({ target }) => { if (target.closest?.("[data-pages]")) layPages(); }, true);
addEventListener("resize", layPages);
WIDE.addEventListener("change", layPages);
document.fonts?.ready.then(layPages);
