// The part of a page where a source's passage stands, once the source is open.
import { drawMarks, fetchWords } from "./marks.js";

const svg = "http://www.w3.org/2000/svg";
const shape = 7 / 16; // as in pages.css

async function fill(crop) {
  if (crop.dataset.filled) return;
  crop.dataset.filled = "1";
  const page = await fetchWords(crop.dataset.words);
  if (!page || page.rects.length === 0) {
    crop.hidden = true;
    return;
  }
  const left = Math.min(...page.rects.map((r) => r.x)) * page.width - 12;
  const right = Math.max(...page.rects.map((r) => r.x + r.w)) * page.width + 12;
  const width = Math.min(Math.max(right - left, page.width * 0.55), page.width);
  const height = Math.min(width * shape, page.height);
  const x = Math.min(Math.max(left, 0), page.width - width);
  const top = Math.min(...page.rects.map((r) => r.y)) * page.height;
  const bottom = Math.max(...page.rects.map((r) => r.y + r.h)) * page.height;
  const wish = bottom - top < height ? (top + bottom - height) / 2 : top - height * 0.08;
  const y = Math.min(Math.max(wish, 0), page.height - height);

  const layer = document.createElementNS(svg, "svg");
  layer.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
  layer.setAttribute("aria-hidden", "true");
  const image = document.createElementNS(svg, "image");
  image.setAttribute("href", crop.dataset.crop);
  image.setAttribute("width", page.width);
  image.setAttribute("height", page.height);
  image.setAttribute("preserveAspectRatio", "none");
  layer.append(image);
  layer.append(drawMarks(layer, page));
  crop.append(layer);
}

const seen = new IntersectionObserver((all) => {
  for (const s of all) {
    if (!s.isIntersecting) continue;
    seen.unobserve(s.target);
    fill(s.target);
  }
});

function look(within) {
  for (const crop of within.querySelectorAll("[data-crop]:not([data-filled])")) seen.observe(crop);
}

// A source that is opened later, or that a stream brings.
document.addEventListener("toggle", (event) => look(event.target), true);
look(document);
