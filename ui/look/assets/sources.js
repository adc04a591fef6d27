// Citations and the passages beside the answer: a chip opens its passage, and
// the arrow keys walk from chip to chip.
import "./crop.js";

export function openSource(turn, number) {
  const source = turn.querySelector(`[data-source="${CSS.escape(number)}"]`);
  if (!source) return;
  for (const other of turn.querySelectorAll("[data-source]")) {
    other.classList.toggle("is-active", other === source);
  }
  const others = source.closest("[data-others]");
  if (others) others.open = true;
  source.open = true;
  source.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-chip]");
  if (!chip) return;
  event.preventDefault();
  openSource(chip.closest("[data-turn]"), chip.textContent);
});

document.addEventListener("keydown", (event) => {
  const chip = event.target.closest?.("[data-chip]");
  if (!chip || (event.key !== "ArrowRight" && event.key !== "ArrowLeft")) return;
  const chips = [...chip.closest("[data-turn]").querySelectorAll("[data-chip]")];
  const next = chips[chips.indexOf(chip) + (event.key === "ArrowRight" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
  openSource(next.closest("[data-turn]"), next.textContent);
});
