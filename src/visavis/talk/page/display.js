// The buttons above: captions, figures, the whole screen, where all but the face goes when it is calm.

import { $, notice, remembered } from "./dom.js";
import { captions, figures, input, microphone } from "./state.js";

$("captions-button").addEventListener("click", () => setCaptions(!captions.on));
/** @param {boolean} on */
function setCaptions(on) {
  captions.on = remembered("captions", on, true);
  $("captions-button").setAttribute("aria-pressed", String(on));
  if (!on) captions.clear();
}
setCaptions(remembered("captions", undefined, true));

$("figures-button").addEventListener("click", () => setFigures($("figures").hidden));
/** @param {boolean} on */
function setFigures(on) {
  $("figures").hidden = !remembered("figures", on);
  $("figures-button").setAttribute("aria-pressed", String(on));
  figures.show();
}
setFigures(remembered("figures"));

$("full-button").hidden = !document.fullscreenEnabled;
$("full-button").addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen().catch(() => notice("Full screen is not possible here.", "bad"));
});
document.addEventListener("fullscreenchange", () => {
  $("full-button").setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
  wake();
});
let calm = 0;
function wake() {
  document.body.classList.remove("quiet");
  clearTimeout(calm);
  if (document.fullscreenElement) {
    calm = window.setTimeout(() => {
      const open = !$("cast-panel").hidden || !$("express-panel").hidden;
      document.body.classList.toggle("quiet", !open && !input.value && microphone.mode === "off");
    }, 4000);
  }
}
for (const kind of ["pointermove", "pointerdown", "keydown"]) addEventListener(kind, wake);
