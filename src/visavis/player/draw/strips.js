/**
 * Where teeth and tongue lie, as `visavis.render.strips` has it.
 *
 * Comes in: an avatar's mouth and a pose. Goes out: textured ribbons in millimetres from the closed
 * seam, back to front; x along the mouth to the picture's right, y down, z away.
 */

import {at} from "../pose.js";
import {share} from "./lids.js";

export const PX_PER_MM = 8;
const JAW_MM = 20;
const LOWER_ROW_MM = 1.3, LOWER_ROW_LONGEST_MM = 2.8, LOWER_ROW_SHOWN_MM = 2.2;
const SHOWN_FROM = 2, SHOWN_TO = 9;
const LOWER_ROW_ROUNDED = 1.6, FUNNEL_ROUNDS = 0.5, TONGUE_RISES = 0.7;
const LOWER_ROW_DEPTH = 6, UPPER_ROW_DEPTH = 4, TONGUE_DEPTH = 8, TIP_DEPTH = 2;
const TIP_JAW_SHARE = 0.25, ARC_FLATTENED = 0.9, EDGE_ROUGHNESS_MM = 0.6, LOWER_ROW_TOP_MM = 2;

/** @typedef {"tongue" | "teeth_lower" | "tongue_tip" | "teeth_upper"} Texture */
/**
 * A texture on a ribbon; columns of x, upper and lower edge and depth, mm. `jaw`: its share of the
 * jaw's way.
 * @typedef {{texture: Texture, x: number[], top: number[], bottom: number[], z: number[], jaw: number}} Strip
 */

/** @type {(half: number, count: number) => number[]} */
const columns = (half, count) => Array.from({length: count}, (_, i) => -half + (2 * half * i) / (count - 1));
const TONGUE_X = columns(17, 13), ARCH_X = columns(24, 17), TIP_X = columns(10, 9);
const DOME = TONGUE_X.map((x) => (Math.abs(x) / 17) ** 2.2 * 4);
const ARCH = ARCH_X.map((x) => 9 * (Math.abs(x) / 17) ** 2.4);

/** @type {(value: number | number[], count: number) => number[]} */
const spread = (value, count) => (Array.isArray(value) ? value : new Array(count).fill(value));

/** @type {(texture: Texture, x: number[], top: number | number[], bottom: number | number[], z: number | number[], jaw: number) => Strip} */
const strip = (texture, x, top, bottom, z, jaw) =>
  ({texture, x, top: spread(top, x.length), bottom: spread(bottom, x.length), z: spread(z, x.length), jaw});

/**
 * Tongue, lower teeth, the tongue's tip if it shows, upper teeth.
 * @param {import("../imx/documents.js").Mouth} mouth
 * @param {Float32Array} pose
 * @param {number} lipMm how far the lower lip begins below the seam's place on the lowered jaw
 * @returns {Strip[]}
 */
export function mouthStrips(mouth, pose, lipMm) {
  const jaw = pose[at("jawOpen")] * JAW_MM;
  const raised = share(pose[at("tongueUp")]), out = share(pose[at("tongueOut")]);
  const edge = mouth.upper_edge;
  const shown = share((jaw - SHOWN_FROM) / (SHOWN_TO - SHOWN_FROM));
  const round = share(pose[at("mouthPucker")] + FUNNEL_ROUNDS * pose[at("mouthFunnel")]);
  const rise = LOWER_ROW_SHOWN_MM * shown * shown * (3 - 2 * shown) * (1 - LOWER_ROW_ROUNDED * round);
  const low = Math.min(edge, LOWER_ROW_LONGEST_MM) - LOWER_ROW_MM;
  const lowerEdge = low - rise, tongue = low - TONGUE_RISES * rise;
  const back = (tongue - 4.6 - 0.3 * jaw) * (1 - raised) + (edge + 0.5 - jaw) * raised;
  const strips = [strip("tongue", TONGUE_X, DOME.map((d) => back + d), tongue + 3.5, TONGUE_DEPTH, 1)];
  if (lipMm > lowerEdge - EDGE_ROUGHNESS_MM) {
    const top = lowerEdge - LOWER_ROW_TOP_MM;
    strips.push(strip("teeth_lower", ARCH_X, top, top + 12, ARCH.map((z) => z + LOWER_ROW_DEPTH), 1));
  }
  if (out > 0)
    strips.push(strip("tongue_tip", TIP_X, edge - 1.6, edge - 1 + 3.5 * out, TIP_DEPTH, TIP_JAW_SHARE * out));
  // a smile photographed from above shows a curved row; it is flattened with the lips
  const bend = -ARC_FLATTENED * mouth.arc * (1 - pose[at("sourceExpression")]);
  const flat = ARCH_X.map((x) => x * x * bend);
  strips.push(strip("teeth_upper", ARCH_X, flat.map((y) => y + edge - 14), flat.map((y) => y + edge + 2),
    ARCH.map((z) => z + UPPER_ROW_DEPTH), 0));
  return strips;
}
