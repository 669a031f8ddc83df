// Whether the character is heard: browsers want a touch before a page may be.

import { $, face } from "./dom.js";
import { drawn, filmed, state, video } from "./state.js";

let wanted = true;

function mute() {
  video.muted = !wanted;
  drawn.face.toggleAttribute("muted", !wanted);
}

/** Let what the link brings be seen, and heard as far as the browser allows. */
export async function play() {
  mute();
  if (state.link === filmed) {
    try {
      await video.play();
    } catch {
      video.muted = true;
      await video.play().catch(() => undefined);
    }
    show();
  }
}

function show() {
  const on = wanted && (state.link === drawn || state.link.audible);
  $("sound-button").setAttribute("aria-pressed", String(on));
  face($("sound-button"), on ? "sound" : "mute", on ? "Mute" : "Turn sound on");
  $("unmute").hidden = !wanted || state.link.audible || document.body.dataset.phase !== "live";
}

function unlock() {
  if (!wanted || state.link.audible) return;
  if (state.link === drawn) return; // the player sees to it
  video.muted = false;
  video.play().catch(() => (video.muted = true)).finally(show);
}
for (const kind of ["pointerup", "keydown"]) addEventListener(kind, unlock, { capture: true });
setInterval(() => state.link === drawn && show(), 500); // nothing tells when it may be heard

$("sound-button").addEventListener("click", () => {
  wanted = $("sound-button").getAttribute("aria-pressed") !== "true";
  mute();
  show();
});
