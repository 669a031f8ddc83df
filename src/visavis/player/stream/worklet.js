/**
 * The audio thread's end: plays what the page hands over, and says what is heard when.
 *
 * Comes in: orders of `Playout`. Goes out: sound, and its changes.
 */

import {Playout} from "./playout.js";

/** @type {any} the audio thread has names of its own */
const thread = globalThis;

class Voice extends thread.AudioWorkletProcessor {
  constructor() {
    super();
    /** @type {any} */
    const {port} = this;
    this.playout = new Playout((change) => port.postMessage(change));
    port.onmessage = (/** @type {MessageEvent} */ {data}) => this.playout.take(data);
  }

  /** @param {unknown} _ @param {Float32Array[][]} outputs */
  process(_, [[out]]) {
    this.playout.render(thread.currentFrame, out);
    return true;
  }
}

thread.registerProcessor("visavis-voice", Voice);
