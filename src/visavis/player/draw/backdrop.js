/**
 * What lies behind the person.
 *
 * Comes in: the avatar's background and the page's wish. Goes out: a picture of the output's size,
 * beyond the canvas mirrored, and softer with the distance.
 */

import {BACKDROP, BESIDE, BLUR, SOFTER} from "./shaders.js";

const SHOULDER_SHARE = 0.14;

/** "still": the avatar's own; "transparent"; or red, green, blue, 0..255. @typedef {"still" | "transparent" | number[]} Background */
/** @typedef {import("./gl.js").Painter} Painter */
/** @typedef {import("./gl.js").Target} Target */
/** @typedef {import("./view.js").View} View */

/**
 * A colour as CSS writes it (`#rgb`, `#rrggbb`), or a word.
 * @param {string | null} text
 * @returns {Background}
 */
export function parseBackground(text) {
  if (text === "still") return "still";
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text ?? "")?.[1];
  if (!hex) return "transparent";
  const size = hex.length / 3;
  return [0, 1, 2].map((i) => parseInt(hex.slice(i * size, (i + 1) * size).repeat(3 - size), 16));
}

/**
 * Draw what lies behind into a target.
 * @param {Painter} painter
 * @param {Target} target
 * @param {ImageBitmap} own
 * @param {View} view
 * @param {Background} wish
 */
export function drawBackdrop(painter, target, own, view, wish) {
  const {gl} = painter;
  painter.only(null);
  gl.disable(gl.BLEND);
  painter.into(target);
  if (wish === "still") {
    painter.fullscreen(BACKDROP, {source: painter.texture(own), view: [view.scale, view.x, view.y, 1]});
    return;
  }
  const [red, green, blue] = wish === "transparent" ? [0, 0, 0] : wish.map((v) => v / 255);
  gl.clearColor(red, green, blue, wish === "transparent" ? 0 : 1);
  gl.clear(gl.COLOR_BUFFER_BIT);
}

/**
 * Fill what lies beyond the canvas with the still picture; the person fades away soon.
 * @param {Painter} painter
 * @param {Target} still the avatar at rest over its background
 * @param {Target} behind changed in place
 * @param {View} view
 * @param {[number, number]} canvas
 */
export function continueSides(painter, still, behind, view, canvas) {
  const {width, height} = view, {gl} = painter;
  const inside = [
    Math.max(Math.round(view.x), 0), Math.max(Math.round(view.y), 0),
    Math.min(Math.round(view.x + canvas[0] * view.scale), width),
    Math.min(Math.round(view.y + canvas[1] * view.scale), height),
  ];
  if (inside.join() === [0, 0, width, height].join()) return;
  const [mirrored, half, soft] = [0, 1, 2].map(() => painter.target(width, height));
  gl.disable(gl.BLEND);
  painter.into(mirrored);
  painter.fullscreen(BESIDE, {source: still.texture, behind: behind.texture, inside, fade: SHOULDER_SHARE * height});
  painter.into(behind);
  gl.enable(gl.BLEND);
  gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ZERO, gl.ONE);
  painter.fullscreen(SOFTER, {source: mirrored.texture, inside, far: 0});
  for (const share of [400, 160, 70]) {
    const sigma = height / share, radius = Math.ceil(3 * sigma);
    const shared = {sigma: [sigma, sigma], radius, area: [width, height], target: [0, 0], amount: 1};
    gl.disable(gl.BLEND);
    painter.into(half);
    painter.fullscreen(BLUR, {source: mirrored.texture, way: [1, 0], ...shared});
    painter.into(soft);
    painter.fullscreen(BLUR, {source: half.texture, way: [0, 1], ...shared});
    gl.enable(gl.BLEND);
    painter.into(behind);
    painter.fullscreen(SOFTER, {source: soft.texture, inside, far: 8 * sigma});
  }
  gl.disable(gl.BLEND);
}
