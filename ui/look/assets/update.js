// Updates of the program, and restores: says that a file is on its way, and waits for
// the box to come back.

document.querySelector("[data-update-send]")?.addEventListener("submit", (event) => {
  event.target.querySelector("[data-update-sending]").hidden = false;
});

const waits = document.querySelector("[data-update-wait]");
const every = 2_000;
const long = 120_000;
const begun = Date.now();

// back asks whether the box answers again; until then nobody listens there.
async function back() {
  try {
    const answer = await fetch("/readyz", { cache: "no-store" });
    if (answer.ok) {
      location.replace(waits.dataset.updateWait || "/settings/update");
      return;
    }
  } catch {
    // still away
  }
  waits.querySelector("[data-update-long]").hidden = Date.now() - begun < long;
  setTimeout(back, every);
}

if (waits) setTimeout(back, every);
