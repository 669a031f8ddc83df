/**
 * Eyes: the iris that moves, the lid that closes, its lashes and shadow.
 *
 * Comes in: an eye's geometry and textures. Goes out: changed pixels in a small box.
 */

import {round} from "../imx/documents.js";
import {bounds, clipBox, heights} from "./contours.js";
import {EYE, LASHES, PREPARE} from "./shaders.js";

const LASHES_TURN = [0.08, 0.55];
const LASH_ABOVE_MM = 0.8, LASH_BELOW_MM = 3, LASH_OPACITY = 0.85, LASH_REACH_MM = 7;
const EYE_REACH = [1.5, 1.5, 1.5, 1.5], STILL_REACH = [9, 13, 9, 6];

/** @typedef {import("./lids.js").EyeGeometry} EyeGeometry */
/** @typedef {import("./contours.js").Box} Box */
/** @typedef {import("./gl.js").Painter} Painter */

/** @type {(low: number, high: number, value: number) => number} */
function smooth(low, high, value) {
  const t = Math.min(Math.max((value - low) / (high - low), 0), 1);
  return t * t * (3 - 2 * t);
}

export class Eye {
  /**
   * @param {Painter} painter
   * @param {import("../imx/reader.js").Avatar} avatar
   * @param {"left" | "right"} side
   * @param {WebGLTexture} person
   */
  constructor(painter, avatar, side, person) {
    this.painter = painter;
    const said = /** @type {import("../imx/documents.js").Eye} */ (avatar.face.eyes[side]);
    const scale = avatar.manifest.texture_scale, {images} = avatar;
    this.scale = scale;
    this.roll = said.roll;
    this.rolls = said.roll[1] > 0;
    this.tint = said.lash.map((v) => v / 255);
    this.lidOrigin = [said.lid[0] * scale, said.lid[1] * scale];
    this.patchOrigin = [round(said.patch[0] * scale), round(said.patch[1] * scale)];
    const lid = images[`lid_${side}`], white = images[`eye_${side}_white`];
    const make = (/** @type {ImageBitmap} */ bitmap, /** @type {Record<string, any>} */ values) => {
      const target = painter.target(bitmap.width, bitmap.height);
      painter.gl.disable(painter.gl.BLEND);
      painter.only(null);
      painter.into(target);
      painter.fullscreen(PREPARE, {rolls: this.rolls, ...values});
      return target.texture;
    };
    const source = painter.texture(lid), place = this.lidOrigin;
    this.skin = make(lid, {source, other: source, place, kind: 0});
    this.photo = make(lid, {source, other: person, place, kind: 1});
    this.white = make(white, {source: painter.texture(white), other: this.skin, kind: 2,
      place: this.patchOrigin.map((v, i) => v - place[i])});
    this.iris = painter.texture(images[`eye_${side}_iris`]);
    this.glint = painter.texture(images[`eye_${side}_glint`]);
    const lashes = images[`lashes_${side}`];
    this.lashes = {texture: painter.texture(lashes), width: lashes.width, height: lashes.height};
    this.columns = painter.numbers();
  }

