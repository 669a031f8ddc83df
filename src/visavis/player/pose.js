/**
 * The pose: what a face does in one picture, as 63 numbers in one fixed order (docs/pose.md).
 *
 * Comes in: nothing. Goes out: names, positions, small helpers.
 */

const LEFT_RIGHT = (/** @type {string} */ name) => [`${name}Left`, `${name}Right`];
const EYE = ["eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide"];

/** Apple ARKit's 52 blend shapes in its order, then our own. */
export const NAMES = [
  ...EYE.map((name) => `${name}Left`), ...EYE.map((name) => `${name}Right`),
  "jawForward", "jawLeft", "jawRight", "jawOpen",
  "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight",
  ...["mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch"].flatMap(LEFT_RIGHT),
  "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
  ...["mouthPress", "mouthLowerDown", "mouthUpperUp", "browDown"].flatMap(LEFT_RIGHT),
  "browInnerUp", ...LEFT_RIGHT("browOuterUp"), "cheekPuff",
  ...["cheekSquint", "noseSneer"].flatMap(LEFT_RIGHT), "tongueOut",
  "tongueUp", "sourceExpression", "gazeX", "gazeY", "headYaw", "headPitch", "headRoll",
  "headX", "headY", "headScale", "breath",
];

export const SIZE = NAMES.length;

/** @type {ReadonlyMap<string, number>} position of each name */
export const INDEX = new Map(NAMES.map((name, i) => [name, i]));

/** Position of a name that is known. @param {string} name @returns {number} */
export const at = (name) => /** @type {number} */ (INDEX.get(name));

/**
 * A pose from a few named values, all else 0; a name without its side sets both.
 * @param {Record<string, number>} values
 * @returns {Float32Array}
 */
export function make(values) {
  const pose = new Float32Array(SIZE);
  for (const [name, value] of Object.entries(values)) {
    const entries = INDEX.has(name) ? [name] : LEFT_RIGHT(name);
    for (const entry of entries) {
      if (!INDEX.has(entry)) throw new RangeError(`${name} is no pose entry`);
      pose[at(entry)] = value;
    }
  }
  return pose;
}

/**
 * The pose on the way from one to another.
 * @param {Float32Array} out
 * @param {ArrayLike<number>} from
 * @param {ArrayLike<number>} to
 * @param {number} part of the way, 0 to 1
 */
export function between(out, from, to, part) {
  for (let k = 0; k < SIZE; k++) out[k] = from[k] + (to[k] - from[k]) * part;
}
