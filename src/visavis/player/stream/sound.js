/**
 * The sound of a stream, and the clock that the mouth follows.
 *
 * Comes in: orders of `Playout`. Goes out: sound, once the browser allows it, and at any moment the
 * sample that is heard. Until somebody has touched the page, and without sound, time goes on in silence.
 */

import {heardOf} from "../performance.js";
import {heardAt, Playout, register} from "./playout.js";

const GESTURES = ["pointerdown", "pointerup", "keydown", "touchend"];
/** Samples that the silent clock does at once. */
const STEP = 128, MOST_BEHIND_S = 60;

export class Sound {
  /** @param {number} rate Hz @param {boolean} muted @param {boolean} [silent] whether it never sounds */
  constructor(rate, muted, silent = false) {
    this.rate = rate;
    /** @type {import("./playout.js").Change[]} the last few, the newest last */
    this.changes = [];
    /** How often sound was late. */
    this.stalls = 0;
    /** @type {AudioWorkletNode | null} */
    this.node = null;
    this.tell = (/** @type {import("./playout.js").Change} */ change) => {
      if (change.late) this.stalls++;
      this.changes = change.placed ? [change] : [...this.changes.slice(-3), change];
    };
    /** @type {Playout | null} plays to nobody while the browser allows no sound */
    this.silent = new Playout(this.tell);
    this.done = this.frame();
    this.ended = new AbortController();
    if (silent) return;
    const context = (this.context = new AudioContext({sampleRate: rate, latencyHint: "interactive"}));
    this.volume = new GainNode(context, {gain: muted ? 0 : 1});
    this.volume.connect(context.destination);
    const touched = () => void context.resume().catch(() => undefined), {signal} = this.ended;
    for (const name of GESTURES) document.addEventListener(name, touched, {capture: true, passive: true, signal});
    context.onstatechange = () => void this.#begin(context);
    touched();
    void this.#begin(context);
  }

  /** Whether time goes on, be it in silence. */
  get runs() {
    return !this.node || this.context?.state === "running";
  }

  get audible() {
    return this.node !== null && this.runs;
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.volume?.gain.setTargetAtTime(muted ? 0 : 1, /** @type {AudioContext} */ (this.context).currentTime, 0.01);
  }

  /** @param {AudioContext} context */
  async #begin(context) {
    if (context.state !== "running" || this.node) return;
    try {
      await context.audioWorklet.addModule(new URL("worklet.js", import.meta.url)).catch(() => {
        const text = `const Playout = ${Playout}; (${register})(globalThis, Playout);`; // all is in one bundle
        return context.audioWorklet.addModule(URL.createObjectURL(new Blob([text], {type: "text/javascript"})));
      });
    } catch {
      return; // goes on in silence
    }
    const {silent} = this;
    if (!silent || context.state !== "running") return;
    const at = Math.round(this.position()), {pieces, speech, until} = silent;
    this.node = new AudioWorkletNode(context, "visavis-voice", {numberOfInputs: 0, outputChannelCount: [1]});
    this.node.port.onmessage = ({data}) => this.tell(data);
    this.node.connect(/** @type {GainNode} */ (this.volume));
    this.silent = null;
    this.order({place: {at, frame: this.frame()}, speech, until, pieces});
  }

  /** @param {import("./playout.js").Order} order */
  order(order) {
    if (this.silent) return this.silent.take(order);
    if (order.place) this.changes = [{...order.place, moves: true}]; // before the audio thread says so
    this.node?.port.postMessage(order, order.pieces?.map(({samples}) => samples.buffer) ?? []);
  }

  /** The frame of the clock that sound handed over now would have. */
  frame() {
    return Math.round((this.silent ? performance.now() / 1000 : this.context?.currentTime ?? 0) * this.rate);
  }

  /** The way from there to the loudspeaker, seconds. */
  get way() {
    return (!this.silent && this.context?.outputLatency) || 0;
  }

  /** The frame that leaves the loudspeaker now, as far as the browser knows. */
  heard() {
    const {context} = this;
    return this.silent || !context ? this.frame() : heardOf(context) * this.rate;
  }

  /** The sample that is heard at a frame of the clock, now by default. @param {number} [frame] */
  position(frame) {
    if (this.silent) {
      const now = this.frame(), out = new Float32Array(STEP);
      this.done = Math.max(this.done, now - MOST_BEHIND_S * this.rate);
      for (; this.done <= now; this.done += STEP) this.silent.render(this.done, out);
    }
    const {changes} = this, now = frame ?? this.heard();
    const change = changes.findLast((known) => known.frame <= now) ?? changes[0];
    return change ? heardAt(change, now) : 0;
  }

  close() {
    this.silent = null;
    this.ended.abort();
    if (!this.context) return;
    this.context.onstatechange = null;
    void this.context.close().catch(() => undefined);
  }
}
