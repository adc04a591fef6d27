// What stands on a page: the passage's rectangles, and its words, invisible,
// so that they can be selected and are read out.
const svg = "http://www.w3.org/2000/svg";

// fetchWords gives null where the page can't be read.
export async function fetchWords(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function element(name, attributes) {
  const made = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// drawMarks puts the rectangles into a layer whose viewBox is in points.
export function drawMarks(layer, page) {
  const group = element("g", { class: "picture-marks" });
  for (const r of page.rects) {
    group.append(element("rect", {
      x: (r.x * page.width - 1).toFixed(2), y: (r.y * page.height - 1).toFixed(2),
      width: (r.w * page.width + 2).toFixed(2), height: (r.h * page.height + 2).toFixed(2), rx: 1.5,
    }));
  }
  layer.prepend(group);
  return group;
}

// drawWords puts one text a line over the picture's.
export function drawWords(layer, page) {
  const group = element("g", { class: "picture-words" });
  for (const line of page.lines) {
    const [x, y] = [line.x * page.width, line.y * page.height];
    const [w, h] = [line.w * page.width, line.h * page.height];
    const [along, across] = line.upright ? [h, w] : [w, h];
    if (along < 0.5 || across < 0.5) continue;
    const place = line.upright ? `translate(${(x + w * 0.25).toFixed(2)} ${y.toFixed(2)}) rotate(90)` : `translate(${x.toFixed(2)} ${(y + h * 0.78).toFixed(2)})`;
    const text = element("text", { transform: place, "font-size": across.toFixed(2), textLength: along.toFixed(2), lengthAdjust: "spacingAndGlyphs" });
    text.textContent = line.text;
    group.append(text, document.createTextNode("\n"));
  }
  layer.append(group);
}
