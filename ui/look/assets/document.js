// The document's page: brings the cited passage to the middle of the screen.
const passage = document.getElementById("passage");

function show(behavior) {
  passage.scrollIntoView({ block: "center", behavior });
  passage.focus({ preventScroll: true });
}

if (passage) {
  document.querySelector("[data-to-passage]")?.addEventListener("click", (event) => {
    event.preventDefault();
    show("smooth");
  });
  if (location.hash === "#passage") show("instant");
}
