/**
 * Small arithmetic over contours and boxes.
 *
 * Comes in: contours as x, y pairs, output px. Goes out: heights by column, bounds.
 */

/** x0, y0, x1, y1 in px, the end excluded. @typedef {[number, number, number, number]} Box */

/**
 * Height of a contour at the middle of each column, level beyond its ends.
 * @param {Float32Array} contour
 * @param {number} first column
 * @param {number} count of columns
 * @param {boolean} sort whether its points may run back
 * @returns {Float32Array}
 */
export function heights(contour, first, count, sort = true) {
  const points = [];
  for (let i = 0; i < contour.length; i += 2) points.push([contour[i], contour[i + 1]]);
  if (sort) points.sort((a, b) => a[0] - b[0]);
  const found = new Float32Array(count), last = points.length - 1;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const x = first + i + 0.5;
    while (at < last && points[at + 1][0] <= x) at++;
    const [x0, y0] = points[at];
    if (x <= x0 || at === last) found[i] = y0;
    else {
      const [x1, y1] = points[at + 1];
      found[i] = y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
    }
  }
  return found;
}

/** Bounds of contours. @param {...Float32Array} contours @returns {Box} */
export function bounds(...contours) {
  /** @type {Box} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const contour of contours)
    for (let i = 0; i < contour.length; i++) {
      const k = i & 1;
      box[k] = Math.min(box[k], contour[i]);
      box[k + 2] = Math.max(box[k + 2], contour[i]);
    }
  return box;
}

/** Whole px around a box with margins, kept inside another (at least one px). @type {(box: number[], margins: number[], inside: Box) => Box} */
export function clipBox(box, margins, inside) {
  const [left, top, right, bottom] = inside;
  const x0 = Math.min(Math.max(Math.floor(box[0] - margins[0]), left), right - 1);
  const y0 = Math.min(Math.max(Math.floor(box[1] - margins[1]), top), bottom - 1);
  const x1 = Math.min(Math.max(Math.ceil(box[2] + margins[2]), x0 + 1), right);
  const y1 = Math.min(Math.max(Math.ceil(box[3] + margins[3]), y0 + 1), bottom);
  return [x0, y0, x1, y1];
}

/** Triangles of a ribbon whose first edge is vertices 0..columns-1, its second the next. @param {number} columns */
export function ribbonTriangles(columns) {
  const made = [];
  for (let i = 0; i < columns - 1; i++)
    made.push(i, i + 1, i + columns, i + 1, i + columns + 1, i + columns);
  return Uint16Array.from(made);
}
