/**
 * Something said: sound, and poses in step with what is heard of it.
 *
 * Comes in: sound and poses. Goes out: at any moment the pose that belongs to what is heard.
 */

import {between, SIZE} from "./pose.js";

/** @typedef {{position: number, interrupted: boolean}} End seconds that were heard */

/** What leaves the loudspeaker now, as far as the browser knows. @param {AudioContext} context @returns {number} seconds */
export function heardOf(context) {
  const {contextTime = 0, performanceTime = 0} = context.getOutputTimestamp?.() ?? {};
  const heard = contextTime && performanceTime
    ? contextTime + (performance.now() - performanceTime) / 1000
    : context.currentTime - (context.outputLatency || context.baseLatency || 0);
  return Math.min(heard, context.currentTime);
}

export class Performance {
  constructor() {
    /** @type {AudioContext | undefined} */
    this.context = undefined;
    /** @type {{poses: ArrayLike<number>[], fps: number, begin: number, duration: number,
     *   context: AudioContext, source: AudioBufferSourceNode, end: (end: End) => void} | null} */
    this.playing = null;
    this.last = new Float32Array(SIZE);
  }

  get speaking() {
    return this.playing !== null;
  }

  /** Seconds of the sound that have been heard, by the sound's clock. */
  get position() {
    const {playing} = this;
    if (!playing) return 0;
    return Math.min(Math.max(heardOf(playing.context) - playing.begin, 0), playing.duration);
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

  /** The pose at this moment, null for none. @returns {Float32Array | null} reused */
  pose() {
    const {playing, last} = this;
    if (!playing) return null;
    const {poses, fps} = playing, x = Math.min(Math.max(this.position * fps - 0.5, 0), poses.length - 1);
    between(last, poses[Math.floor(x)], poses[Math.min(Math.floor(x) + 1, poses.length - 1)], x % 1);
    return last;
  }
}
