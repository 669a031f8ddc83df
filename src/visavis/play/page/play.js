/**
 * The page of `visavis play`: a character drawn here, and a line to type what it shall say.
 *
 * Comes in: the cast, what somebody types. Goes out: attributes and calls of `<visavis-avatar>`.
 */

import "/player/visavis.js";

const at = (/** @type {string} */ id) => document.getElementById(id);
const face = /** @type {any} */ (at("face")), who = at("who"), text = at("text"), status = at("status");

const meet = (/** @type {string} */ key) => {
  face.setAttribute("src", `/avatars/${key}.imx`);
  face.setAttribute("connect", `/motion/${key}`);
};

face.addEventListener("connected", () => (status.textContent = ""));
face.addEventListener("disconnected", (event) => {
  status.textContent = event.detail?.again == null ? "Not connected. Load the page again." : "Connecting …";
});
face.addEventListener("error", (event) => (status.textContent = String(event.detail?.error?.message ?? "")));

at("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (!said) return;
  face.speak(said);
  text.value = "";
});
at("stop").addEventListener("click", () => face.interrupt());
who.addEventListener("change", () => meet(who.value));

const {cast, first} = await (await fetch("/api/cast")).json();
for (const {key, name} of cast) who.append(new Option(name, key, key === first, key === first));
meet(first);
