// Sign-in after too many tries: the button waits as long as the box does, and
// the page says when it is over.
const form = document.querySelector("[data-signin]");
let wait = Number(form.dataset.wait);

if (wait > 0) {
  const button = form.querySelector("button");
  const label = button.textContent;
  button.disabled = true;
  const timer = setInterval(() => {
    wait -= 1;
    button.textContent = wait > 0 ? `${label} (${wait})` : label;
    if (wait > 0) return;
    clearInterval(timer);
    button.disabled = false;
    const notice = form.querySelector(".notice p");
    if (notice) notice.textContent = form.dataset.ready;
  }, 1000);
}
