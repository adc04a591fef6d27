// Keyboard shortcuts: g and a letter lead to a page, / to the search, ? shows
// the list. Nothing fires while somebody types, and single keys can be turned
// off (WCAG 2.2, 2.1.4).
const dialog = document.querySelector("[data-keys]");
const mac = /Mac|iPhone|iPad/.test(navigator.platform);
const stored = "coffre-keys";
let gone = 0; // until when a letter follows g

for (const key of document.querySelectorAll("[data-mod]")) {
  if (mac) key.textContent = `⌘ ${key.dataset.mod}`;
}

export function showKeys() {
  if (dialog && !document.querySelector("dialog[open]")) dialog.showModal();
}

function remembered() {
  try {
    return localStorage.getItem(stored);
  } catch {
    return null;
  }
}

if (dialog) {
  const single = dialog.querySelector("[data-keys-single]");
  single.checked = remembered() !== "off";
  single.addEventListener("change", () => {
    try {
      if (single.checked) localStorage.removeItem(stored);
      else localStorage.setItem(stored, "off");
    } catch {
      // the choice holds on this page alone
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-open]")) {
      document.getElementById("menu")?.hidePopover?.();
      showKeys();
    } else if (event.target === dialog) {
      dialog.close();
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea, [contenteditable], dialog[open]");
    if (!single.checked || typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (document.querySelector("dialog[open]")) return;
    act(event);
  });
}

function act(event) {
  const key = event.key.toLowerCase();
  const follows = performance.now() < gone;
  gone = 0;
  if (follows) {
    const row = dialog.querySelector(`[data-go="${CSS.escape(key)}"]`);
    if (row) {
      event.preventDefault();
      location.assign(row.dataset.href);
    }
  } else if (key === "g") {
    gone = performance.now() + 1500;
  } else if (key === "/") {
    event.preventDefault();
    const field = document.getElementById("search-q");
    if (field) field.select();
    else location.assign("/search");
  } else if (key === "?") {
    event.preventDefault();
    showKeys();
  }
}
