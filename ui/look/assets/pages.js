// The pages of a PDF: marks and words for those in sight, thumbnails that
// follow, size, and the keys Page Up, Page Down, +, - and 0.
import { drawMarks, drawWords, fetchWords } from "./marks.js";

const viewer = document.querySelector("[data-pages]");
if (viewer) start(viewer);

function start(root) {
  const figures = [...root.querySelectorAll("[data-page]")];
  const stack = root.querySelector("[data-stack]");
  const now = root.querySelector("[data-now]");
  const filled = new WeakSet();
  let current = 0;
  let steering = 0; // until when scrolling is ours

  async function fill(figure) {
    if (filled.has(figure)) return;
    filled.add(figure);
    const page = await fetchWords(figure.dataset.words);
    if (!page) return;
    const layer = figure.querySelector("[data-layer]");
    layer.setAttribute("viewBox", `0 0 ${page.width} ${page.height}`);
    drawWords(layer, page);
    if (!("passage" in figure.dataset)) return;
    if (page.rects.length > 0) {
      drawMarks(layer, page);
    } else {
      root.querySelector("[data-unplaced]")?.removeAttribute("hidden");
    }
  }

  function setCurrent(index) {
    if (index < 0 || index >= figures.length) return;
    current = index;
    const n = figures[index].dataset.page;
    now.textContent = now.dataset.now.replace("#", n);
    for (const link of root.querySelectorAll("[data-thumb]")) {
      const here = link.dataset.thumb === n;
      if (here === (link.getAttribute("aria-current") === "page")) continue;
      link.setAttribute("aria-current", here ? "page" : "false");
      if (here) reveal(link);
    }
  }

  // The strip scrolls by itself: scrollIntoView would move the page as well.
  function reveal(link) {
    const strip = link.closest(".thumbs");
    const [a, b] = [strip.getBoundingClientRect(), link.getBoundingClientRect()];
    strip.scrollBy({ top: b.top - a.top - (a.height - b.height) / 2, left: b.left - a.left - (a.width - b.width) / 2 });
  }

  function go(index, behavior = "instant") {
    const figure = figures[Math.min(Math.max(index, 0), figures.length - 1)];
    steering = performance.now() + 400;
    figure.scrollIntoView({ block: "start", behavior });
    setCurrent(figures.indexOf(figure));
  }

  const near = new IntersectionObserver((seen) => {
    for (const s of seen) if (s.isIntersecting) fill(s.target);
  }, { rootMargin: "300px" });
  const middle = new IntersectionObserver((seen) => {
    if (performance.now() < steering) return;
    for (const s of seen) if (s.isIntersecting) setCurrent(figures.indexOf(s.target));
  }, { rootMargin: "-45% 0px -54% 0px" });
  for (const figure of figures) {
    near.observe(figure);
    middle.observe(figure);
    const image = figure.querySelector("img");
    figure.classList.toggle("is-waiting", !image.complete);
    image.addEventListener("load", () => figure.classList.remove("is-waiting"));
    const missing = () => {
      figure.classList.remove("is-waiting");
      figure.classList.add("is-missing");
      figure.querySelector("[data-missing]").hidden = false;
    };
    image.addEventListener("error", missing);
    if (image.complete && image.naturalWidth === 0 && image.currentSrc) missing();
  }

  function zoom(step) {
    root.classList.remove("zoom-fit", "zoom-100", "zoom-150");
    root.classList.add(`zoom-${step}`);
    for (const button of root.querySelectorAll("[data-zoom]")) {
      button.setAttribute("aria-pressed", String(button.dataset.zoom === step));
    }
    for (const figure of figures) size(figure, step);
    go(current);
  }

  // A larger picture is asked for where the screen can show it.
  function size(figure, step) {
    const image = figure.querySelector("img");
    figure.dataset.wide ??= image.getAttribute("width");
    figure.dataset.high ??= image.getAttribute("height");
    const factor = step === "150" ? 1.5 : 1;
    image.setAttribute("width", Math.round(figure.dataset.wide * factor));
    image.setAttribute("height", Math.round(figure.dataset.high * factor));
    const shown = step === "fit" ? stack.clientWidth : figure.dataset.wide * factor;
    const want = [1000, 1600, 2000].find((w) => w >= shown * devicePixelRatio * 0.8) ?? 2000;
    const address = new URL(image.src);
    if (Number(address.searchParams.get("width")) >= want) return;
    address.searchParams.set("width", want);
    image.src = address.pathname + address.search;
  }

  const steps = ["fit", "100", "150"];
  const step = () => root.querySelector("[data-zoom][aria-pressed=true]").dataset.zoom;
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom]");
    if (button) zoom(button.dataset.zoom);
    if (event.target.closest("[data-page-back]")) go(current - 1);
    if (event.target.closest("[data-page-on]")) go(current + 1);
    const thumb = event.target.closest("[data-thumb]");
    if (!thumb) return;
    event.preventDefault();
    go(figures.findIndex((f) => f.dataset.page === thumb.dataset.thumb));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog[open]")) return;
    const at = steps.indexOf(step());
    if (event.key === "PageDown") go(current + 1);
    else if (event.key === "PageUp") go(current - 1);
    else if (event.key === "+") zoom(steps[Math.min(at + 1, 2)]);
    else if (event.key === "-") zoom(steps[Math.max(at - 1, 0)]);
    else if (event.key === "0") zoom("fit");
    else return;
    event.preventDefault();
  });

  root.querySelector("[data-to-mark]")?.addEventListener("click", (event) => {
    event.preventDefault();
    showPassage(figures, fill, arrive);
  });
  function arrive(index) {
    steering = performance.now() + 600;
    setCurrent(index);
  }
  if (devicePixelRatio > 1.3) for (const figure of figures) size(figure, "fit");
  showPassage(figures, fill, arrive);
}

// showPassage brings the first rectangle to the middle of the screen.
async function showPassage(figures, fill, arrived) {
  const index = figures.findIndex((f) => "passage" in f.dataset);
  if (index < 0) {
    arrived(0);
    return;
  }
  const figure = figures[index];
  await fill(figure);
  const mark = figure.querySelector(".picture-marks rect") ?? figure;
  mark.scrollIntoView({ block: "center", behavior: "instant" });
  arrived(index);
}
