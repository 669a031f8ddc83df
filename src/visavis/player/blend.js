/**
 * From one source of poses to another without a jump.
 *
 * Comes in: poses from changing sources. Goes out: a pose that goes over to each new one: the mouth soon,
 * the head and the eyes slowly.
 */

import {at, NAMES, SIZE} from "./pose.js";

/** Seconds to go over: the mouth and the lids, all else. */
const SOON_S = 0.08, SLOW_S = 0.35;
const MOUTH = NAMES.map((name) => /^(jaw|mouth|tongue|cheekPuff)/.test(name));
const SOON = NAMES.map((name, k) => MOUTH[k] || name.startsWith("eyeBlink"));
const HEAD = ["headYaw", "headPitch", "headRoll", "headX", "headY", "headScale"].map(at);
const GAZE = ["gazeX", "gazeY"].map(at);
/** How much of the head's movement is left where less motion is asked for. */
const CALM = 0.15;

/** What is left after a part of the way. @param {number} x */
const left = (x) => (x >= 1 ? 0 : 1 - x * x * (3 - 2 * x));

export class Blend {
  constructor() {
    this.out = new Float32Array(SIZE);
    /** How far the picture was from the new source when it took over. */
    this.away = new Float32Array(SIZE);
    /** @type {unknown} */
    this.key = null;
    this.age = Infinity;
    this.moment = 0;
  }

  /** Shut the mouth in the next picture, whatever it does now. */
  shut() {
    MOUTH.forEach((mouth, k) => mouth && (this.out[k] = this.away[k] = 0));
  }

  /**
   * @param {ArrayLike<number>} source a pose
   * @param {unknown} key another one: the source does not go on from what it was
   * @param {number} now seconds
   * @param {boolean} [calm] whether the head keeps almost still
   * @returns {Float32Array} reused
   */
  pose(source, key, now, calm = false) {
    const {out, away} = this;
    this.age += Math.min(Math.max(now - this.moment, 0), 0.1);
    this.moment = now;
    const taken = key !== this.key && this.key !== null;
    const before = taken ? out.slice() : out;
    out.set(source);
    if (calm) {
      GAZE.forEach((entry, i) => (out[entry] += (1 - CALM) * source[HEAD[i]])); // the eyes turned with the head
      for (const entry of HEAD) out[entry] *= CALM;
    }
    if (taken) {
      for (let k = 0; k < SIZE; k++) away[k] = before[k] - out[k];
      this.age = 0;
    }
    this.key = key;
    const soon = left(this.age / SOON_S), slow = left(this.age / SLOW_S);
    for (let k = 0; k < SIZE; k++) out[k] += away[k] * (SOON[k] ? soon : slow);
    return out;
  }
}
