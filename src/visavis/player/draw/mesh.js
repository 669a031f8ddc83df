/**
 * Which triangles are drawn where.
 *
 * Comes in: an avatar's triangles. Goes out: those before the midpoint subdivision for the coarse
 * map, all of those near the mouth, those around an eye.
 */

const MOUTH_ZONE_MM = [35, 22];

/**
 * The mesh before its midpoint subdivision, or the triangles themselves if they are no subdivision.
 * Four triangles a subdivided one, in the order corner, corner, corner, middle.
 * @param {Uint16Array} t
 * @returns {Uint16Array}
 */
export function parentTriangles(t) {
  if (t.length % 12) return t;
  const parents = new Uint16Array(t.length / 4);
  for (let i = 0, p = 0; i < t.length; i += 12, p += 3) {
    const ab = t[i + 1], bc = t[i + 5], ca = t[i + 2];
    const fits = t[i + 9] === ab && t[i + 10] === bc && t[i + 11] === ca && t[i + 3] === ab &&
      t[i + 6] === ca && t[i + 7] === bc;
    if (!fits) return t;
    parents.set([t[i], t[i + 4], t[i + 8]], p);
  }
  return parents;
}

/** Front to back: the file's painter's order reversed. @param {Uint16Array} triangles */
export function reversed(triangles) {
  const made = new Uint16Array(triangles.length);
  for (let i = 0; i < triangles.length; i += 3)
    made.set(triangles.subarray(i, i + 3), triangles.length - 3 - i);
  return made;
}

/**
 * The triangles with a corner inside an ellipse at rest, in their order.
 * @param {Uint16Array} triangles
 * @param {Float32Array} neutral x, y, z of each vertex, canvas px
 * @param {number[]} middle canvas px
 * @param {number[]} half axes, canvas px
 */
export function near(triangles, neutral, middle, half) {
  const inside = (/** @type {number} */ v) =>
    Math.hypot((neutral[3 * v] - middle[0]) / half[0], (neutral[3 * v + 1] - middle[1]) / half[1]) < 1;
  const found = [];
  for (let i = 0; i < triangles.length; i += 3) {
    const corners = triangles.subarray(i, i + 3);
    if (corners.some(inside)) found.push(...corners);
  }
  return Uint16Array.from(found);
}

/** @type {(triangles: Uint16Array, neutral: Float32Array, mouth: import("../imx/documents.js").Mouth, mm: number) => Uint16Array} */
export const mouthTriangles = (triangles, neutral, mouth, mm) =>
  near(triangles, neutral, mouth.stomion, MOUTH_ZONE_MM.map((v) => v * mm));

/**
 * The texel of the front triangle at an output px; null where there is none.
 * @param {Uint16Array} triangles front to back
 * @param {Float32Array} vertices x, y, depth, gain
 * @param {Float32Array} texels of each vertex
 * @param {number} x
 * @param {number} y
 * @returns {[number, number] | null}
 */
export function texelAt(triangles, vertices, texels, x, y) {
  for (let i = 0; i < triangles.length; i += 3) {
    const [a, b, c] = triangles.subarray(i, i + 3);
    const ax = vertices[4 * a], ay = vertices[4 * a + 1];
    const bx = vertices[4 * b] - ax, by = vertices[4 * b + 1] - ay;
    const cx = vertices[4 * c] - ax, cy = vertices[4 * c + 1] - ay;
    const area = bx * cy - by * cx;
    if (Math.abs(area) < 1e-9) continue;
    const s = ((x - ax) * cy - (y - ay) * cx) / area, t = (bx * (y - ay) - by * (x - ax)) / area;
    if (s < 0 || t < 0 || s + t > 1) continue;
    const at = (/** @type {number} */ k) =>
      texels[2 * a + k] * (1 - s - t) + texels[2 * b + k] * s + texels[2 * c + k] * t;
    return [at(0), at(1)];
  }
  return null;
}
