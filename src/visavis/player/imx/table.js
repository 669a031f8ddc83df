/**
 * The table of what an avatar file holds, and its limits; `docs/imx-format.md` explains them.
 *
 * Comes in: nothing. Goes out: tensors with dtype, shape and range, textures with their sizes, and
 * the numbers that bound what a file may cost.
 */

export const FORMAT = "visavis-imx";
export const MAJOR = 1;
export const MINOR = 0;

export const MANIFEST = "manifest.json";
export const FACE = "face/face.json";
export const RIG = "face/rig.safetensors";
export const LIPSYNC = "lipsync/lipsync.json";

const MIB = 1 << 20;
export const MAX_FILE = 48 * MIB;
export const MAX_MEMBERS = 64;
export const MAX_UNPACKED = 64 * MIB;
export const MAX_RATIO = 500;
export const MAX_JSON = 64 << 10;
export const MAX_JSON_DEPTH = 12;
export const MAX_TENSOR_HEADER = 32 << 10;
export const MAX_RIG = 12 * MIB;
export const MAX_MEMBER = 16 * MIB;
export const MAX_PIXELS = 4096 * 2048;
export const MAX_NAME = 80;
export const MEMBER_NAME = /^[a-z0-9_]+(\/[a-z0-9_]+)*\.[a-z0-9]+$/;
/** Largest absolute canvas coordinate, px. */
export const FAR = 16384;

/**
 * Symbol of a shape: smallest and largest value, and its name.
 * @type {Record<string, [number, number, string]>}
 */
export const SYMBOLS = {
  N: [3, 20000, "vertices"],
  T: [1, 40000, "triangles"],
  K: [1, 64, "bases"],
  L: [3, 128, "inner lip points (21)"],
  M: [3, 256, "outer lip points"],
  E: [3, 128, "lid points (17)"],
};

/**
 * One array of face/rig.safetensors; `high` null: the values are vertex numbers, below N.
 * @typedef {{name: string, dtype: string, shape: (number | string)[], low: number,
 *   high: number | null}} Tensor
 */

/** @returns {Tensor} @type {(...row: [string, string, (number | string)[], number, number | null]) => Tensor} */
const tensor = (name, dtype, shape, low, high) => ({name, dtype, shape, low, high});
const contour = (/** @type {string} */ name, /** @type {string | number} */ symbol) =>
  tensor(name, "U16", [symbol], 0, null);

export const TENSORS = [
  tensor("vertices", "F32", ["N", 3], -FAR, FAR),
  tensor("uv", "F32", ["N", 2], -FAR, FAR),
  tensor("triangles", "U16", ["T", 3], 0, null),
  tensor("bases", "I16", ["K", "N", 3], -32768, 32767),
  tensor("bases_scale", "F32", ["K"], 0, 16),
  tensor("gains", "I8", ["K+2", "N"], -128, 127),
  tensor("gains_scale", "F32", ["K+2"], 0, 1),
  tensor("side", "U8", ["N"], 0, 255),
  tensor("head", "U8", ["N"], 0, 255),
  tensor("breath", "U8", ["N"], 0, 255),
  tensor("frame", "F32", [3, 3], -1.01, 1.01),
  tensor("pivot", "F32", [3], -FAR, FAR),
  contour("lip_upper", "L"),
  contour("lip_lower", "L"),
  contour("lip_outer", "M"),
  contour("eye_left_upper", "E"),
  contour("eye_left_lower", "E"),
  contour("eye_right_upper", "E"),
  contour("eye_right_lower", "E"),
  contour("oval", 36),
];

/**
 * One texture of appearance/. `extent`: what gives its size; numbers are px.
 * @typedef {{name: string, path: string, alpha: boolean,
 *   extent: "canvas" | "texture" | "lid" | "patch" | "lashes" | [number, number],
 *   eye: "left" | "right" | null}} Image
 */

/** @type {(name: string, alpha: boolean, extent: Image["extent"], eye?: Image["eye"]) => Image} */
const image = (name, alpha, extent, eye = null) =>
  ({name, path: `appearance/${name}.webp`, alpha, extent, eye});

/** @type {(side: "left" | "right") => Image[]} */
const eye = (side) => [
  image(`lid_${side}`, true, "lid", side),
  image(`lashes_${side}`, false, "lashes", side),
  image(`eye_${side}_white`, false, "patch", side),
  image(`eye_${side}_iris`, true, "patch", side),
  image(`eye_${side}_glint`, false, "patch", side),
];

export const IMAGES = [
  image("person", true, "texture"),
  image("background", false, "canvas"),
  image("teeth_upper", true, [384, 128]),
  image("teeth_lower", true, [384, 96]),
  image("tongue", true, [272, 112]),
  image("tongue_tip", true, [160, 112]),
  ...eye("left"),
  ...eye("right"),
];

export const LASH_COLUMNS = [16, 512];
export const LASH_ROWS = [8, 128];
