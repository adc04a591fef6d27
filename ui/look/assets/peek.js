// The popover of a citation: shows the passage beside its chip while the
// pointer or the focus is on it. Escape closes it; the pointer may move into
// it; under a finger the first tap shows it and the second opens the source.

const gap = 6;
const edge = 12;
let shown = null; // the popover, and the chip that it belongs to
let chip = null;
let timer = 0;

const peekOf = (target) => document.getElementById(target.getAttribute("aria-describedby")?.replace(/-words$/, ""));

function place() {
  const at = chip.getBoundingClientRect();
  const box = shown.getBoundingClientRect();
  const left = Math.min(Math.max(at.left + at.width / 2 - box.width / 2, edge), document.documentElement.clientWidth - box.width - edge);
  const below = at.bottom + gap;
  const above = at.top - gap - box.height;
  const top = below + box.height > innerHeight - edge && above > edge ? above : below;
  shown.style.setProperty("--peek-left", `${Math.max(left, edge)}px`);
  shown.style.setProperty("--peek-top", `${top}px`);
}

function show(target) {
  clearTimeout(timer);
  if (target === chip) return;
  hide();
  const peek = peekOf(target);
  if (!peek?.showPopover) return;
  peek.showPopover();
  [shown, chip] = [peek, target];
  place();
}

export function hide() {
  clearTimeout(timer);
  if (shown?.isConnected && shown.matches(":popover-open")) shown.hidePopover();
  shown = chip = null;
}

function later(what, delay) {
  clearTimeout(timer);
  timer = setTimeout(what, delay);
}

// tapped says that a tap has only shown the popover, so that nothing opens yet.
export function tapped(event, target) {
  if (event.pointerType !== "touch" || target === chip || !peekOf(target)) return false;
  show(target);
  return true;
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return;
  const target = event.target.closest?.("[data-chip]");
  if (target) later(() => show(target), chip ? 0 : 140);
  else if (event.target.closest?.("[data-peek]")) clearTimeout(timer);
  else if (chip && document.activeElement !== chip) later(hide, 180);
  else if (!chip) clearTimeout(timer);
});

document.addEventListener("focusin", (event) => {
  const target = event.target.closest?.("[data-chip]");
  if (target?.matches(":focus-visible")) show(target);
  else if (!event.target.closest?.("[data-peek]")) hide();
});

document.addEventListener("pointerdown", (event) => {
  if (chip && !event.target.closest?.("[data-chip], [data-peek]")) hide();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !chip) return;
  event.preventDefault();
  hide();
});

addEventListener("scroll", (event) => {
  if (!chip || shown.contains(event.target)) return;
  const at = chip.getBoundingClientRect();
  if (at.bottom < 0 || at.top > innerHeight) hide();
  else place();
}, { capture: true, passive: true });
addEventListener("resize", hide);
