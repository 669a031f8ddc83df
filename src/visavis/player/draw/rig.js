/**
 * A pose becomes geometry, as `visavis.render.geometry` does it.
 *
 * Comes in: an avatar's rig and a pose. Goes out: vertex positions in output px, depth, brightness,
 * contours, the mouth's axes, the eyes; reused from picture to picture.
 */

import {at, SIZE} from "../pose.js";
import {eyeGeometry, RISEN_LOWER_LID, share} from "./lids.js";

const BREATH_MM = 1.3, HEAD_BREATH = 0.175;
const EDGE_PX = 2;
const DEPTH_PER_PX = 1e-5;
const GAIN_LOW = 0.75, GAIN_HIGH = 1.3;
/** Larger entries of a pose are taken for this. */
const LARGEST = 1000;

/** @typedef {import("../imx/reader.js").Avatar} Avatar */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("./lids.js").EyeGeometry} EyeGeometry */

/**
 * What a pose makes of an avatar, in output px. `vertices`: x, y, depth, gain of each.
 * @typedef {{vertices: Float32Array, lipUpper: Float32Array, lipLower: Float32Array,
 *   origin: number[], axes: number[][], jawShift: number[], mm: number, openMm: number,
 *   eyes: {left: EyeGeometry | null, right: EyeGeometry | null}, pose: Float32Array}} Geometry
 */

/** Follows values up to half the limit, and approaches it without a corner. @type {(value: number, limit: number) => number} */
function softLimit(value, limit) {
  if (limit <= 0) return 0;
  const turns = Math.min(Math.max(value / limit, -1e6), 1e6);
  return (limit * turns) / (1 + turns ** 4) ** 0.25;
}

/** @type {(a: number[][], b: number[][]) => number[][]} */
const product = (a, b) => a.map((row) => b[0].map((_, j) => row.reduce((s, v, k) => s + v * b[k][j], 0)));

/** A pose that can be drawn: finite and within reason. @param {ArrayLike<number>} pose */
export function checkedPose(pose) {
  if (pose.length !== SIZE) throw new RangeError(`a pose has ${SIZE} numbers`);
  return Float32Array.from(pose, (value) =>
    Number.isFinite(value) ? Math.min(Math.max(value, -LARGEST), LARGEST) : 0);
}

export class Rig {
  /** @param {Avatar} avatar */
  constructor({rig, face, manifest}) {
    this.face = face;
    /** @type {[number, number]} */
    this.canvas = manifest.canvas;
    /** @type {Float32Array} */
    this.neutral = rig.vertices;
    this.count = this.neutral.length / 3;
    this.rig = rig;
    this.frame = [0, 1, 2].map((i) => Array.from(/** @type {Float32Array} */ (rig.frame).subarray(3 * i, 3 * i + 3)));
    this.turnedBack = [0, 1, 2].map((i) => this.frame.map((row) => row[i]));
    this.pivot = Array.from(/** @type {Float32Array} */ (rig.pivot));
    this.left = face.bases.map((b) => at(b.sided ? `${b.name}Left` : b.name));
    this.right = face.bases.map((b) => at(b.sided ? `${b.name}Right` : b.name));
    const {angle, stomion, jaw} = face.mouth, [x, y, z] = this.turnedBack;
    const cos = Math.cos(angle), sin = Math.sin(angle);
    this.mouth = [
      x.map((v, i) => v * cos + y[i] * sin), y.map((v, i) => v * cos - x[i] * sin), z,
      stomion.map((v, i) => v - this.pivot[i]), jaw,
    ];
    this.edges = new Uint8Array(this.count);
    const [width, height] = this.canvas;
    for (let i = 0; i < this.count; i++) {
      const vx = this.neutral[3 * i], vy = this.neutral[3 * i + 1];
      this.edges[i] = Number(vx < EDGE_PX) | (Number(vx > width - EDGE_PX) << 1) |
        (Number(vy < EDGE_PX) << 2) | (Number(vy > height - EDGE_PX) << 3);
    }
    this.sum = new Float32Array(3 * this.count);
    this.more = new Float32Array(3 * this.count);
    this.light = new Float32Array(this.count);
    this.vertices = new Float32Array(4 * this.count);
    /** Weights and their bases' values summed up last. */
    this.corners = {left: this.#corners("left"), right: this.#corners("right")};
  }

  /** @param {string} side */
  #corners(side) {
    const upper = this.rig[`eye_${side}_upper`];
    return [upper[0], upper[upper.length - 1]].map((v) => [this.neutral[3 * v], this.neutral[3 * v + 1]]);
  }

