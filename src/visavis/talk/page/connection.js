// From the first request to the last: who is there, drawn here or as video, connected, lost, again.

import { present } from "./cast.js";
import { $, face, remembered, sentence } from "./dom.js";
import { canDraw } from "./drawn.js";
import { site } from "./link.js";
import { told } from "./messages.js";
import { play } from "./sound.js";
import { captions, drawn, filmed, input, linkBy, microphone, state, update } from "./state.js";

let tries = 0;

/** Ask who is there, and connect to the one that is wanted. */
export async function begin() {
  try {
    const response = await fetch(`${site.api}/cast`);
    const found = await response.json();
    if (response.status === 401 && site.logIn) return location.replace(site.logIn);
    if (!response.ok) return lost(found.detail ?? "The server refuses.");
    site.headers = found.headers ?? {};
    state.cast = found.cast;
    state.photos = found.photos;
    choose(found);
    const wanted = location.hash.slice(1);
    if (wanted.startsWith("photo-")) { // of this visitor's own making, which no list shows
      const own = await fetch(`${site.api}/cast/${wanted}`);
      if (own.ok) state.cast.push(await own.json());
    }
    state.character = state.cast.some((m) => m.key === wanted) ? wanted : found.first;
  } catch {
    return lost("The server does not answer. Is visavis talk still running?");
  }
  present();
  connect();
}

/** @param {{drawing?: boolean, video?: boolean}} found what the server can do, and what it would rather */
function choose({ drawing = false, video: rather = false }) {
  const film = remembered("video", undefined, rather), able = drawing && canDraw();
  $("video-button").hidden = !able;
  face($("video-button"), "film", film ? "Draw the character here" : "Video from the server");
  $("video-button").setAttribute("aria-pressed", String(film));
  linkBy(able && !film ? drawn : filmed);
  document.body.classList.toggle("drawing", state.link === drawn);
}
$("video-button").addEventListener("click", () => {
  remembered("video", state.link === drawn);
  state.link.close();
  location.reload();
});

async function connect() {
  document.body.dataset.phase = "connecting";
  $("lost").hidden = true;
  update();
  try {
    await state.link.open(state.character, screenSize());
    await play();
    await microphone.attach();
  } catch (error) {
    lost(error instanceof Error ? error.message : String(error));
  }
}

let again = 0;
/** @param {string} why */
function lost(why) {
  document.body.dataset.phase = "lost";
  $("lost-why").textContent = why;
  $("lost").hidden = false;
  captions.clear();
  state.listening = false;
  update();
  clearTimeout(again);
  if (tries < 5) again = window.setTimeout(connect, 1000 * 2 ** tries++);
}

for (const way of [filmed, drawn]) {
  way.addEventListener("live", () => {
    document.body.dataset.phase = "live";
    tries = 0;
    document.body.classList.remove("changing");
    update();
  });
  way.addEventListener("lost", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    lost(detail ? sentence(detail) : "The connection was lost. Trying again …");
  });
  way.addEventListener("message", (event) => told(/** @type {CustomEvent} */ (event).detail));
}
$("retry").addEventListener("click", () => {
  clearTimeout(again);
  tries = 0;
  if (state.cast.length) connect();
  else begin();
});

const screenSize = () => ({ width: Math.max(innerWidth, 1), height: Math.max(innerHeight, 1) });

let resized = 0;
addEventListener("resize", () => {
  if (document.activeElement === input && matchMedia("(hover: none)").matches) return; // its keyboard
  clearTimeout(resized);
  resized = window.setTimeout(() => state.link.send({ type: "screen", screen: screenSize() }), 400);
});

let hiding = 0;
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = window.setTimeout(() => state.link.close(), 60000);
  else if (!state.link.connected && document.body.dataset.phase !== "lost") connect();
});
addEventListener("pagehide", () => state.link.close());
addEventListener("pageshow", (event) => event.persisted && connect());
