/**
 * `<visavis-avatar src="ada.imx">`: a character on any page.
 *
 * Comes in: an `.imx` file's address; sound and poses (`speak`), or a motion stream's address
 * (`connect`) or room. Goes out: the character, drawn at the element's size and the screen's pixel
 * density, alive by itself; events. It rests while nobody sees it, moves less where less motion is
 * asked for, and survives the loss of its context; without WebGL2 it shows what stands inside it.
 */

import {Blend} from "./blend.js";
import {parseBackground} from "./draw/backdrop.js";
import {contextOf, Drawer, NoWebGL} from "./draw/drawer.js";
import {frameView} from "./draw/view.js";
import {Idle} from "./idle.js";
import {download, read} from "./imx/reader.js";
import {Performance} from "./performance.js";

const MOST_PX = 2048;
const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`:host { display: inline-block; width: 320px; aspect-ratio: 1; position: relative; overflow: hidden }
:host([hidden]) { display: none }
canvas, img, slot { position: absolute; inset: 0; width: 100%; height: 100%; display: block; object-fit: cover }
[hidden] { display: none }
p { position: absolute; inset: auto 4% 4%; margin: 0; text-align: center; font: 1em/1.4 system-ui, sans-serif }
p span { background: #000b; color: #fff; padding: .1em .5em; border-radius: .3em; box-decoration-break: clone;
  -webkit-box-decoration-break: clone }`);

export class VisavisAvatar extends HTMLElement {
  static observedAttributes = ["src", "background", "framing", "connect", "muted", "poster"];

  constructor() {
    super();
    const root = this.attachShadow({mode: "open"});
    root.adoptedStyleSheets = [STYLE]; // a page's policy may forbid <style>
    this.canvas = Object.assign(document.createElement("canvas"), {part: "canvas"});
    this.line = Object.assign(document.createElement("p"), {part: "captions", ariaLive: "polite"});
    this.poster = Object.assign(document.createElement("img"), {part: "poster", alt: "", hidden: true});
    /** What stands inside the element: shown where it cannot draw. */
    this.instead = Object.assign(document.createElement("slot"), {hidden: true});
    root.append(this.canvas, this.poster, this.instead, this.line);
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
    this.blend = new Blend();
    /** @type {import("./stream/connection.js").Connection | null} */
    this.stream = null;
    /** Counts what was connected to. */
    this.calls = 0;
    this.doing = this.told = "idle";
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
    this.#connect();
  }

  disconnectedCallback() {
    this.sizes.disconnect();
    this.sights.disconnect();
    document.removeEventListener("visibilitychange", this.wake);
    cancelAnimationFrame(this.request);
    this.request = 0;
    this.interrupt();
    this.#hangUp();
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === "src") {
      if (this.isConnected) this.#load();
    } else if (name === "connect") this.#connect();
    else if (name === "muted") this.stream?.live.mute(now !== null);
    else if (name === "poster") {
      this.poster.src = now ?? "";
      this.poster.hidden = now === null || this.drawn > 0;
    } else this.#prepare();
  }

  /** "idle", "listening", "thinking" or "speaking". */
  get state() {
    if (this.performance.speaking || (this.stream?.live.heard ?? null) !== null) return "speaking";
    return this.doing;
  }

  /** Ask the server for a state: "idle", "listening", "thinking", or "auto". @param {string} state */
  setState(state) {
    return this.#send({type: "state", state});
  }

  /** Ask the server for a gesture, as "nod". @param {string} name */
  gesture(name) {
    return this.#send({type: "gesture", name});
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
   * Say something: a text, by the server that is connected; or sound and the poses that go with it.
   * @param {AudioBuffer | string} said
   * @param {ArrayLike<number>[]} [poses] one for each interval, of the interval's middle
   * @param {number} [fps] poses a second
   * @param {AudioContext} [context] one that the page has already started
   * @returns {Promise<boolean>} a text: whether it was sent; sound, when it is over: whether it was said to its end
   */
  async speak(said, poses = [], fps = 0, context) {
    if (typeof said === "string") return this.#send({type: "say", text: said});
    const {over} = await this.performance.start(said, poses, fps, context);
    this.#tell("started", {duration: said.duration});
    const end = await over;
    this.#tell("finished", end);
    return !end.interrupted;
  }

  /** Fall silent: the mouth shuts, what was not said is dropped. */
  interrupt() {
    if (this.state === "speaking") this.blend.shut();
    this.performance.interrupt();
    this.stream?.live.interrupt();
    this.#send({type: "interrupt"});
  }

  /** @param {Record<string, any>} message @returns {boolean} whether it was sent */
  #send(message) {
    return this.stream?.send(message) ?? false;
  }

  #hangUp() {
    this.calls++;
    this.stream?.close();
    Object.assign(this, {stream: null, doing: "idle"});
  }

  async #connect() {
    this.#hangUp();
    const address = this.getAttribute("connect"), call = this.calls;
    if (!address || !this.isConnected) return;
    try {
      const {connect} = await import("./stream/connection.js");
      const stream = await connect(address, (name, detail) => call === this.calls && this.#hear(name, detail),
        this.hasAttribute("muted"));
      if (call === this.calls) this.stream = stream;
      else stream.close();
    } catch (error) {
      this.#tell("error", {error});
    }
  }

  /** @param {string} name of what the stream tells @param {Record<string, any>} detail */
  #hear(name, detail) {
    if (name === "dropped") return this.blend.shut();
    if (name === "caption") this.captions = detail.text;
    if (name === "state") this.doing = detail.state === "speaking" ? "idle" : detail.state;
    else this.#tell(name, detail);
    const {state} = this;
    if (state !== this.told) this.#tell("state", {state: (this.told = state)});
  }

  /** Give memory back and hang up; the element may be loaded again by its `src`. */
  close() {
    this.loading?.abort();
    this.interrupt();
    this.#hangUp();
    this.#free();
  }

  #free() {
    this.#drop();
    this.avatar && Object.values(this.avatar.images).forEach((image) => image.close());
    this.avatar = null;
  }

  async #load() {
    this.loading?.abort();
    const loading = (this.loading = new AbortController()), src = this.getAttribute("src");
    try {
      if (!src) return this.#free();
      const avatar = await read(await download(src, loading.signal));
      if (loading.signal.aborted) return;
      this.#free();
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
      this.poster.hidden = true;
    } catch (error) {
      if (error instanceof NoWebGL) this.instead.hidden = false;
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
    const life = this.idle.at(now), said = this.performance.pose(), live = this.stream?.live;
    const told = said ? null : live?.pose();
    live?.advance();
    const key = said ? this.performance.playing : told ? live?.jumps : life;
    const pose = this.blend.pose(said ?? told ?? life, key, now, this.still.matches);
    this.drawer.draw(this.pose?.(pose, now) ?? pose);
    this.drawn++;
    this.drawMs = performance.now() - began;
  }

  /** @param {string} name @param {Record<string, any>} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, {detail}));
  }
}
