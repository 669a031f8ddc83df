// Captions: the sentence that is being said, its words lit as they are spoken.

/** About how fast voices read, for those that do not say when a word begins. */
const CHARACTERS_PER_S = 14.5;
const FADE_MS = 2200;

/** The line of text over the composer. */
export class Captions {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.on = true;
    /** Milliseconds from the server's clock to the ear: network and buffer. */
    this.delay = 0;
    /** @type {number[]} */
    this.timers = [];
  }

  /**
   * A sentence begins to be heard.
   * @param {{text: string, words: [string, number][], duration: number}} caption words with their
   *   seconds; none if the voice does not know
   */
  show({ text, words, duration }) {
    this.clear();
    if (!this.on) return;
    const line = document.createElement("p");
    const parts = words.length ? split(text, words) : guess(text);
    for (const [part, time] of parts) {
      const span = document.createElement("span");
      span.textContent = part;
      line.append(span);
      this.after(1000 * time + this.delay, () => span.classList.add("said"));
    }
    this.place.classList.remove("fading");
    this.place.replaceChildren(line);
    const length = Math.max(duration, text.length / CHARACTERS_PER_S);
    this.after(1000 * length + this.delay + FADE_MS, () => this.place.classList.add("fading"));
  }

  /** Nothing is being said any more. */
  clear() {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
    this.place.replaceChildren();
  }

  /**
   * @param {number} ms
   * @param {() => void} what
   */
  after(ms, what) {
    this.timers.push(window.setTimeout(what, ms));
  }
}

/**
 * A sentence in parts that begin where a word does.
 * @param {string} text
 * @param {[string, number][]} words
 * @returns {[string, number][]}
 */
function split(text, words) {
  /** @type {[number, number][]} */
  const begins = [];
  let from = 0;
  for (const [word, time] of words) {
    const at = text.indexOf(word, from);
    if (at < 0) continue;
    begins.push([at, time]);
    from = at + word.length;
  }
  if (!begins.length) return guess(text);
  begins[0][0] = 0;
  return begins.map(([at, time], k) => [text.slice(at, begins[k + 1]?.[0]), time]);
}

/**
 * The same where nobody knows the times.
 * @param {string} text
 * @returns {[string, number][]}
 */
function guess(text) {
  return [...text.matchAll(/\S+\s*/g)].map((match) => [match[0], (match.index ?? 0) / CHARACTERS_PER_S]);
}
