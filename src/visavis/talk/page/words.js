// What a visitor writes to the character, and the ideas for it; and how one stops it.

import { $, make, notice } from "./dom.js";
import { busy, captions, input, state, update } from "./state.js";

const IDEAS = {
  repeat: [
    "Hello! Nice to meet you.",
    "Peter Piper picked a peck of pickled peppers.",
    "Sound in, a face out.",
  ],
  answers: ["Who are you?", "Tell me something surprising.", "What can we do together?"],
};

/** @param {string} text */
function say(text) {
  if (!text.trim()) return;
  if (!state.link.send({ type: "say", text: text.trim().slice(0, 2000) })) return notice("Not connected yet.", "bad");
  state.last = text;
  $("ideas").replaceChildren();
  captions.clear();
}

/** Stop the character in what it says. */
export function interrupt() {
  state.link.send({ type: "interrupt" });
  captions.clear();
}

/** Show what one might say, until something was said. */
export function suggest() {
  if (state.last) return;
  const ideas = IDEAS[state.answers ? "answers" : "repeat"];
  $("ideas").replaceChildren(...ideas.map((text) => {
    const button = make("button", { type: "button" }, text);
    button.addEventListener("click", () => say(text));
    return button;
  }));
}

$("composer").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  if (!input.value.trim() && busy()) return interrupt();
  say(input.value);
  input.value = "";
  update();
});
input.addEventListener("input", update);
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowUp" && !input.value) {
    input.value = state.last;
    event.preventDefault();
    update();
  }
});
