/**
 * `<visavis-avatar src="ada.imx">`: a character on any page.
 *
 * Comes in: an `.imx` file's address, and poses (`pose`, `play`). Goes out: the character, drawn at
 * the element's size and the screen's pixel density, alive by itself; events `ready`, `error`,
 * `started`, `finished`. It rests while nobody sees it, moves less where less motion is asked for,
 * and survives the loss of its context.
 */

import {parseBackground} from "./draw/backdrop.js";
import {contextOf, Drawer} from "./draw/drawer.js";
import {frameView} from "./draw/view.js";
import {Idle} from "./idle.js";
import {InvalidAvatar} from "./imx/errors.js";
import {read} from "./imx/reader.js";
import {MAX_FILE} from "./imx/table.js";
import {Performance} from "./performance.js";

const MOST_PX = 2048;
const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`:host { display: inline-block; width: 320px; aspect-ratio: 1; position: relative; overflow: hidden }
:host([hidden]) { display: none }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block }
p { position: absolute; inset: auto 4% 4%; margin: 0; text-align: center; font: 1em/1.4 system-ui, sans-serif }
p span { background: #000b; color: #fff; padding: .1em .5em; border-radius: .3em; box-decoration-break: clone;
  -webkit-box-decoration-break: clone }`);

/** The bytes of an address, no more than an avatar file may have. @param {string} url @param {AbortSignal} signal */
async function download(url, signal) {
  const response = await fetch(url, {signal});
  if (!response.ok || !response.body)
    throw new InvalidAvatar("", `cannot be fetched: ${response.status} ${response.statusText}`);
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const pieces = [];
  let size = 0;
  const reader = response.body.getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MAX_FILE) {
      await reader.cancel();
      throw new InvalidAvatar("", `larger than ${MAX_FILE} bytes; an avatar file is about 1 MB`);
    }
    pieces.push(value);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

export class VisavisAvatar extends HTMLElement {
  static observedAttributes = ["src", "background", "framing"];

