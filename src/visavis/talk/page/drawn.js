// The connection of a page that draws: sound and motion by one WebSocket, which `<visavis-avatar>`
// keeps and plays; messages and the microphone's sound go the other way.

import { Ears } from "./ears.js";
import { PING_MS, site } from "./link.js";

/** Whether this browser can draw a character. */
export function canDraw() {
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    const able = ["EXT_color_buffer_float", "EXT_color_buffer_half_float"].some((name) => context?.getExtension(name));
    context?.getExtension("WEBGL_lose_context")?.loseContext(); // there are few
    return able;
  } catch {
    return false;
  }
}

/** As `Link`, for `<visavis-avatar>` in place of a video. */
export class Drawn extends EventTarget {
  /** @param {any} face the element */
  constructor(face) {
    super();
    this.face = face;
    this.microphone = new Ears((sound) => this.face.send(sound));
    /** What the microphone's sound is for. */
    this.mode = "off";
    this.connected = false;
    /** Milliseconds a message takes there and back. */
    this.trip = 0;
    this.timer = 0;
    /** @type {any} */
    this.before = null;
    face.addEventListener("ready", () => this.#live());
    face.addEventListener("connected", () => {
      this.connected = true;
      if (this.mode === "open") this.#hear();
      this.#live();
    });
    face.addEventListener("message", (/** @type {CustomEvent} */ { detail }) => {
      if (detail.type === "pong") this.trip = performance.now() - detail.time;
      this.dispatchEvent(new CustomEvent("message", { detail }));
    });
    face.addEventListener("disconnected", (/** @type {CustomEvent} */ { detail }) => this.lose(detail.reason));
    face.addEventListener("error", (/** @type {CustomEvent} */ { detail }) => this.lose(detail.error?.message));
  }

  /**
   * Connect.
   * @param {string} character
   */
  async open(character) {
    await import("/player/visavis.js");
    this.close();
    const at = site.api === "/api" ? "" : site.api; // of a cloud
    this.face.setAttribute("src", `${at}/avatars/${character}.imx`);
    this.face.setAttribute("connect", `${at}/motion/${character}`);
    this.timer = window.setInterval(() => this.send({ type: "ping", time: performance.now() }), PING_MS);
  }

  #live() {
    if (this.connected && this.face.drawn) this.dispatchEvent(new Event("live"));
  }

  #hear() {
    this.microphone.on = this.mode !== "off";
    return this.face.send({ type: "microphone", mode: this.mode, rate: this.microphone.rate });
  }

  /**
   * Tell the server something.
   * @param {Record<string, any>} message
   * @returns {boolean} whether it could be sent
   */
  send(message) {
    if (message.type === "screen") return true; // the element sees to it
    if (!this.connected) return false;
    if (message.type === "interrupt") this.face.interrupt(); // silent at once, and says so
    else if (message.type === "character") this.open(message.key);
    else if (message.type === "microphone") {
      this.mode = message.mode;
      return this.#hear();
    } else return this.face.send(message);
    return true;
  }

  /** End it; the character lives on by itself. */
  close() {
    clearInterval(this.timer);
    this.connected = false;
    this.before = null;
    this.face.removeAttribute("connect");
  }

  /** @param {string} [why] */
  lose(why) {
    const lost = this.face.hasAttribute("connect");
    this.close();
    if (lost) this.dispatchEvent(new CustomEvent("lost", { detail: why }));
  }

  /** Whether the browser lets the page be heard. */
  get audible() {
    return this.face.stream?.live.sound?.audible ?? false;
  }

  /** The newest figures, by name; null if there are none. */
  measured() {
    const { face, before } = this, live = face.stream?.live;
    if (!this.connected || !live) return (this.before = null);
    const now = { time: performance.now(), drawn: face.drawn, bytes: live.bytes, sounding: live.sounding, live };
    this.before = now;
    if (before?.live !== live) return null;
    const seconds = (now.time - before.time) / 1000;
    const per = (/** @type {"drawn" | "bytes" | "sounding"} */ name) => (now[name] - before[name]) / seconds;
    const [sound, all] = [per("sounding"), per("bytes")];
    return {
      fps: Math.round(10 * per("drawn")) / 10,
      delay: Math.round(this.trip / 2 + 1000 * (live.delay.seconds + (live.sound?.way ?? 0))),
      motion: Math.round((all - sound) / 10) / 100,
      sound: Math.round(sound / 10) / 100,
      size: `${face.canvas.width} × ${face.canvas.height}`,
      draw: Math.round(10 * face.drawMs) / 10,
    };
  }
}
