// Gestures and moods that the character can be asked for.

import { $, make, panel, sentence } from "./dom.js";
import { state } from "./state.js";

/** @type {Record<string, string>} */
const LABELS = { nod: "Nod", shake: "Shake head", smile: "Smile", laugh: "Laugh", surprised: "Gasp", think: "Think" };

export const expressPanel = panel($("express"), $("express-panel"));

/**
 * Offer what this character can do.
 * @param {string[]} gestures
 * @param {string[]} emotions
 */
export function offer(gestures, emotions) {
  $("gestures").replaceChildren(...gestures.map((name) => {
    const button = make("button", {}, LABELS[name] ?? sentence(name));
    button.addEventListener("click", () => state.link.send({ type: "gesture", name }));
    return button;
  }));
  const radios = emotions.map((name) => {
    const label = sentence(name);
    const button = make("button", { role: "radio", "aria-checked": name === "neutral" }, label);
    button.addEventListener("click", () => {
      state.link.send({ type: "emotion", name });
      for (const radio of radios) radio.setAttribute("aria-checked", String(radio === button));
    });
    return button;
  });
  $("emotions").replaceChildren(...radios);
}
