/**
 * `<visavis-avatar src="ada.imx">`: a character on any page.
 *
 * Comes in: an `.imx` file's address; sound and poses (`speak`), or a motion stream's address
 * (`connect`) or room. Goes out: the character, drawn at the element's size and the screen's pixel
 * density, alive by itself; events. It rests while nobody sees it.
 */

import {parseBackground} from "./draw/backdrop.js";
import {contextOf, Drawer, NoWebGL} from "./draw/drawer.js";
import {frameView} from "./draw/view.js";
import {Idle} from "./idle.js";
import {download, read} from "./imx/reader.js";
import {make} from "./pose.js";
import {Talking} from "./talking.js";

const MOST_PX = 2048;
const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`:host { display: inline-block; width: 320px; aspect-ratio: 1; position: relative; overflow: hidden }
:host([hidden]) { display: none }
canvas, img, slot { position: absolute; inset: 0; width: 100%; height: 100%; display: block; object-fit: cover }
[hidden] { display: none }
p { position: absolute; inset: auto 4% 4%; margin: 0; text-align: center; font: 1em/1.4 system-ui, sans-serif }
p span { background: #000b; color: #fff; padding: .1em .5em; border-radius: .3em; box-decoration-break: clone;
  -webkit-box-decoration-break: clone }`);

export class VisavisAvatar extends Talking {
  static observedAttributes = ["src", "background", "framing", "connect", "muted", "poster"];

  constructor() {
    super();
    const root = this.attachShadow({mode: "open"});
    root.adoptedStyleSheets = [STYLE]; // a page's policy may forbid <style>
    this.canvas = Object.assign(document.createElement("canvas"), {part: "canvas"});
    this.front = Object.assign(document.createElement("img"), {part: "poster", alt: "", hidden: true});
    /** What stands inside the element: shown where it cannot draw. */
    this.instead = Object.assign(document.createElement("slot"), {hidden: true});
    root.append(this.canvas, this.front, this.instead, this.line);
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
    this.dial();
  }

  disconnectedCallback() {
    this.sizes.disconnect();
    this.sights.disconnect();
    document.removeEventListener("visibilitychange", this.wake);
    cancelAnimationFrame(this.request);
    this.request = 0;
    this.interrupt();
    this.hangUp();
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === "src") {
      if (this.isConnected) this.#load();
    } else if (name === "connect") this.dial();
    else if (name === "muted") this.stream?.live.mute(now !== null);
    else if (name === "poster") {
      this.front.src = now ?? "";
      this.front.hidden = now === null || this.drawn > 0;
    } else this.#prepare();
  }

  /** Give memory back and hang up; the element may be loaded again by its `src`. */
  close() {
    this.loading?.abort();
    this.interrupt();
    this.hangUp();
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
      this.tell("error", {error});
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
      if (first) {
        this.tell("ready", {name: this.avatar.manifest.name});
        setTimeout(() => this.#warm());
      }
      this.#wake();
      this.front.hidden = true;
    } catch (error) {
      if (error instanceof NoWebGL) this.instead.hidden = false;
      this.tell("error", {error});
    }
  }

  /** Have the card's programs compiled before the mouth first opens: that may take a while. */
  #warm() {
    this.drawer?.draw(make({jawOpen: 0.5, tongueOut: 0.5, eyeBlink: 0.6}));
    this.#draw(performance.now() / 1000); // before anybody sees that
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
    const pose = this.posed(this.idle.at(now), now, this.still.matches);
    this.drawer.draw(this.pose?.(pose, now) ?? pose);
    this.drawn++;
    this.drawMs = performance.now() - began;
  }
}

// The attributes are properties, too, as frameworks set them.
for (const name of VisavisAvatar.observedAttributes)
  Object.defineProperty(VisavisAvatar.prototype, name, {
    get() {
      return name === "muted" ? this.hasAttribute(name) : this.getAttribute(name);
    },
    set(value) {
      if (value === false || value == null) this.removeAttribute(name);
      else this.setAttribute(name, value === true ? "" : value);
    },
  });
