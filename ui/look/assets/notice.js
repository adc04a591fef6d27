// Notices: the line at the top of the page that says what just happened.

const area = document.querySelector("[data-notices]");

// notice shows a sentence; tone is good, warn, bad or plain.
export function notice(tone, text) {
  for (const old of area.querySelectorAll("[data-notice]")) {
    if (old.querySelector("p").textContent === text) return;
  }
  const line = document.createElement("div");
  line.className = `notice tone-${tone}`;
  line.dataset.notice = "";
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button quiet small";
  close.dataset.dismiss = "";
  close.textContent = area.dataset.close;
  line.append(words, close);
  area.append(line);
}

// offline and expired are the two sentences that any script may need.
export const offline = () => notice("bad", area.dataset.offline);
export const expired = () => notice("warn", area.dataset.expired);