  constructor() {
    super();
    const root = this.attachShadow({mode: "open"});
    root.adoptedStyleSheets = [STYLE]; // a page's policy may forbid <style>
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("part", "canvas");
    this.line = document.createElement("p");
    this.line.setAttribute("part", "captions");
    this.line.setAttribute("aria-live", "polite");
    root.append(this.canvas, this.line);
    this.canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // so that it comes back
      this.drawer = null;
    });
    this.canvas.addEventListener("webglcontextrestored", () => this.#prepare());
    /** @type {import("./imx/reader.js").Avatar | null} */
    this.avatar = null;
    /** @type {Drawer | null} */
    this.drawer = null;
    /** @type {WebGL2RenderingContext | null} */
    this.gl = null;
    this.idle = new Idle();
    this.performance = new Performance();
    /** Pictures drawn so far, and milliseconds the last one took the page. */
    this.drawn = 0;
    this.drawMs = 0;
    this.seen = true;
    /** @type {number} */
    this.request = 0;
    /** @type {AbortController | null} */
    this.loading = null;
    /** @type {((pose: Float32Array, seconds: number) => Float32Array | void) | null} changes or replaces each pose */
    this.pose = null;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.sizes = new ResizeObserver(() => this.#prepare());
    this.sights = new IntersectionObserver((entries) => {
      this.seen = entries[entries.length - 1].isIntersecting;
      this.#wake();
    });
    this.wake = () => this.#wake();
    this.frame = (/** @type {number} */ now) => this.#frame(now / 1000);
  }

  connectedCallback() {
    if (!this.hasAttribute("role")) this.setAttribute("role", "img");
    this.sizes.observe(this);
    this.sights.observe(this);
    document.addEventListener("visibilitychange", this.wake);
    this.#wake();
    // Taken out of the page and put in again: its avatar is still here.
    if (!this.avatar && !this.loading && this.hasAttribute("src")) this.#load();
  }

  disconnectedCallback() {
    this.sizes.disconnect();
    this.sights.disconnect();
    document.removeEventListener("visibilitychange", this.wake);
    cancelAnimationFrame(this.request);
    this.request = 0;
    this.interrupt();
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === "src") {
      if (this.isConnected) this.#load();
    } else this.#prepare();
  }

  /** "idle" or "speaking". */
  get state() {
    return this.performance.speaking ? "speaking" : "idle";
  }

  /** What is being said, shown under the face; "" for nothing. @param {string} text */
  set captions(text) {
    this.line.replaceChildren();
    if (!text) return;
    const span = document.createElement("span");
    span.textContent = text;
    this.line.append(span);
  }

  get captions() {
    return this.line.textContent ?? "";
  }

  /**
   * Say something: sound and the poses that go with it, in step.
   * @param {AudioBuffer} sound
   * @param {ArrayLike<number>[]} poses one for each interval, of the interval's middle
   * @param {number} fps poses a second
   * @param {AudioContext} [context] one that the page has already started
   * @returns {Promise<boolean>} when it is over: whether it was said to its end
   */
  async speak(sound, poses, fps, context) {
    const {over} = await this.performance.start(sound, poses, fps, context);
    this.#tell("started", {duration: sound.duration});
    const end = await over;
    this.#tell("finished", end);
    return !end.interrupted;
  }

  /** Fall silent: the mouth shuts, what was not said is dropped. */
  interrupt() {
    this.performance.interrupt();
  }

  /** Give memory back; the element may be loaded again by its `src`. */
  close() {
    this.loading?.abort();
    this.interrupt();
    this.#drop();
    this.avatar && Object.values(this.avatar.images).forEach((image) => image.close());
    this.avatar = null;
  }

  async #load() {
    this.loading?.abort();
    const loading = (this.loading = new AbortController()), src = this.getAttribute("src");
    try {
      if (!src) return this.close();
      const avatar = await read(await download(src, loading.signal));
      if (loading.signal.aborted) return;
      this.close();
      this.avatar = avatar;
      if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", avatar.manifest.name);
      this.#prepare();
    } catch (error) {
      if (loading.signal.aborted) return;
      this.#tell("error", {error});
    } finally {
      if (this.loading === loading) this.loading = null;
    }
  }

  #drop() {
    this.drawer?.free();
    this.drawer = null;
  }

  /** A drawer of the element's size. */
  #prepare() {
    if (!this.avatar || !this.isConnected) return;
    const density = window.devicePixelRatio || 1, {clientWidth, clientHeight} = this;
    const shrink = Math.min(1, MOST_PX / (density * Math.max(clientWidth, clientHeight, 1)));
    const [width, height] = [clientWidth, clientHeight].map((v) => Math.round(v * density * shrink));
    if (width < 16 || height < 16) return;
    try {
      this.gl ??= contextOf(this.canvas);
      if (this.gl.isContextLost()) return;
      const first = !this.drawer;
      this.#drop();
      const view = frameView(this.avatar, width, height, this.getAttribute("framing") ?? "auto");
      this.drawer = new Drawer(this.gl, this.avatar, view, parseBackground(this.getAttribute("background")));
      this.canvas.width = this.drawer.view.width;
      this.canvas.height = this.drawer.view.height;
      this.#draw(performance.now() / 1000);
      if (first) this.#tell("ready", {name: this.avatar.manifest.name});
      this.#wake();
    } catch (error) {
      this.#tell("error", {error});
    }
  }

  #wake() {
    const awake = this.seen && !document.hidden && this.isConnected;
    if (awake && !this.request) this.request = requestAnimationFrame(this.frame);
  }

  /** @param {number} now seconds */
  #frame(now) {
    this.request = 0;
    if (!this.seen || document.hidden || !this.isConnected) return;
    if (this.drawer) this.#draw(now);
    this.request = requestAnimationFrame(this.frame);
  }

  /** @param {number} now seconds */
  #draw(now) {
    if (!this.drawer) return;
    const began = performance.now();
    this.idle.lively = !this.still.matches;
    const pose = this.performance.pose(this.idle.at(now), now);
    this.drawer.draw(this.pose?.(pose, now) ?? pose);
    this.drawn++;
    this.drawMs = performance.now() - began;
  }

  /** @param {string} name @param {Record<string, any>} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, {detail}));
  }
}
