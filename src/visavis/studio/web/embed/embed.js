// `<visavis-embed token="emb_….…">`: an avatar of this cloud on any page, drawn by it, to talk to.
//
// Comes in: an embed token, what visitors type. Goes out: the avatar, its voice, events. Nothing is counted
// before somebody presses Talk (or `start()` is called); then a motion stream brings sound and movement.

import "../../player/visavis.js";

const CLOUD = new URL("../../", import.meta.url);
const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host { display: inline-block; position: relative; width: 360px; max-width: 100%; aspect-ratio: 3 / 4; overflow: hidden; border-radius: 18px;
  font: 400 16px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; color: #f4f6f5; background: #14191d;
  contain: content; color-scheme: dark }
:host([hidden]) { display: none }
visavis-avatar { position: absolute; inset: 0; width: 100%; height: 100%; aspect-ratio: auto }
visavis-avatar::part(captions) { bottom: 84px; font-size: 17px; font-weight: 560; text-wrap: balance }
.bar, button.talk { position: absolute; inset: auto 12px 12px; min-height: 48px; border-radius: 24px; box-sizing: border-box }
.bar { display: flex; align-items: center; gap: 4px; padding: 3px 3px 3px 6px; margin: 0; background: rgb(18 22 26 / .74); border: 1px solid rgb(255 255 255 / .16);
  -webkit-backdrop-filter: blur(18px); backdrop-filter: blur(18px) }
