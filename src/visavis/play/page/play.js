/**
 * The page of `visavis play`: a character drawn here, and a line to type what it shall say.
 *
 * Comes in: the cast, what somebody types. Goes out: attributes and calls of `<visavis-avatar>`.
 */

import "/player/visavis.js";

const at = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const face = at("face"), text = at("text");
const STATES = {idle: "Here for you", listening: "Listening", thinking: "Thinking", speaking: "Speaking"};
const IDEAS = ["Hello! Nice to meet you.", "Peter Piper picked a peck of pickled peppers."];
const GESTURES = {nod: "Nod", shake: "Shake head", smile: "Smile", laugh: "Laugh", surprised: "Gasp", think: "Think"};

/** @type {{key: string, name: string}[]} */
let cast = [];

/** @param {string} key */
function meet(key) {
  face.classList.remove("here");
  face.setAttribute("src", `/avatars/${key}.imx`);
  face.setAttribute("connect", `/motion/${key}`);
  const {name = key} = cast.find((member) => member.key === key) ?? {};
  at("name").textContent = name;
  document.title = `${name} · Visavis`;
  text.placeholder = `What shall ${name} say?`;
  face.setAttribute("aria-label", name);
  for (const button of at("cast").children) button.setAttribute("aria-pressed", String(button.value === key));
  history.replaceState(null, "", `#${key}`);
}

/** @param {string} state @param {string} words */
function show(state, words) {
  document.body.dataset.state = state;
  at("status").textContent = words;
  const stop = state === "speaking" && !text.value.trim(), send = at("send");
  send.classList.toggle("stop", stop);
  send.title = stop ? "Stop" : "Say it";
  send.querySelector("use").setAttribute("href", stop ? "#i-stop" : "#i-send");
  send.querySelector(".name").textContent = send.title;
}

const state = () => show(face.state, /** @type {any} */ (STATES)[face.state]);

face.addEventListener("ready", () => face.classList.add("here"));
face.addEventListener("connected", state);
face.addEventListener("state", state);
face.addEventListener("disconnected", (/** @type {CustomEvent} */ {detail}) =>
  show("lost", detail.again === null ? "Not connected. Load the page again." : "Connecting again …"));
face.addEventListener("error", (/** @type {CustomEvent} */ {detail}) => {
  face.classList.add("here"); // what stands inside it
  show("lost", detail.error?.message ?? "Something went wrong.");
});

/** @param {string} said */
async function say(said) {
  if (!(await face.speak(said))) show("lost", "Not connected yet.");
}

at("say").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (said) say(said);
  else face.interrupt();
  text.value = "";
  state();
});
text.addEventListener("input", state);
addEventListener("keydown", (event) => event.key === "Escape" && face.interrupt());
at("sound").addEventListener("click", () => {
  const on = face.toggleAttribute("muted") === false;
  at("sound").setAttribute("aria-pressed", String(on));
  at("sound").querySelector("use").setAttribute("href", on ? "#i-sound" : "#i-mute");
});

/** @param {HTMLElement} place @param {string} words @param {() => void} act @param {string} [value] */
function offer(place, words, act, value = "") {
  const button = Object.assign(document.createElement("button"), {type: "button", textContent: words, value});
  button.addEventListener("click", act);
  place.append(button);
}

for (const idea of IDEAS) offer(at("ideas"), idea, () => say(idea));
for (const [name, words] of Object.entries(GESTURES)) offer(at("ideas"), words, () => face.gesture(name));
const found = await (await fetch("/api/cast")).json();
cast = found.cast;
if (cast.length > 1) for (const {key, name} of cast) offer(at("cast"), name, () => meet(key), key);
const wanted = location.hash.slice(1);
meet(cast.some(({key}) => key === wanted) ? wanted : found.first);
