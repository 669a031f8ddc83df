/**
 * Life while nothing is said: breath, blinks, glances, a head that is never quite still.
 *
 * Comes in: the time. Goes out: a pose. A small version of the idle part of `visavis.motion`; nothing loops.
 */

import {at, SIZE} from "./pose.js";

const ROW = 0.02;
const POSTURE = [1.5, 1, 1.1, 1, 0.6, 0.007], LIMIT = [4.2, 3, 2.6, 2.5, 1.5, 0.018];
const SWAY = [0.6, 0.45, 0.4, 0.5, 0.3, 0.003];
const STILL = 0.55;
const HEAD = ["headYaw", "headPitch", "headRoll", "headX", "headY", "headScale"].map(at);
/** The least time between pictures that is caught up with. */
const MOST_ROWS = 50;

/** A stream of random numbers from a seed (Mulberry32). @param {number} seed @returns {() => number} 0..1 */
function stream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Goes to its target without jumping in place, speed or acceleration. */
class Glide {
  /** @param {number} seconds time constant of each of three poles */
  constructor(seconds) {
    this.a = 1 - Math.exp(-ROW / seconds);
    this.x = this.y = this.z = 0;
  }

  /** @param {number} target */
  step(target) {
    this.x += this.a * (target - this.x);
    this.y += this.a * (this.x - this.y);
    this.z += this.a * (this.y - this.z);
    return this.z;
  }
}

/** @param {number} t */
const ease = (t) => t * t * (3 - 2 * t);

/** Lid closure, seconds after a blink began. @param {number} x */
function lid(x) {
  if (x <= 0 || x >= 0.26) return 0;
  if (x < 0.075) return ease((x / 0.075) ** 0.9);
  return x < 0.11 ? 1 : 1 - ease(((x - 0.11) / 0.15) ** 0.85);
}

export class Idle {
  /** @param {number} [seed] */
  constructor(seed = Math.floor(Math.random() * 2 ** 32)) {
    this.random = stream(seed);
    /** Whether the head moves, too; blinks and breath always do. */
    this.lively = true;
    this.time = 0;
    this.head = HEAD.map((_, i) => new Glide([0.17, 0.14, 0.19, 0.2, 0.2, 0.3][i]));
    this.sway = HEAD.map(() => new Glide(0.37));
    this.posture = HEAD.map(() => 0);
    this.postureLeft = 1;
    this.blinkAt = 1 + 2 * this.random();
    this.gaze = [0, 0];
    this.from = [0, 0];
    this.gazeAt = 0;
    this.gazeLeft = 1.5;
    this.breath = new Glide(0.16);
    this.breathTarget = 0;
    this.breathGoal = 0.6;
    this.breathSpeed = 0.4;
    this.pose = new Float32Array(SIZE);
  }

  /** Normal, deviation 1. */
  #normal() {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }

  /** @param {number} median @param {number} sigma */
  #logNormal(median, sigma) {
    return median * Math.exp(sigma * this.#normal());
  }

  #row() {
    this.time += ROW;
    this.postureLeft -= ROW;
    if (this.postureLeft <= 0) {
      this.postureLeft = this.#logNormal(3.6, 0.5);
      this.posture = this.posture.map((old, i) =>
        Math.min(Math.max(-0.45 * old + 0.95 * POSTURE[i] * this.#normal(), -LIMIT[i]), LIMIT[i]));
    }
    const amount = this.lively ? STILL : 0;
    HEAD.forEach((entry, i) => {
      // white noise through three poles has about a fifth of its deviation left per root of rows
      const noise = this.sway[i].step(9 * SWAY[i] * this.#normal());
      const eyes = i === 0 ? 0.22 * this.gaze[0] : i === 1 ? 0.18 * this.gaze[1] : 0;
      this.pose[entry] = this.head[i].step(amount * (this.posture[i] + eyes)) + amount * noise;
    });
    this.gazeLeft -= ROW;
    if (this.gazeLeft <= 0) {
      const away = this.random() < 0.25;
      this.from = this.gaze;
      const side = this.random() < 0.5 ? -1 : 1;
      this.gaze = away && this.lively
        ? [side * (2.5 + 3.5 * this.random()), -0.5 + 3 * this.random()]
        : [0.5 * this.#normal(), 0.35 * this.#normal()];
      this.gazeAt = this.time;
      this.gazeLeft = away ? this.#logNormal(0.9, 0.35) : this.#logNormal(1.6, 0.6);
    }
    this.breathTarget += this.breathSpeed * ROW;
    if ((this.breathTarget - this.breathGoal) * this.breathSpeed >= 0) {
      const inward = this.breathSpeed < 0;
      this.breathGoal = inward ? 0.45 + 0.35 * this.random() : 0.02 + 0.08 * this.random();
      this.breathSpeed = (this.breathGoal - this.breathTarget) / this.#logNormal(inward ? 1.5 : 2.2, 0.22);
    }
    this.pose[at("breath")] = Math.min(Math.max(this.breath.step(this.breathTarget), 0), 1);
    if (this.time > this.blinkAt + 0.3) this.blinkAt = this.time + Math.max(this.#logNormal(3.6, 0.55), 0.6);
  }

  /**
   * The pose at a time.
   * @param {number} seconds since the first call; a longer stop is not caught up with
   * @returns {Float32Array} reused
   */
  at(seconds) {
    let rows = Math.floor((seconds - this.time) / ROW);
    if (rows > MOST_ROWS) {
      this.blinkAt += (rows - MOST_ROWS) * ROW;
      this.gazeAt += (rows - MOST_ROWS) * ROW;
      this.time += (rows - MOST_ROWS) * ROW;
      rows = MOST_ROWS;
    }
    for (; rows > 0; rows--) this.#row();
    const {pose} = this, shut = lid(seconds - this.blinkAt);
    const size = Math.hypot(this.gaze[0] - this.from[0], this.gaze[1] - this.from[1]);
    const way = ease(Math.min(Math.max((seconds - this.gazeAt) / (0.021 + 0.0022 * size), 0), 1));
    const look = this.gaze.map((to, i) => this.from[i] + (to - this.from[i]) * way);
    pose[at("eyeBlinkLeft")] = pose[at("eyeBlinkRight")] = shut;
    // the eyes hold the viewer while the head turns
    pose[at("gazeX")] = look[0] - pose[at("headYaw")];
    pose[at("gazeY")] = look[1] - pose[at("headPitch")];
    return pose;
  }
}
