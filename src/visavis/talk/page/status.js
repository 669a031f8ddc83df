// What the page says of itself: what the character does, what the buttons would do, a hint.

import { $, face, make } from "./dom.js";
import { busy, input, microphone, state, whenChanged } from "./state.js";

/** @type {Record<string, string>} */
const DOING = {
  live: "Here for you", listening: "Listening", hearing: "Understanding", thinking: "Thinking",
  speaking: "Speaking",
};

whenChanged(() => {
  const phase = document.body.dataset.phase;
  const doing = state.listening ? "listening" : state.doing;
  document.body.dataset.doing = phase === "live" ? doing : "";
  const words = phase === "lost" ? "Not connected" : phase === "connecting" ? "Connecting" : DOING[doing];
  if ($("doing").textContent !== words) $("doing").textContent = words;
  const stop = phase === "live" && busy() && !input.value.trim();
  $("send").classList.toggle("stop", stop);
  face($("send"), stop ? "stop" : "send", stop ? "Stop" : state.answers ? "Send" : "Say it");
  $("microphone").hidden = !state.hears;
  const name = state.name || "the character";
  const touch = matchMedia("(hover: none)").matches;
  const hint =
    microphone.mode === "open" ? (state.answers ? "The microphone is on: just talk. Tap it to turn it off." : `The microphone is on: ${name} says after you what you say.`)
    : microphone.mode === "hold" ? "Speak; let go when you are done."
    : busy() && phase === "live" ? (touch ? "" : "<kbd>Esc</kbd> stops it")
    : !state.hears ? ""
    : touch ? "Hold the microphone to speak, tap to leave it on"
    : "Hold the microphone or <kbd>Space</kbd> to speak; click it to leave it on";
  setHint(hint);
});

/** @param {string} text with <kbd> marks and a name that came from the server */
function setHint(text) {
  const place = $("hint");
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(...text.split(/(<kbd>.*?<\/kbd>)/).map((part) => {
    const key = /^<kbd>(.*)<\/kbd>$/.exec(part);
    return key ? make("kbd", {}, key[1]) : part;
  }));
}
