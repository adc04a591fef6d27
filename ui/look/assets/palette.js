// The command palette (Ctrl or Cmd and K): what the person may open or do, from
// /palette, narrowed by what is typed. A combobox with a list box, after the
// ARIA authoring practices.
import { notice, offline } from "./notice.js";
import { showKeys } from "./keys.js";

const dialog = document.querySelector("[data-palette]");
const fold = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

if (dialog) begin();

function begin() {
  const input = dialog.querySelector("[data-palette-input]");
  const list = dialog.querySelector("[data-palette-list]");
  const none = dialog.querySelector("[data-palette-none]");
  const status = dialog.querySelector("[data-palette-status]");
  let visible = [];
  let at = -1;
  let partial = false;
  let asked = "";
  let timer = 0;

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else if (!document.querySelector("dialog[open]")) open();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]")) open();
  });
  dialog.querySelector("[data-palette-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  async function open() {
    input.value = "";
    document.getElementById("menu")?.hidePopover?.();
    dialog.showModal();
    input.focus();
    narrow();
    await load("");
  }

  async function load(words) {
    asked = words;
    try {
      const response = await fetch(`${dialog.dataset.from}?${new URLSearchParams({ q: words })}`, { headers: { "Coffre-Part": "palette" } });
      if (response.status === 401) {
        location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
        return;
      }
      if (!response.ok || asked !== words) return;
      list.innerHTML = await response.text();
    } catch {
      dialog.close();
      offline();
      return;
    }
    partial = list.querySelector("[data-partial]") !== null || words !== "";
    narrow();
  }

  // A text that reads like a question is asked first, a word or two is looked
  // for among the pages and documents first.
  function narrow() {
    const typed = input.value.trim();
    const words = fold(typed).split(/\s+/).filter(Boolean);
    visible = [];
    for (const group of list.querySelectorAll("[data-group]")) {
      let shown = 0;
      const most = typed === "" ? Number(group.dataset.first) || Infinity : 8;
      for (const item of group.querySelectorAll("[data-item]")) {
        const own = "typed" in item.dataset;
        const text = fold(item.textContent);
        const fits = own ? typed !== "" : words.every((w) => text.includes(w));
        item.hidden = !fits || shown >= most;
        if (!item.hidden) shown++;
        if (own) item.querySelector("[data-typed-text]").textContent = typed;
      }
      group.hidden = shown === 0;
    }
    const typedGroup = list.querySelector("[data-group=typed]");
    const others = list.querySelector("[data-group]:not([data-group=typed]):not([hidden])");
    if (typedGroup) list.insertBefore(typedGroup, words.length > 2 || typed.endsWith("?") || !others ? list.firstChild : null);
    visible = [...list.querySelectorAll("[data-group]:not([hidden]) [data-item]:not([hidden])")];
    none.hidden = visible.length > 0;
    none.textContent = list.childElementCount === 0 ? none.dataset.loading : none.dataset.none;
    status.textContent = typed === "" ? "" : status.dataset.count.replace("999", visible.length);
    select(0);
  }

  function select(index) {
    visible[at]?.setAttribute("aria-selected", "false");
    for (const item of list.querySelectorAll("[aria-selected=true]")) item.setAttribute("aria-selected", "false");
    at = visible.length === 0 ? -1 : (index + visible.length) % visible.length;
    const item = visible[at];
    if (!item) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    item.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", item.id);
    const group = item.parentElement;
    (item === group.querySelector("[data-item]:not([hidden])") ? group : item).scrollIntoView({ block: "nearest" });
  }

  input.addEventListener("input", () => {
    narrow();
    clearTimeout(timer);
    if (partial) timer = setTimeout(() => load(input.value.trim()), 150);
  });

  const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key in moves) {
      event.preventDefault();
      const step = moves[event.key];
      select(Math.abs(step) === 1 ? at + step : Math.min(Math.max(at + step, 0), visible.length - 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      visible[at]?.click();
    } else if (event.key === "Tab") {
      event.preventDefault(); // the list is walked with the arrow keys
    }
  });

  list.addEventListener("pointermove", (event) => {
    const item = event.target.closest("[data-item]");
    if (item && visible[at] !== item) select(visible.indexOf(item));
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[data-act]");
    if (!item) return;
    dialog.close();
    const [act, value] = item.dataset.act.split(":");
    acts[act](value ?? input.value.trim());
  });
}

const acts = {
  ask(question) {
    const here = new CustomEvent("coffre-ask", { detail: question, cancelable: true });
    if (!document.dispatchEvent(here)) return; // the page at hand asks it
    sessionStorage.setItem("coffre-ask", question);
    location.assign("/ask");
  },
  search(words) {
    location.assign(`/search?${new URLSearchParams({ q: words })}`);
  },
  lang(lang) {
    const form = document.querySelector("[data-preferences]");
    form.elements.lang.value = lang;
    form.requestSubmit();
  },
  theme(theme) {
    const select = document.querySelector("[data-preferences]").elements.theme;
    select.value = theme;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    notice("good", select.selectedOptions[0].textContent);
  },
  keys: () => showKeys(),
  signout: () => document.querySelector("form[action='/signout']").requestSubmit(),
};
