// The question box: sends a question, shows the answer as it comes, stops it.
// Without scripts the same form posts and the page comes back whole.
import { events } from "./sse.js";
import { StreamText } from "./stream.js";
import { offline } from "./notice.js";
import "./sources.js";

const page = document.querySelector("[data-ask]");
const composer = page.querySelector("[data-composer]");
const box = composer.elements.question;
const turns = page.querySelector("[data-turns]");
const status = page.querySelector("[data-ask-status]");
const send = composer.querySelector("[data-send]");
const stop = composer.querySelector("[data-stop-button]");
let running = null;

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  if (running || box.value.trim() === "") {
    box.focus();
    return;
  }
  ask(box.value.trim());
});

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  }
});

for (const form of page.querySelectorAll("[data-example]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!running) ask(form.elements.question.value);
  });
}

stop.addEventListener("click", () => {
  if (!running) return;
  stop.disabled = true;
  const { answer, abort } = running;
  if (answer) {
    fetch(composer.dataset.stop, { method: "POST", body: new URLSearchParams({ answer }) }).catch(() => abort.abort());
    // The box ends the stream itself; it is cut here only if it doesn't.
    setTimeout(() => abort.abort(), 4000);
  } else {
    abort.abort();
  }
});

async function ask(question) {
  // An answer of which nothing is kept has no address: it is the page that the
  // form itself answers with.
  if (composer.elements.unkept?.checked) {
    box.value = question;
    composer.submit();
    return;
  }
  const body = new URLSearchParams(new FormData(composer));
  body.set("question", question);
  const turn = beginTurn(question);
  running = { turn, answer: "", abort: new AbortController() };
  setRunning(true);
  try {
    const response = await fetch(composer.dataset.stream, { method: "POST", body, headers: { "Coffre-Part": "stream" }, signal: running.abort.signal });
    if (response.status === 401) {
      location.assign(`/signin?next=${encodeURIComponent(location.pathname)}`);
      return;
    }
    if (response.ok) await follow(response, turn);
    else endTurn(turn, await response.text(), true);
  } catch (error) {
    interrupted(turn, error);
  } finally {
    running = null;
    setRunning(false);
  }
}

function beginTurn(question) {
  page.querySelector("[data-ask-welcome]").replaceChildren();
  if (page.classList.contains("is-new")) {
    const title = page.querySelector("[data-ask-title]");
    title.className = "unseen";
    title.textContent = question;
  }
  page.classList.remove("is-new");
  const turn = page.querySelector("[data-turn-template]").content.firstElementChild.cloneNode(true);
  turn.querySelector("[data-question]").textContent = question;
  turns.append(turn);
  turn.scrollIntoView({ block: "start", behavior: "smooth" });
  pendConversation(question);
  box.value = "";
  box.removeAttribute("aria-invalid");
  return turn;
}

async function follow(response, turn) {
  const text = new StreamText(turn.querySelector("[data-stream-text]"), turn);
  const state = turn.querySelector("[data-state-text]");
  let ended = false;
  for await (const { name, data } of events(response)) {
    switch (name) {
      case "start":
        turn.id = data.answer;
        running.answer = data.answer;
        break;
      case "queue":
        state.textContent = state.dataset.queue.replace("…", data.position);
        break;
      case "passages":
        turn.querySelector("[data-sources]").innerHTML = data.html;
        state.textContent = state.dataset.writing;
        break;
      case "token":
        turn.querySelector("[data-skeleton]")?.remove();
        text.add(data.text);
        break;
      case "done":
        ended = true;
        endTurn(turn, data.html, false);
        keepConversation(data);
        break;
      case "error":
        ended = true;
        endTurn(turn, data.html, true);
        break;
    }
  }
  if (!ended) throw new TypeError("the stream ended early");
}

// endTurn shows the checked answer in place of what was streamed; a fault goes
// below what has come, so that nothing is lost.
function endTurn(turn, html, fault) {
  turn.removeAttribute("aria-busy");
  if (!fault) {
    turn.querySelector("[data-turn-body]").innerHTML = html;
    return;
  }
  turn.querySelector("[data-state]")?.remove();
  for (const waiting of turn.querySelectorAll(".skeleton")) waiting.remove();
  turn.querySelector(".answer").insertAdjacentHTML("beforeend", html);
}

function interrupted(turn, error) {
  turn.removeAttribute("aria-busy");
  const state = turn.querySelector("[data-state]");
  for (const waiting of turn.querySelectorAll(".skeleton")) waiting.remove();
  if (error.name === "AbortError") {
    if (state) state.textContent = status.dataset.stopped;
    return;
  }
  const lost = turn.querySelector("[data-lost]");
  if (lost) {
    state?.remove();
    lost.hidden = false;
  } else {
    offline();
  }
}

// pendConversation puts a new conversation into the list at once: later, the
// list would move under somebody's hand.
function pendConversation(question) {
  const list = document.querySelector("[data-conversations]");
  if (!list || page.querySelector("[data-conversation]").value) return;
  const line = document.createElement("li");
  const link = document.createElement("a");
  const words = document.createElement("span");
  link.href = "/ask";
  link.setAttribute("aria-current", "page");
  words.textContent = question;
  link.append(words);
  line.append(link);
  list.prepend(line);
  document.querySelector("[data-conversations-none]")?.remove();
}

function keepConversation(data) {
  page.querySelector("[data-conversation]").value = data.conversation;
  if (data.url) history.replaceState(null, "", data.url);
  const list = document.querySelector("[data-conversations]");
  if (!data.item || !list) return;
  list.querySelector("[aria-current=page]")?.closest("li").remove();
  list.insertAdjacentHTML("afterbegin", data.item);
  document.querySelector("[data-conversations-none]")?.remove();
}

function setRunning(on) {
  send.hidden = on;
  stop.hidden = !on;
  stop.disabled = false;
  status.textContent = on ? status.dataset.thinking : status.dataset.ready;
  if (!on) box.focus({ preventScroll: true });
}

const scope = composer.querySelector("[data-scope-label]");
composer.querySelector(".scope-body")?.addEventListener("change", () => {
  const chosen = [...composer.querySelectorAll("[name=collection]:checked")];
  scope.textContent = chosen.map((c) => c.nextElementSibling.textContent).join(", ") || scope.dataset.all;
});

// A question that comes from the command palette, on this page or another.
document.addEventListener("coffre-ask", (event) => {
  event.preventDefault();
  if (!running) ask(event.detail);
});
const brought = sessionStorage.getItem("coffre-ask");
sessionStorage.removeItem("coffre-ask");
if (brought) ask(brought);
