// What every page has: appearance, notices, confirmation, copying, menus, and
// what happens when coffre doesn't answer.
import { notice, passing } from "./notice.js";
import "./keys.js";
import "./palette.js";

const root = document.documentElement;

for (const line of document.querySelectorAll("[data-notice]")) passing(line);

for (const form of document.querySelectorAll("[data-preferences]")) {
  form.elements.lang.addEventListener("change", () => form.requestSubmit());
  form.elements.theme.addEventListener("change", (event) => {
    const theme = event.target.value;
    root.dataset.theme = theme;
    document.cookie = `coffre-theme=${theme}; path=/; max-age=31536000; samesite=lax; secure`;
  });
}

document.addEventListener("click", (event) => {
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest("[data-notice]").remove();

  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy);

  for (const drop of document.querySelectorAll("details[data-drop][open]")) {
    if (!drop.contains(event.target)) drop.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const drop = document.querySelector("details[data-drop][open]");
  if (!drop) return;
  drop.open = false;
  drop.querySelector("summary").focus();
});

async function copyText(button) {
  const label = button.querySelector("span");
  const before = label.textContent;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  label.textContent = button.dataset.copied;
  setTimeout(() => { label.textContent = before; }, 2000);
}

// A form with data-confirm is held back until its question is answered.
const dialog = document.querySelector("[data-confirm-dialog]");
const yes = dialog.querySelector("[data-confirm-yes]");
let held = null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.confirm || form === held) return;
  event.preventDefault();
  dialog.querySelector("[data-confirm-text]").textContent = form.dataset.confirm;
  yes.textContent = form.dataset.confirmLabel || yes.dataset.default;
  dialog.returnValue = "";
  held = form;
  dialog.showModal();
});

dialog.addEventListener("close", () => {
  const form = held;
  if (dialog.returnValue === "confirm" && form) form.requestSubmit();
  held = null;
});

// After a refused form, the first field to correct has the focus; /design shows
// refused fields that nobody sent.
document.querySelector("main [aria-invalid=true]:not(.design *)")?.focus();

for (const form of document.querySelectorAll("[data-auto-submit]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// A fragment that could not be had leaves the page as it is; only a session
// that has ended leads away.
let unanswered = 0;
document.addEventListener("htmx:before:response", (event) => {
  const { response, request } = event.detail.ctx;
  unanswered = 0;
  if (response.status === 401) {
    event.preventDefault();
    location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
  } else if (response.status >= 500 || (response.status >= 400 && request.method === "GET")) {
    event.preventDefault();
  }
});
document.addEventListener("htmx:error", () => {
  unanswered += 1;
  if (unanswered === 3) notice("bad", document.querySelector("[data-notices]").dataset.offline);
});

// Moments are written by the box's clock. Who reads elsewhere reads them by their own, with the box's as a hint.
const pad = (n) => String(n).padStart(2, "0");
const clock = (at) => `${pad(at.getHours())}:${pad(at.getMinutes())}`;

function ownTime(time) {
  const written = time.dateTime, at = new Date(written);
  const offset = -at.getTimezoneOffset();
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(written) ?? [null, "+", "00", "00"];
  if (time.dataset.own === written || isNaN(at) || at.getFullYear() < 1971 || offset === Number(sign + (60 * hours + Number(minutes)))) return;
  const day = at.getDate(), month = new Intl.DateTimeFormat(root.lang, { month: "long" }).format(at);
  time.dataset.own = written;
  time.title = `${time.textContent} (UTC${sign}${hours}:${minutes})`;
  if (time.classList.contains("stamp")) {
    time.textContent = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(day)} ${clock(at)}:${pad(at.getSeconds())}`;
  } else if (root.lang === "fr") {
    time.textContent = `${day === 1 ? "1er" : day}\u00a0${month} ${at.getFullYear()} à\u00a0${clock(at)}`;
  } else {
    time.textContent = `${day}\u00a0${month} ${at.getFullYear()} at\u00a0${clock(at)}`;
  }
}

function ownTimes() {
  document.querySelectorAll("time[datetime]").forEach(ownTime);
}
ownTimes();
document.addEventListener("htmx:after:swap", ownTimes);
