// The microphone button: a tap opens it, holding it speaks one turn.

import { notice } from "./dom.js";

const TAP_MS = 350;
const KEEP_MS = 30000;

/** The microphone, and how its sound is to be taken. */
export class Microphone {
  /**
   * @param {HTMLElement} button
   * @param {import("./link.js").Link | import("./drawn.js").Drawn} link
   * @param {() => void} changed called when the mode has changed
   */
  constructor(button, link, changed) {
    this.button = button;
    this.link = link;
    this.changed = changed;
    /** @type {"off"|"hold"|"open"} */
    this.mode = "off";
    /** @type {MediaStream|null} */
    this.stream = null;
    this.pressed = 0;
    this.tapped = false;
    this.was = "off";
    this.release = 0;
    button.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      button.setPointerCapture(event.pointerId);
      this.press();
    });
    for (const end of ["pointerup", "pointercancel"]) button.addEventListener(end, () => this.letGo());
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("click", (event) => {
      if (event.detail === 0) this.take(this.mode === "open" ? "off" : "open"); // by keyboard
    });
  }

  /** The button, or its key, goes down. */
  press() {
    if (this.pressed) return;
    this.pressed = performance.now();
    this.was = this.mode;
    if (this.mode === "off") this.take("hold");
  }

  /** And up. */
  letGo() {
    if (!this.pressed) return;
    const tap = performance.now() - this.pressed < TAP_MS;
    this.pressed = 0;
    this.tapped = tap;
    if (this.was === "open") this.take("off");
    else if (this.mode === "hold") this.take(tap ? "open" : "off");
  }

  /**
   * @param {"off"|"hold"|"open"} mode
   * @returns {Promise<void>}
   */
  async take(mode) {
    if (mode !== "off" && !this.stream) {
      const held = mode === "hold";
      if (!(await this.open())) return this.set("off");
      if (held && !this.pressed) {
        // the browser asked first, and meanwhile the button was let go
        if (this.tapped) return this.take("open");
        notice("The microphone is ready: hold the button and speak.");
        return this.set("off");
      }
    }
    clearTimeout(this.release);
    if (mode === "off") this.release = window.setTimeout(() => this.close(), KEEP_MS);
    for (const track of this.stream?.getTracks() ?? []) track.enabled = mode !== "off";
    this.link.send({ type: "microphone", mode });
    this.set(mode);
  }

  /** @param {"off"|"hold"|"open"} mode */
  set(mode) {
    this.mode = mode;
    this.button.setAttribute("aria-pressed", String(mode === "open"));
    this.button.classList.toggle("held", mode === "hold");
    this.changed();
  }

  async open() {
    if (!navigator.mediaDevices?.getUserMedia) {
      notice("A microphone needs https, or this machine itself: start with --https.", "bad");
      return false;
    }
    try {
      const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      const why =
        name === "NotAllowedError" ? "This page may not use the microphone. Allow it beside the address, then try again."
        : name === "NotFoundError" ? "No microphone was found."
        : "The microphone cannot be opened; another program may be using it.";
      notice(why, "bad");
      return false;
    }
    const [track] = this.stream.getAudioTracks();
    track.addEventListener("ended", () => this.close());
    await this.attach();
    this.meter(this.stream);
    return true;
  }

  /** Send the microphone's sound over the connection there is now. */
  async attach() {
    await this.link.microphone?.replaceTrack(this.stream?.getAudioTracks()[0] ?? null);
    if (this.mode === "open") this.link.send({ type: "microphone", mode: "open" });
  }

  /** Free the microphone: the browser no longer shows that it is in use. */
  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.link.microphone?.replaceTrack(null);
    if (this.mode !== "off") {
      this.link.send({ type: "microphone", mode: "off" });
      this.set("off");
    }
  }

  /**
   * Let the button show how loud it is.
   * @param {MediaStream} stream
   */
  meter(stream) {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let level = 0;
    const draw = () => {
      if (this.stream !== stream) return void context.close();
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
      const loud = Math.min(Math.max((10 * Math.log10(power + 1e-9) + 55) / 40, 0), 1);
      level = Math.max(loud, 0.88 * level);
      this.button.style.setProperty("--level", level.toFixed(3));
      requestAnimationFrame(draw);
    };
    draw();
  }
}
