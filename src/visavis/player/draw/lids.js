/**
 * Lids and irises of a pose, as `visavis.render.lids`.
 *
 * Comes in: an eye's contours, its part of face.json, a pose. Goes out: margins, shift, map.
 */

import {at} from "../pose.js";

const MM_PER_DEGREE = 0.2, GAZE_LIMIT_MM = 2.2, ARKIT_LOOK_DEGREES = 25, IRIS_MM = 5.9;
const LID_FOLLOW = 0.65, SQUINT_LID_MM = 0.9, WIDE_LID_MM = 1.4, MOST_WIDE_MM = 1.6,
  SLACK_MM = 0.4;
const MOST_LOWERED = 0.38, LOWER_LID_RISE = 0.02;
/** A blink raises the lower lid as this much squint does. */
export const RISEN_LOWER_LID = 0.8;

/**
 * One eye in output px; contours are x, y pairs. `blink`: 0 open, 1 shut, below 0 wider.
 * `gaze`: iris shift, canvas px. `ball`: output px to canvas px on it, two rows.
 * @typedef {{upper: Float32Array, lower: Float32Array, margin: Float32Array, down: number[],
 *   blink: number, gaze: number[], ball: number[][]}} EyeGeometry
 */

/** Within 0..1. @param {number} value */
export const share = (value) => Math.min(Math.max(value, 0), 1);

/** Both corners stay corners, down stays down. @type {(before: number[][], after: number[][], downBefore: number[], downAfter: number[]) => number[][]} */
function ball([[cx, cy], [dx, dy]], [[ax, ay], [bx, by]], [qx, qy], [px, py]) {
  const ux = bx - ax, uy = by - ay, area = ux * py - uy * px;
  const part = Math.abs(area) > 1e-9 ? 1 / area : 0;
  return [[dx - cx, qx, (cx + dx) / 2], [dy - cy, qy, (cy + dy) / 2]].map(([along, down, middle]) => {
    const x = (along * py - down * uy) * part, y = (down * ux - along * px) * part;
    return [x, y, middle - (x * (ax + bx)) / 2 - (y * (ay + by)) / 2];
  });
}

/** 1 in a lid's middle, 0 at its corners. @type {(i: number, count: number) => number} */
const bow = (i, count) => 1 - (-1 + (2 * i) / (count - 1)) ** 2;

/** @type {(upper: Float32Array, lower: Float32Array, down: number[], lowered: number, shut: number) => [Float32Array, number]} */
function lid(upper, lower, down, lowered, shut) {
  const count = upper.length / 2, middle = count >> 1, resting = 1 - LOWER_LID_RISE;
  const opening = (lower[2 * middle] - upper[2 * middle]) * down[0] +
    (lower[2 * middle + 1] - upper[2 * middle + 1]) * down[1];
  const way = Math.max(resting * opening, 1e-3);
  const lower_ = Math.min(lowered, MOST_LOWERED * way) * (1 - shut);
  const margin = upper.map((value, i) =>
    value + (lower[i] - value) * resting * shut + bow(i >> 1, count) * down[i & 1] * lower_);
  const gone = (resting * opening * shut + lower_ * bow(middle, count)) / way;
  return [margin, Math.abs(gone) > 1e-4 ? Math.min(gone, 1) : 0];
}

/**
 * @param {"left" | "right"} side the character's own
 * @param {import("../imx/documents.js").Eye} eye
 * @param {Float32Array} pose
 * @param {Float32Array} upper of the upper lid in the mesh, output px
 * @param {Float32Array} lower
 * @param {number[][]} corners at rest, canvas px
 * @param {number[][]} turn the head's rotation, from canvas to output px
 * @param {number[][]} frame axes, as columns
 * @param {number} mm canvas px per millimetre
 * @returns {EyeGeometry}
 */
export function eyeGeometry(side, eye, pose, upper, lower, corners, turn, frame, mm) {
  const name = side === "left" ? "Left" : "Right", outwards = side === "left" ? 1 : -1;
  const look = (/** @type {string} */ way) => pose[at(`eyeLook${way}${name}`)];
  const right = pose[at("gazeX")] + outwards * ARKIT_LOOK_DEGREES * (look("Out") - look("In"));
  const low = pose[at("gazeY")] + ARKIT_LOOK_DEGREES * (look("Down") - look("Up"));
  const rolls = eye.roll[1] > 0, size = rolls ? 1 : Math.max(1, eye.iris[2] / mm / IRIS_MM);
  const travel = size * Math.min(MM_PER_DEGREE, GAZE_LIMIT_MM / Math.max(Math.hypot(right, low), 1e-6));
  const along = right * travel, across = low * travel;
  const down = [0, 1].map((i) => turn[i][0] * eye.down[0] + turn[i][1] * eye.down[1]);
  const length = Math.max(Math.hypot(down[0], down[1]), 1e-6);
  const wanted = LID_FOLLOW * across + SQUINT_LID_MM * share(pose[at(`eyeSquint${name}`)]) -
    WIDE_LID_MM * share(pose[at(`eyeWide${name}`)]);
  const lowered = (rolls ? Math.max(wanted, -MOST_WIDE_MM) : Math.max(wanted - SLACK_MM, 0)) * length * mm;
  const unit = down.map((v) => v / length);
  const [margin, blink] = lid(upper, lower, unit, lowered, share(pose[at(`eyeBlink${name}`)]));
  const last = upper.length - 2;
  return {
    upper, lower, margin, down: unit, blink,
    gaze: [0, 1].map((i) => (frame[i][0] * along + frame[i][1] * across) * mm),
    ball: ball(corners, [[upper[0], upper[1]], [upper[last], upper[last + 1]]], eye.down, down),
  };
}