  /** Rotation in canvas space with its scale, and shift, px. @param {Float32Array} pose */
  headMotion(pose) {
    const {face} = this, radians = Math.PI / 180;
    const yaw = softLimit(pose[at("headYaw")], face.yaw_limit) * radians;
    const pitch = softLimit(pose[at("headPitch")], face.pitch_limit) * radians;
    const roll = softLimit(pose[at("headRoll")], face.roll_limit) * radians;
    let cos = Math.cos(yaw), sin = Math.sin(yaw);
    const up = Math.cos(pitch), along = Math.sin(pitch);
    const first = [cos, 0, -sin], second = [-along * sin, up, -along * cos];
    const third = [up * sin, along, up * cos];
    cos = Math.cos(roll);
    sin = Math.sin(roll);
    const turned = [
      first.map((a, i) => cos * a - sin * second[i]),
      first.map((a, i) => sin * a + cos * second[i]), third,
    ];
    const grow = 1 + pose[at("headScale")];
    const rotation = product(product(this.frame, turned), this.turnedBack).map((row) => row.map((v) => v * grow));
    const x = pose[at("headX")] * face.mm, y = pose[at("headY")] * face.mm;
    return {rotation, shift: this.frame.map((row) => row[0] * x + row[1] * y)};
  }

  /** Sum the bases into `out`. @param {Float32Array} out @param {number[]} weights */
  #combine(out, weights) {
    /** @type {Int16Array} */
    const bases = this.rig.bases;
    const length = out.length;
    out.fill(0);
    weights.forEach((weight, k) => {
      const scaled = weight * this.rig.bases_scale[k], start = k * length;
      if (scaled) for (let i = 0; i < length; i++) out[i] += scaled * bases[start + i];
    });
  }

  /** @param {Float32Array} pose @param {number[]} left @param {number[]} right */
  #shine(pose, left, right) {
    const {light, count, rig, face} = this;
    const weights = left.map((weight, k) => (weight + right[k]) / 2);
    weights.push(softLimit(pose[at("headYaw")], face.yaw_limit),
      softLimit(pose[at("headPitch")], face.pitch_limit));
    light.fill(1);
    weights.forEach((weight, k) => {
      const scaled = weight * rig.gains_scale[k], start = k * count;
      if (scaled) for (let i = 0; i < count; i++) light[i] += scaled * rig.gains[start + i];
    });
  }

  /**
   * Everything a drawer needs for one picture.
   * @param {Float32Array} pose
   * @param {View} view
   * @returns {Geometry}
   */
  geometry(pose, view) {
    const {face, rig} = this, {rotation, shift} = this.headMotion(pose);
    const lift = pose[at("breath")] * BREATH_MM * face.mm;
    const left = this.left.map((i) => pose[i]), right = this.right.map((i) => pose[i]);
    this.#shine(pose, left, right);
    this.left.forEach((entry, k) => {
      if (entry !== at("eyeSquintLeft")) return;
      left[k] += RISEN_LOWER_LID * share(pose[at("eyeBlinkLeft")]);
      right[k] += RISEN_LOWER_LID * share(pose[at("eyeBlinkRight")]);
    });
    this.#place(left, right, rotation, shift, lift, view);
    const {vertices} = this;
    const contour = (/** @type {string} */ name) => {
      const found = new Float32Array(2 * rig[name].length);
      rig[name].forEach((/** @type {number} */ v, /** @type {number} */ i) => {
        found[2 * i] = vertices[4 * v];
        found[2 * i + 1] = vertices[4 * v + 1];
      });
      return found;
    };
    const lipUpper = contour("lip_upper"), lipLower = contour("lip_lower");
    const mm = face.mm * view.scale;
    const turned = this.mouth.map((v) => [0, 1].map((i) =>
      (rotation[i][0] * v[0] + rotation[i][1] * v[1] + rotation[i][2] * v[2]) * view.scale));
    const origin = [
      turned[3][0] + (this.pivot[0] + shift[0]) * view.scale + view.x,
      turned[3][1] + (this.pivot[1] + shift[1]) * view.scale + view.y - HEAD_BREATH * lift * view.scale,
    ];
    let open = -Infinity;
    for (let i = 1; i < lipUpper.length; i += 2) open = Math.max(open, lipLower[i] - lipUpper[i]);
    const turn = rotation.map((row) => row.map((v) => v * view.scale));
    const eye = (/** @type {"left" | "right"} */ side) => {
      const said = face.eyes[side];
      return said && eyeGeometry(side, said, pose, contour(`eye_${side}_upper`),
        contour(`eye_${side}_lower`), this.corners[side], turn, this.frame, face.mm);
    };
    return {
      vertices, lipUpper, lipLower, origin,
      axes: turned.slice(0, 3).map((axis) => axis.map((v) => v * face.mm)),
      jawShift: turned[4].map((v) => v * pose[at("jawOpen")]),
      mm, openMm: open / mm, eyes: {left: eye("left"), right: eye("right")}, pose,
    };
  }

  /** @type {(left: number[], right: number[], r: number[][], shift: number[], lift: number, view: View) => void} */
  #place(left, right, r, shift, lift, view) {
    const {sum, more, light, vertices, neutral, rig, edges, pivot} = this;
    const [width, height] = this.canvas;
    this.#combine(sum, right);
    const difference = left.map((weight, k) => weight - right[k]);
    const sided = difference.some((weight) => weight !== 0);
    if (sided) this.#combine(more, difference);
    const [[a, b, c], [d, e, f], [g, h, k]] = r, [px, py, pz] = pivot, [sx, sy, sz] = shift;
    for (let i = 0, j = 0; i < this.count; i++, j += 3) {
      const side = sided ? rig.side[i] / 255 : 0, head = rig.head[i] / 255;
      const mx = neutral[j] + sum[j] + side * more[j];
      const my = neutral[j + 1] + sum[j + 1] + side * more[j + 1];
      const mz = neutral[j + 2] + sum[j + 2] + side * more[j + 2];
      const x0 = mx - px, y0 = my - py, z0 = mz - pz;
      let x = mx + head * (a * x0 + b * y0 + c * z0 - x0 + sx);
      let y = my + head * (d * x0 + e * y0 + f * z0 - y0 + sy);
      const z = z0 + head * (g * x0 + h * y0 + k * z0 - z0 + sz);
      y -= (rig.breath[i] / 255 + HEAD_BREATH * head) * lift;
      const edge = edges[i];
      if (edge) { // the picture's cut must never come inside
        if (edge & 1) x = Math.min(x, 0);
        if (edge & 2) x = Math.max(x, width);
        if (edge & 4) y = Math.min(y, 0);
        if (edge & 8) y = Math.max(y, height);
      }
      vertices[4 * i] = x * view.scale + view.x;
      vertices[4 * i + 1] = y * view.scale + view.y;
      vertices[4 * i + 2] = 1 + z * DEPTH_PER_PX;
      vertices[4 * i + 3] = Math.min(Math.max(light[i], GAIN_LOW), GAIN_HIGH);
    }
    // Lips touch but never cross: where they would, both meet halfway.
    for (let i = 0; i < rig.lip_upper.length; i++) {
      const upper = 4 * rig.lip_upper[i] + 1, lower = 4 * rig.lip_lower[i] + 1;
      if (vertices[lower] < vertices[upper])
        vertices[lower] = vertices[upper] = (vertices[lower] + vertices[upper]) / 2;
    }
  }
}
