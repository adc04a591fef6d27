// Uploads: files chosen or dropped go up one after the other with their
// progress, and the list below is asked for again after each.
import { notice } from "./notice.js";

const form = document.querySelector("[data-upload]");
if (form) begin(form);

// The line under the title counts what the list shows.
document.addEventListener("htmx:after:swap", () => {
  const line = document.querySelector(".head-line");
  const list = document.getElementById("document-list");
  if (line && list) line.textContent = list.dataset.line;
});

function begin(form) {
  const input = form.elements.file;
  const list = form.querySelector("[data-upload-list]");
  const template = form.querySelector("[data-upload-template]");
  const queue = [];
  let busy = false;
  let received = 0;

  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });

  form.addEventListener("submit", (event) => event.preventDefault());

  let depth = 0;
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragenter", (event) => {
    if (hasFiles(event)) form.classList.toggle("is-over", ++depth > 0);
  });
  addEventListener("dragleave", (event) => {
    if (hasFiles(event)) form.classList.toggle("is-over", --depth > 0);
  });
  addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    form.classList.remove("is-over");
    add(event.dataTransfer.files);
  });

  function add(files) {
    for (const file of files) {
      const line = template.content.firstElementChild.cloneNode(true);
      line.querySelector("[data-name]").textContent = file.name;
      line.querySelector("[data-bar]").setAttribute("aria-label", file.name);
      line.querySelector("[data-state]").textContent = form.dataset.waiting;
      list.append(line);
      queue.push({ file, line, collection: form.elements.collection.value });
    }
    next();
  }

  async function next() {
    if (busy) return;
    if (queue.length === 0) {
      if (received > 0) notice("good", received === 1 ? form.dataset.done : form.dataset.doneMany.replace("999", received));
      received = 0;
      return;
    }
    busy = true;
    const job = queue.shift();
    await send(job);
    refresh();
    busy = false;
    next();
  }

  // fetch tells nothing of an upload's progress; XMLHttpRequest does.
  function send({ file, line, collection }) {
    const bar = line.querySelector("[data-bar]");
    const state = line.querySelector("[data-state]");
    return new Promise((resolve) => {
      const body = new FormData();
      body.set("collection", collection);
      body.set("file", file, file.name);
      const request = new XMLHttpRequest();
      request.open("POST", form.getAttribute("action"));
      request.setRequestHeader("Coffre-Part", "row");
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable || event.total === 0) return;
        bar.value = (event.loaded / event.total) * 100;
        const all = event.loaded === event.total;
        state.textContent = all ? form.dataset.storing : `${form.dataset.sending} ${Math.floor(bar.value)} %`;
      });
      request.addEventListener("load", () => {
        bar.remove();
        if (request.status === 401) location.assign("/signin?next=/documents");
        state.innerHTML = request.responseText;
        line.classList.toggle("is-bad", request.status >= 400);
        if (request.status < 300) received++;
        resolve();
      });
      for (const broken of ["error", "abort", "timeout"]) {
        request.addEventListener(broken, () => {
          bar.remove();
          state.textContent = form.dataset.failed;
          line.classList.add("is-bad");
          resolve();
        });
      }
      request.send(body);
    });
  }

  // What became of a file stands in its row below; the line up here says it too,
  // or a file that could not be read would look well received.
  document.addEventListener("htmx:after:swap", () => {
    for (const result of list.querySelectorAll("[data-document]")) {
      const row = document.getElementById(`document-${result.dataset.document}`);
      if (!row) continue;
      const state = row.querySelector(".document-state");
      result.closest("[data-upload-item]").classList.toggle("is-bad", row.dataset.state === "failed");
      if (row.dataset.state) result.replaceChildren(...state.cloneNode(true).childNodes);
    }
  });

  function refresh() {
    const target = "#document-list";
    window.htmx?.ajax("GET", location.pathname + location.search, { target, select: target, swap: "outerHTML" });
  }
}
