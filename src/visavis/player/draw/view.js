/**
 * Where the canvas of an avatar lies in the output picture.
 *
 * Comes in: canvas, face box, output size. Goes out: the map output = canvas * scale + (x, y), px.
 */

const CLOSE_FACE = 0.7, CLOSE_WIDTH = 0.86;
const MOST_TEXELS_PER_PX = 2.6;

/** @typedef {{width: number, height: number, scale: number, x: number, y: number}} View */

/** @type {(room: number, length: number, middle: number) => number} */
const place = (room, length, middle) =>
  length <= room ? (room - length) / 2 : Math.min(Math.max(room / 2 - middle, room - length), 0);

/**
 * Fill the output with the canvas, the face in the middle.
 * @param {import("../imx/reader.js").Avatar} avatar
 * @param {number} width of the output, px
 * @param {number} height of the output, px
 * @param {string} framing "auto" or "close"
 * @returns {View}
 */
export function frameView({manifest, face}, width, height, framing = "auto") {
  const [columns, rows] = manifest.canvas, [x0, y0, x1, y1] = face.box;
  let scale = height / rows;
  if (framing === "close")
    scale = Math.max(scale, Math.min((CLOSE_FACE * height) / (y1 - y0), (CLOSE_WIDTH * width) / (x1 - x0)));
  return {
    width, height, scale,
    x: place(width, columns * scale, ((x0 + x1) / 2) * scale),
    y: place(height, rows * scale, ((y0 + y1) / 2) * scale),
  };
}

/**
 * A small output is drawn larger: a bilinear look-up of a much finer texture flickers.
 * @param {View} view
 * @param {number} textureScale texels per canvas px
 * @returns {View}
 */
export function finer(view, textureScale) {
  let factor = 1;
  while (textureScale / (view.scale * factor) > MOST_TEXELS_PER_PX) factor *= 2;
  const {width, height, scale, x, y} = view;
  return {width: width * factor, height: height * factor, scale: scale * factor, x: x * factor, y: y * factor};
}
