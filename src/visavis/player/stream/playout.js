/**
 * What of a stream's sound is heard when.
 *
 * Comes in: pieces of sound with their places in the stream, and word of what is still to come. Goes
 * out: samples for a clock that never stops, and each change of what its frames mean. Late sound is
 * waited for; lost sound is passed over. Runs in the worklet, or without while no sound is allowed.
 */

/** At `frame` of the clock, sample `at` of the stream is heard, and those after it if it moves. */
/** @typedef {{frame: number, at: number, moves: boolean, placed?: boolean, late?: boolean}} Change */
/**
 * `pieces`: sound; `place`: sample `at` is to be heard at `frame`; `until`: all before it has come;
 * `speech`: where sound is waited for, with `reserve` in store before it goes on; `cut`: forget all
 * from there on.
 * @typedef {{pieces?: {at: number, samples: Float32Array}[], place?: {at: number, frame: number},
 *   until?: number, speech?: {from: number, to: number, reserve: number}, cut?: number}} Order
 */

/** @param {Change} change @param {number} frame @returns {number} the sample heard at a frame */
export const heardAt = (change, frame) => change.at + (change.moves ? frame - change.frame : 0);

export class Playout {
  /** Samples over which sound comes in and, when it breaks off, goes out. */
  static EDGE = 96;
  /** No more is kept, samples and pieces; and no longer is waited for what is late. */
  static MOST = 60 * 48000;
  static MOST_PIECES = 4000;
  static MOST_WAIT = 2 * 48000;

  /** @param {(change: Change) => void} tell */
  constructor(tell) {
    this.tell = tell;
    /** @type {{at: number, samples: Float32Array}[]} in order */
    this.pieces = [];
    this.speech = {from: 0, to: 0, reserve: 0};
    /** @type {Change} */
    this.now = {frame: 0, at: 0, moves: true};
    this.until = this.waits = this.goesOn = 0;
    this.next = 0; // frame
    this.level = this.gain = 0;
  }

  /** @param {Order} order */
  take({pieces = [], place, until, speech, cut}) {
    if (cut !== undefined) {
      this.pieces = this.pieces.filter(({at}) => at < cut)
        .map(({at, samples}) => ({at, samples: samples.subarray(0, cut - at)}));
      this.speech = {...this.speech, to: Math.min(this.speech.to, cut)};
      this.until = Math.min(this.until, cut);
    }
    if (speech) this.speech = speech;
    if (place) {
      const {speech: {from}, next} = this, {at, frame} = place, missed = at <= from && at + next - frame > from;
      // a beginning is heard whole, however long its order was under way
      this.#change({...(missed ? {at: from, frame: next} : place), moves: true, placed: true});
    }
    for (const piece of pieces) this.#keep(piece);
    this.until = Math.max(this.until, until ?? 0);
  }

  /** @param {{at: number, samples: Float32Array}} piece */
  #keep(piece) {
    const {pieces} = this, i = pieces.findLastIndex(({at}) => at <= piece.at) + 1;
    let kept = 0;
    if (pieces[i - 1]?.at === piece.at) return; // came twice
    pieces.splice(i, 0, piece);
    for (const {samples} of pieces) kept += samples.length;
    if (kept > Playout.MOST || pieces.length > Playout.MOST_PIECES) pieces.pop();
    this.until = Math.max(this.until, piece.at + piece.samples.length);
  }

  /** @param {Change} change */
  #change(change) {
    this.now = change;
    this.waits = this.goesOn = 0;
    this.tell(change);
  }

  /** Wait where sound is late, go on where it has come. @type {(frame: number, at: number, length: number) => number} */
  #place(frame, at, length) {
    const {now, pieces, speech, until} = this;
    const late = at >= speech.from && at < speech.to && Math.min(at + length, speech.to) > until;
    if (now.moves) {
      if (late) this.#change({frame, at, moves: false, late: at > speech.from + length});
      return at;
    }
    this.waits += length;
    if (!late && !this.goesOn) this.goesOn = frame + (now.late && at < speech.to ? speech.reserve : 0);
    const over = this.waits > Playout.MOST_WAIT;
    if (over) this.speech = {...speech, to: at};
    if (!over && !(this.goesOn && frame >= this.goesOn)) return at;
    at = Math.max(at, Math.min(pieces[0]?.at ?? until, until));
    this.#change({frame, at, moves: true});
    return at;
  }

  /** Fill the next samples. @param {number} frame of the clock @param {Float32Array} out */
  render(frame, out) {
    const {pieces} = this, length = out.length;
    let at = Math.round(this.now.at + (this.now.moves ? frame - this.now.frame : 0));
    while (pieces.length && pieces[0].at + pieces[0].samples.length <= at) pieces.shift();
    at = this.#place(frame, at, length);
    for (let i = 0, k = 0; i < length; i++) {
      while (k < pieces.length && pieces[k].at + pieces[k].samples.length <= at + i) k++;
      const place = this.now.moves && k < pieces.length ? at + i - pieces[k].at : -1;
      if (place >= 0) {
        this.gain = Math.min(this.gain + 1 / Playout.EDGE, 1);
        out[i] = this.level = pieces[k].samples[place] * this.gain;
      } else {
        this.gain = 0;
        out[i] = this.level *= 1 - 4 / Playout.EDGE; // breaks off without a click
      }
    }
    this.next = frame + length;
  }
}

/**
 * The audio thread's end of it. Stands by itself, as the class does, so that its text can be sent there
 * where a bundler has left no file to load.
 * @param {any} thread its global names
 * @param {typeof Playout} Played
 */
export function register(thread, Played) {
  thread.registerProcessor("visavis-voice", class extends thread.AudioWorkletProcessor {
    constructor() {
      super();
      /** @type {any} */
      const {port} = this;
      this.playout = new Played((change) => port.postMessage(change));
      port.onmessage = (/** @type {MessageEvent} */ {data}) => this.playout.take(data);
    }

    /** @param {unknown} _ @param {Float32Array[][]} outputs */
    process(_, [[out]]) {
      this.playout.render(thread.currentFrame, out);
      return true;
    }
  });
}
