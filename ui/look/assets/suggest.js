// Words for what is being typed in a search field: a datalist, which browsers
// make reachable by keyboard and read out. Without scripts the field just searches.
const pause = 150; // ms after the last key

function suggest(field) {
  const list = field.list;
  if (!list) return;
  let timer = 0;
  let latest = null;
  let shown = "";

  const show = (words) => {
    list.replaceChildren(...words.map((w) => {
      const option = document.createElement("option");
      option.value = w;
      return option;
    }));
  };

  const ask = async () => {
    const typed = field.value;
    if (typed === shown) return;
    shown = typed;
    latest?.abort();
    latest = new AbortController();
    const query = new URLSearchParams({ q: typed });
    for (const box of field.form?.querySelectorAll("[name=collection]:checked") ?? []) query.append("collection", box.value);
    try {
      const answer = await fetch(`${field.dataset.suggest}?${query}`, { signal: latest.signal, headers: { Accept: "application/json" } });
      if (answer.ok) show((await answer.json()).words);
    } catch {
      // typed on, or the network is gone: the field still searches
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  });
}

for (const field of document.querySelectorAll("[data-suggest]")) suggest(field);