  /** How far left, up, right and down of its margins an eye is drawn, mm. @param {number} blink */
  #reach(blink) {
    if (!this.rolls) return blink ? STILL_REACH : EYE_REACH;
    const up = blink ? this.roll[1] + 1.5 : EYE_REACH[1];
    return blink <= LASHES_TURN[0] ? [1.5, up, 1.5, 1.5] : [LASH_REACH_MM, up, LASH_REACH_MM, LASH_BELOW_MM + 1];
  }

  /** How much of the lid is seen, of its skin without lashes, of what a closing lid has. @param {number} blink */
  #shares(blink) {
    const closing = smooth(LASHES_TURN[0], LASHES_TURN[1], blink);
    if (this.rolls) return [1, closing, closing];
    const shown = smooth(0, 0.03, blink);
    return [shown, 1, shown];
  }

  /**
   * Draw the eye into the picture.
   * @param {EyeGeometry} eye
   * @param {number} mm output px per millimetre
   * @param {Box} roi
   * @param {import("./gl.js").Target} picture
   * @param {Record<string, any>} maps uniforms of the coarse map
   * @param {(x: number, y: number) => [number, number]} look the person's texel at an output px
   * @param {import("./mouth.js").Mouth} mouth draws ribbons
   */
  draw(eye, mm, roi, picture, maps, look, mouth) {
    const {blink, margin} = eye;
    if (!blink && !eye.gaze[0] && !eye.gaze[1]) return;
    const {gl} = this.painter;
    const box = clipBox(bounds(eye.upper, eye.lower, margin), this.#reach(blink).map((v) => v * mm), roi);
    const width = box[2] - box[0], columns = new Float32Array(4 * width);
    [eye.upper, eye.lower, margin].forEach((contour, k) =>
      heights(contour, box[0], width).forEach((y, i) => {
        columns[4 * i + k] = y;
      }));
    this.painter.fill(this.columns, columns, width);
    const [ballX, ballY] = eye.ball.map((row, k) =>
      row.map((v, i) => v * this.scale - (i === 2 ? this.patchOrigin[k] + 0.5 : 0)));
    let mean = 0;
    for (let i = 0; i < margin.length; i += 2) mean += (2 * margin[i]) / margin.length;
    const [x0, , x1] = bounds(margin), shares = this.#shares(blink);
    const middle = 2 * ((margin.length / 2) >> 1);
    const opening = Math.hypot(eye.lower[middle] - eye.upper[middle], eye.lower[middle + 1] - eye.upper[middle + 1]) / mm;
    const column = box[0] + (width >> 1) + 0.5, rows = box[3] - box[1];
    const first = look(column, box[1] + 0.5), last = look(column, box[3] - 0.5);
    this.painter.into(picture);
    this.painter.only(box);
    gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.ONE, gl.SRC_ALPHA, gl.ZERO, gl.ONE);
    this.painter.fullscreen(EYE, {
      ...maps, skin: this.skin, photo: this.photo, white: this.white, iris: this.iris, glint: this.glint,
      columns: this.columns, box: [box[0], box[1]], ballX, ballY, gaze: eye.gaze.map((v) => v * this.scale),
      lidOrigin: this.lidOrigin, unrollWay: last.map((v, i) => (v - first[i]) / Math.max(rows - 1, 1)),
      roll: this.roll.map((v) => v * mm), shares, bow: [mean, Math.max(0.56 * (x1 - x0), 1e-3)],
      relief: [0.45 * opening, 0.55 * 0.45 * opening + 1], mm, blink, rolls: this.rolls,
    });
    if (blink && shares[2] > 0) this.#lash(eye, mm, shares[2], picture, mouth);
    gl.disable(gl.BLEND);
    this.painter.only(null);
  }

  /** @type {(eye: EyeGeometry, mm: number, shown: number, picture: import("./gl.js").Target, mouth: import("./mouth.js").Mouth) => void} */
  #lash({margin, down}, mm, shown, picture, mouth) {
    const {gl} = this.painter, {texture, width, height} = this.lashes, count = margin.length / 2;
    const points = [];
    for (const [way, row] of [[-LASH_ABOVE_MM * mm, -0.5], [LASH_BELOW_MM * mm, height - 0.5]])
      for (let i = 0; i < count; i++)
        points.push(margin[2 * i] + down[0] * way, margin[2 * i + 1] + down[1] * way,
          (width * i) / (count - 1) - 0.5, row);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ZERO, gl.ONE);
    mouth.ribbonOf(points, count, LASHES, {
      source: texture, tint: this.tint, opacity: LASH_OPACITY * shown, corner: [0, 0],
      size: [picture.width, picture.height],
    });
  }
}
