// Notices: the lines in the corner of the page that say what just happened.

const area = document.querySelector("[data-notices]");
const lines = document.querySelector("[data-notice-lines]");

// notice shows a sentence; tone is good, warn, bad or plain.
export function notice(tone, text) {
  for (const old of area.querySelectorAll("[data-notice]")) {
    if (old.querySelector("p").textContent === text) return;
  }
  const line = lines.content.querySelector(`.tone-${tone}`).cloneNode(true);
  line.querySelector("p").textContent = text;
  area.append(line);
  passing(line);
}

// passing takes a good message away after a while, but not while it is looked
// at; one with a way to undo stays longer, and what went wrong stays.
export function passing(line) {
  if (!line.classList.contains("tone-good")) return;
  const time = line.querySelector("form") ? 20_000 : 8_000;
  let timer = setTimeout(() => line.remove(), time);
  const hold = () => clearTimeout(timer);
  const go = () => {
    clearTimeout(timer);
    timer = setTimeout(() => line.remove(), time / 2);
  };
  line.addEventListener("pointerenter", hold);
  line.addEventListener("pointerleave", go);
  line.addEventListener("focusin", hold);
  line.addEventListener("focusout", go);
}

// offline and expired are the two sentences that any script may need.
export const offline = () => notice("bad", area.dataset.offline);
export const expired = () => notice("warn", area.dataset.expired);
