// What the audio thread does with the microphone's sound: whole pieces of int16.

/** @type {any} */
const thread = globalThis;

thread.registerProcessor("visavis-hearing", class extends thread.AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Int16Array(Math.round(thread.sampleRate / 50));
    this.filled = 0;
  }

  /** @param {Float32Array[][]} inputs */
  process([[sound]]) {
    for (const value of sound ?? []) {
      this.piece[this.filled++] = Math.max(-1, Math.min(value, 1)) * 32767;
      if (this.filled < this.piece.length) continue;
      const whole = this.piece.slice().buffer;
      /** @type {any} */ (this).port.postMessage(whole, [whole]);
      this.filled = 0;
    }
    return true;
  }
});
