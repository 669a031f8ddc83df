/**
 * Opus packets ► samples, by the browser's own decoder.
 *
 * Comes in: packets with their places. Goes out: pieces of sound at 48 kHz, a little later.
 */

export const OPUS_RATE = 48000;

/** @returns {Promise<boolean>} whether this browser can */
export async function hasOpus() {
  const config = {codec: "opus", sampleRate: OPUS_RATE, numberOfChannels: 1};
  try {
    return Boolean((await AudioDecoder.isConfigSupported(config)).supported);
  } catch {
    return false;
  }
}

export class Opus {
  /** @param {(piece: {at: number, samples: Float32Array}) => void} give @param {number} delay samples at 48 kHz */
  constructor(give, delay) {
    this.give = give;
    this.delay = delay;
    /** @type {number[]} where those in the decoder belong */
    this.waiting = [];
    this.end = -1;
    this.decoder = this.#open();
  }

  #open() {
    const decoder = new AudioDecoder({
      output: (sound) => {
        if (decoder === this.decoder) this.#out(sound);
        sound.close();
      },
      error: () => {
        if (decoder === this.decoder) this.clear();
      },
    });
    decoder.configure({codec: "opus", sampleRate: OPUS_RATE, numberOfChannels: 1});
    return decoder;
  }

  /** @param {AudioData} sound */
  #out(sound) {
    const at = /** @type {number} */ (this.waiting.shift());
    let samples = new Float32Array(sound.numberOfFrames);
    sound.copyTo(samples, {planeIndex: 0, format: "f32-planar"});
    const begin = at - this.delay, after = begin === this.end;
    this.end = begin + samples.length;
    // What the decoder gives before the first sample after silence is not sound yet.
    if (!after) samples = samples.slice(this.delay);
    this.give({at: after ? begin : at, samples});
  }

  /** @param {number} at first sample, at 48 kHz @param {Uint8Array} data */
  decode(at, data) {
    this.waiting.push(at);
    this.decoder.decode(new EncodedAudioChunk({type: "key", timestamp: Math.round((at * 1e6) / OPUS_RATE), data}));
  }

  clear() {
    this.close();
    this.waiting = [];
    this.end = -1;
    this.decoder = this.#open();
  }

  close() {
    if (this.decoder.state !== "closed") this.decoder.close();
  }
}
