// The text of an answer while it comes: paragraphs, with [1] as a citation
// chip. Only the last paragraph is drawn again, so nothing above it moves.

const citation = /\[(\d{1,3})\]/g;

export class StreamText {
  #area;
  #turn;
  #text = "";
  #drawn = 0;
  #waiting = false;

  constructor(area, turn) {
    this.#area = area;
    this.#turn = turn;
  }

  add(piece) {
    this.#text += piece;
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.#draw();
    });
  }

  #draw() {
    const paragraphs = this.#text.trim().split(/\n{2,}/);
    while (this.#area.children.length < paragraphs.length) {
      this.#area.append(document.createElement("p"));
    }
    for (let i = Math.max(0, this.#drawn - 1); i < paragraphs.length; i++) {
      this.#area.children[i].replaceChildren(...this.#nodes(paragraphs[i]));
    }
    this.#drawn = paragraphs.length;
  }

  // A number that no passage has stays out, as it will from the final answer;
  // an opening bracket at the end may still become a citation.
  #nodes(text) {
    const nodes = [];
    let at = 0;
    const shown = text.replace(/\s*\[\d{0,3}$/, "");
    for (const match of shown.matchAll(citation)) {
      nodes.push(shown.slice(at, match.index).replace(/\s+$/, ""));
      const chip = this.#chip(match[1]);
      if (chip) nodes.push(chip);
      at = match.index + match[0].length;
    }
    nodes.push(shown.slice(at));
    return nodes;
  }

  #chip(number) {
    const source = this.#turn.querySelector(`[data-source="${number}"]`);
    if (!source) return null;
    const chip = document.createElement("a");
    chip.className = "chip";
    chip.dataset.chip = "";
    chip.href = `#${source.id}`;
    chip.textContent = number;
    chip.setAttribute("aria-label", `${number}: ${source.querySelector(".source-title").textContent}`);
    chip.setAttribute("aria-describedby", `${source.id}-peek-words`);
    return chip;
  }
}