.bar:focus-within { border-color: #3fc7bb }
[hidden] { display: none !important }
button, input { font: inherit; color: inherit; border: 0; margin: 0; background: none }
input { flex: 1; min-width: 0; height: 40px; padding: 0 10px; outline: none }
input::placeholder { color: #c9d0cf; opacity: 1 }
button { cursor: pointer; touch-action: manipulation; padding: 0 }
.round { width: 40px; height: 40px; border-radius: 50%; display: grid; place-items: center; flex: none }
.round:hover { background: rgb(255 255 255 / .14) }
.round.send { background: #0c7f77 }
button.talk { width: fit-content; margin-inline: auto; padding: 0 26px; background: #0c7f77; color: #fff; font-weight: 600; box-shadow: 0 6px 22px rgb(0 0 0 / .35) }
button.talk:hover { background: #0e8d84 }
button[aria-busy=true] { opacity: .7; cursor: progress }
button:focus-visible { outline: 3px solid #7fe3d8; outline-offset: 2px }
svg { width: 21px; height: 21px; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round }
p { position: absolute; inset: 12px 12px auto; margin: 0 auto; width: fit-content; padding: 6px 14px; border-radius: 16px; background: rgb(18 22 26 / .84); font-size: 14px }
`);
const SEND = "M12 19.5v-15M5.75 10.5 12 4.25l6.25 6.25", STOP = "M7 7h10v10H7z", LEAVE = "M6.500 6.500l11 11M17.500 6.500l-11 11";
const TOLD = ["started", "finished", "caption", "state", "connected", "disconnected", "error"];

/** @param {string} path */
function drawing(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return {svg, line};
}

/** @param {string} kind @param {Record<string, any>} properties @param {...Node} inside */
function make(kind, properties, ...inside) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...inside);
  return made;
}

export class VisavisEmbed extends HTMLElement {
  static observedAttributes = ["token"];

  constructor() {
    super();
    const root = this.attachShadow({mode: "open"});
    root.adoptedStyleSheets = [STYLE];
    this.face = /** @type {any} */ (make("visavis-avatar", {background: "still"}));
    this.talk = make("button", {type: "button", className: "talk", hidden: true});
    this.word = make("p", {role: "status", hidden: true});
    this.text = /** @type {HTMLInputElement} */ (make("input", {maxLength: 1000, enterKeyHint: "send", autocomplete: "off"}));
    const send = drawing(SEND);
    this.mark = send.line;
    this.send = make("button", {className: "round send"}, send.svg);
    const leave = make("button", {type: "button", className: "round"}, drawing(LEAVE).svg);
    leave.setAttribute("aria-label", "End the talk");
    this.bar = make("form", {className: "bar", hidden: true}, leave, this.text, this.send);
    root.append(this.face, this.word, this.talk, this.bar);
    this.name = "";
    /** Whether a talk goes on, or is about to. */
    this.talking = false;
    /** @type {string} the address of the avatar's file, in this browser */
    this.file = "";
    this.talk.addEventListener("click", () => this.start());
    leave.addEventListener("click", () => this.stop());
    this.text.addEventListener("input", () => this.#show());
    this.bar.addEventListener("submit", (event) => {
      event.preventDefault();
      const said = this.text.value.trim();
      this.text.value = "";
      if (said) this.speak(said);
      else this.interrupt();
    });
    this.face.addEventListener("ready", (/** @type {CustomEvent} */ {detail}) => this.#here(detail.name));
    for (const name of TOLD) this.face.addEventListener(name, (/** @type {CustomEvent} */ {detail}) => {
      if (name === "disconnected") this.#lost(detail);
      if (name === "error") this.#say(detail.error?.message ?? "It cannot be shown.");
      this.#show();
      this.dispatchEvent(new CustomEvent(name, {detail}));
    });
  }

  connectedCallback() {
    if (!this.file) this.#load();
  }

  disconnectedCallback() {
    this.stop();
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now || !this.isConnected) return;
    this.stop();
    this.#load();
  }

  /** The talk begins; from now on it is counted. */
  start() {
    if (this.talking || !this.file) return;
    const [id] = this.#parts();
    this.talking = true;
    this.#say("");
    this.face.token = this.getAttribute("token") ?? "";
    this.face.setAttribute("connect", new URL(`v1/embeds/${id}/motion`, CLOUD).href);
    this.#show();
    this.text.focus({preventScroll: true});
  }

  /** The talk ends. */
  stop() {
    this.talking = false;
    this.face.removeAttribute("connect");
    this.face.interrupt();
    this.face.captions = "";
    this.#show();
  }

  /** Say this, after what is being said. @param {string} text @returns {Promise<boolean>} whether it was sent */
  speak(text) {
    return this.face.speak(text);
  }

  /** Fall silent. */
  interrupt() {
    this.face.interrupt();
  }

  /** @param {string} name as "nod" */
  gesture(name) {
    return this.face.gesture(name);
  }

  #parts() {
    return (this.getAttribute("token") ?? "").split(".");
  }

  async #load() {
    const token = this.getAttribute("token") ?? "", [id, secret] = this.#parts();
    if (!id || !secret) return token && this.#say("This is no embed token.");
    try {
      const answer = await fetch(new URL(`v1/embeds/${id}/file`, CLOUD), {headers: {Authorization: `Bearer ${token}`}, credentials: "omit"});
      if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail ?? `The server answers ${answer.status}.`);
      const found = URL.createObjectURL(await answer.blob());
      if (token !== this.getAttribute("token")) return URL.revokeObjectURL(found);
      if (this.file) URL.revokeObjectURL(this.file);
      this.file = found;
      this.face.setAttribute("src", found);
    } catch (error) {
      const {message} = /** @type {Error} */ (error);
      this.#say(message === "Failed to fetch" ? "The server does not answer." : message);
      this.dispatchEvent(new CustomEvent("error", {detail: {error}}));
    }
  }

  /** @param {string} name */
  #here(name) {
    this.name = this.getAttribute("name") || name;
    this.setAttribute("aria-label", this.name);
    this.face.setAttribute("aria-label", this.name);
    this.talk.textContent = this.getAttribute("label") ?? `Talk to ${this.name}`;
    this.text.placeholder = this.getAttribute("placeholder") ?? `What shall ${this.name} say?`;
    this.text.setAttribute("aria-label", this.text.placeholder);
    this.#show();
    this.dispatchEvent(new CustomEvent("ready", {detail: {name: this.name}}));
    if (this.hasAttribute("autostart")) this.start();
  }

  /** @param {{again: number | null, reason?: string}} detail */
  #lost({again, reason}) {
    if (!this.talking) return;
    if (again !== null) return this.#say(reason || "Connecting …");
    this.stop();
    this.#say(reason || "The talk has ended.");
  }

  /** @param {string} words "" for nothing */
  #say(words) {
    this.word.textContent = words;
    this.word.hidden = !words;
  }

  #show() {
    const speaking = this.face.state === "speaking" && !this.text.value.trim();
    this.talk.hidden = this.talking || !this.name;
    this.bar.hidden = !this.talking;
    this.send.setAttribute("aria-label", speaking ? "Stop" : "Say it");
    this.mark.setAttribute("d", speaking ? STOP : SEND);
    if (this.face.stream?.send && this.word.textContent === "Connecting …") this.#say("");
  }
}

customElements.define("visavis-embed", VisavisEmbed);
