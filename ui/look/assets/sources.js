// Citations and the passages beside the answer: a chip opens its passage, the
// arrow keys walk from chip to chip, and Escape in a passage leads back.
import "./crop.js";
import { hide, tapped } from "./peek.js";

let opener = null; // the chip that opened the passage with the focus

export function openSource(turn, number) {
  const source = turn.querySelector(`[data-source="${CSS.escape(number)}"]`);
  if (!source) return null;
  for (const other of turn.querySelectorAll("[data-source]")) {
    other.classList.toggle("is-active", other === source);
  }
  const others = source.closest("[data-others]");
  if (others) others.open = true;
  source.open = true;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  source.scrollIntoView({ block: "nearest", behavior: still ? "instant" : "smooth" });
  return source;
}

document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-chip]");
  if (!chip) return;
  event.preventDefault();
  if (tapped(event, chip)) return;
  hide();
  const source = openSource(chip.closest("[data-turn]"), chip.textContent);
  // Opened with the keyboard, the passage is read where it stands.
  if (source && event.detail === 0) {
    opener = chip;
    source.querySelector("summary").focus({ preventScroll: true });
  }
});

const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function walk(event, chip) {
  const chips = [...chip.closest("[data-turn]").querySelectorAll("[data-chip]")];
  const at = chips.indexOf(chip);
  const next = { Home: chips[0], End: chips.at(-1) }[event.key] ?? chips[at + steps[event.key]];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const chip = event.target.closest?.("[data-chip]");
  if (chip && (event.key in steps || event.key === "Home" || event.key === "End")) walk(event, chip);
  if (event.key === "Escape" && opener?.isConnected && event.target.closest?.("[data-source]")) {
    opener.focus();
    opener = null;
  }
});
