/**
 * Something said: sound, and poses in step with what is heard of it.
 *
 * Comes in: sound and poses. Goes out: at any moment the pose that belongs to what is heard, blended
 * with the life of the page before, between and after. The clock is the sound's own.
 */

import {at, SIZE} from "./pose.js";

/** Going over from life to speech and back, seconds. */
const BLEND = 0.12;
const LIVE = new Set(["eyeBlinkLeft", "eyeBlinkRight"].map(at));

/** @typedef {{position: number, interrupted: boolean}} End seconds that were heard */

export class Performance {
  constructor() {
    /** @type {AudioContext | undefined} */
    this.context = undefined;
    /** @type {{poses: ArrayLike<number>[], fps: number, begin: number, duration: number,
     *   context: AudioContext, source: AudioBufferSourceNode, end: (end: End) => void} | null} */
    this.playing = null;
    this.last = new Float32Array(SIZE);
    this.out = new Float32Array(SIZE);
    this.share = 0;
    this.moment = 0;
  }

  get speaking() {
    return this.playing !== null;
  }

  /** Seconds of the sound that have been heard, by the sound's clock. */
  get position() {
    const {playing} = this;
    if (!playing) return 0;
    const {context} = playing, stamp = context.getOutputTimestamp?.();
    // what comes out of the loudspeaker now, where the browser knows it
    const heard = stamp?.performanceTime
      ? /** @type {number} */ (stamp.contextTime) + (performance.now() - stamp.performanceTime) / 1000
      : context.currentTime - (context.outputLatency || context.baseLatency || 0);
    return Math.min(Math.max(Math.min(heard, context.currentTime) - playing.begin, 0), playing.duration);
  }

  /**
   * Begin; whatever was being said is interrupted.
   * @param {AudioBuffer} sound
   * @param {ArrayLike<number>[]} poses
   * @param {number} fps
   * @param {AudioContext} [given]
   * @returns {Promise<{over: Promise<End>}>} when it has begun; `over` when it is over
   */
  async start(sound, poses, fps, given) {
    if (!poses.length || poses.some((pose) => pose.length !== SIZE) || !(fps > 0))
      throw new RangeError(`poses of ${SIZE} numbers and their rate are needed`);
    this.interrupt();
    const context = given ?? (this.context ??= new AudioContext());
    if (context.state === "suspended") await context.resume();
    this.interrupt(); // another may have begun meanwhile
    const source = new AudioBufferSourceNode(context, {buffer: sound});
    source.connect(context.destination);
    const over = new Promise((/** @type {(end: End) => void} */ end) => {
      const begin = context.currentTime + 0.02;
      source.start(begin);
      this.playing = {poses, fps, begin, duration: sound.duration, context, source, end};
      source.onended = () => {
        if (this.playing?.source !== source) return;
        this.playing = null;
        end({position: sound.duration, interrupted: false});
      };
    });
    return {over};
  }

  interrupt() {
    const {playing, position} = this;
    if (!playing) return;
    this.playing = null;
    playing.source.stop();
    playing.source.disconnect();
    playing.end({position, interrupted: true});
  }

  /**
   * The pose at this moment.
   * @param {Float32Array} life what the page does by itself
   * @param {number} now seconds
   * @returns {Float32Array} reused
   */
  pose(life, now) {
    const {playing, last, out} = this, step = Math.min(Math.max(now - this.moment, 0), 0.1) / BLEND;
    this.moment = now;
    if (playing) {
      const {poses, fps} = playing, x = Math.min(Math.max(this.position * fps - 0.5, 0), poses.length - 1);
      const i = Math.floor(x), t = x - i, a = poses[i], b = poses[Math.min(i + 1, poses.length - 1)];
      for (let k = 0; k < SIZE; k++) last[k] = a[k] + (b[k] - a[k]) * t;
      this.share = Math.min(this.share + step, 1);
    } else this.share = Math.max(this.share - step, 0);
    const {share} = this;
    for (let k = 0; k < SIZE; k++)
      out[k] = LIVE.has(k) ? Math.max(life[k] * (1 - share), last[k] * share) : life[k] + (last[k] - life[k]) * share;
    return out;
  }
}
