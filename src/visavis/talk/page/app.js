// The page: begins, and listens to the keys. Escape stops, holding the space bar speaks.

import { castPanel } from "./cast.js";
import { begin } from "./connection.js";
import "./display.js";
import { $ } from "./dom.js";
import { expressPanel } from "./express.js";
import { drawn, figures, filmed, microphone, state } from "./state.js";
import "./status.js";
import { interrupt } from "./words.js";

const { back } = document.documentElement.dataset;
if (back) Object.assign($("back"), { href: back, hidden: false });

const typing = () => document.activeElement instanceof HTMLInputElement;
const onButton = () => document.activeElement instanceof HTMLButtonElement;
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !castPanel.close() && !expressPanel.close()) interrupt();
  if (event.code === "Space" && !event.repeat && !typing() && !onButton() && state.hears) {
    event.preventDefault();
    microphone.press();
  }
});
addEventListener("keyup", (event) => {
  if (event.code === "Space" && !typing() && !onButton()) microphone.letGo();
});
addEventListener("blur", () => microphone.letGo());

/** For measuring, and for whoever is curious in the browser's console. */
Object.assign(window, { visavis: { filmed, drawn, figures } });

begin();
