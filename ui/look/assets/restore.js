// A backup that is sent: says how much of the backup has gone up. What came of it
// stands on the page itself, which is asked for again at the end, well or ill.

const form = document.querySelector("[data-restore-send]");

form?.addEventListener("submit", (event) => {
  const file = form.elements.file.files[0];
  if (!file) return;
  event.preventDefault();
  const sending = form.querySelector("[data-restore-sending]");
  const bar = sending.querySelector("progress");
  const part = sending.querySelector("[data-restore-part]");
  form.querySelector("button").disabled = true;
  sending.hidden = false;

  // fetch tells nothing of an upload's progress; XMLHttpRequest does.
  const request = new XMLHttpRequest();
  request.open("POST", form.getAttribute("action"));
  request.upload.addEventListener("progress", (sent) => {
    if (!sent.lengthComputable || sent.total === 0) return;
    bar.value = (sent.loaded / sent.total) * 100;
    part.textContent = `${Math.floor(bar.value)} %`;
  });
  request.addEventListener("loadend", () => location.assign(form.dataset.restorePage));
  request.send(new FormData(form));
});
