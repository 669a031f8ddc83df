// What the server says, and what the page does about it.

import { present } from "./cast.js";
import { $, notice } from "./dom.js";
import { offer } from "./express.js";
import { captions, figures, microphone, state, update } from "./state.js";

/** @param {any} message */
export function told(message) {
  switch (message.type) {
    case "hello":
      Object.assign(state, { character: message.character, name: message.name, answers: message.answers, hears: message.hears });
      offer(message.gestures, message.emotions);
      present();
      setTimeout(() => document.body.classList.remove("changing"), 250);
      break;
    case "activity":
      state.doing = message.what === "idle" ? "live" : message.what;
      if (message.what === "idle") $("heard").hidden = true;
      break;
    case "caption":
      $("heard").hidden = true;
      captions.delay = figures.delay;
      captions.show(message);
      break;
    case "heard":
      $("heard").textContent = message.text;
      $("heard").hidden = false;
      break;
    case "silent":
      captions.clear();
      break;
    case "listening":
      state.listening = message.on;
      if (message.on) captions.clear();
      else if (message.seconds === 0 && microphone.mode === "off") notice("Nothing was heard. Hold the button while you speak.");
      break;
    case "error":
      notice(message.message, "bad");
      document.body.classList.remove("changing");
      break;
  }
  update();
}
