/**
 * The inside of the mouth: cavity, tongue, teeth, their shade, the wet edge of the lips.
 *
 * Comes in: a geometry. Goes out: changed pixels between the lips, in small steps.
 */

import {at} from "../pose.js";
import {bounds, clipBox, heights, ribbonTriangles} from "./contours.js";
import {share} from "./lids.js";
import {BLUR, FLAT, RIBBON_VERTEX, SHADE, STRIP} from "./shaders.js";
import {mouthStrips, PX_PER_MM} from "./strips.js";

const WARM = [0.72, 1.04, 1.1];
const SEAM_MM = 0.45, ALWAYS_SEAM_MM = 0.8;
const SUBPIXELS = 4;
const TEXTURES = /** @type {const} */ (["tongue", "teeth_lower", "tongue_tip", "teeth_upper"]);

/** @typedef {import("./rig.js").Geometry} Geometry */
/** @typedef {import("./gl.js").Painter} Painter */
/** @typedef {import("./gl.js").Target} Target */
/** @typedef {import("./contours.js").Box} Box */

/** How much light rounded lips let in, 0..1. @param {Float32Array} pose */
function lightInside(pose) {
  const pucker = pose[at("mouthPucker")], funnel = pose[at("mouthFunnel")];
  const dim = 1 - 0.16 * share(0.8 * pucker + 0.25 * funnel);
  return dim * (1 - 0.62 * Math.min(Math.max(pucker - 0.35, 0), 0.7));
}

export class Mouth {
  /**
   * @param {Painter} painter
   * @param {import("../imx/reader.js").Avatar} avatar
   * @param {number} mm output px per millimetre: textures are low-passed for it
   */
  constructor(painter, avatar, mm) {
    this.painter = painter;
    this.mouth = avatar.face.mouth;
    const {lip} = this.mouth, grey = Math.max(...lip) - Math.min(...lip) <= 0.5;
    this.shadow = WARM.map((v) => (grey ? 1 : v) * this.mouth.shade);
    this.corner = [0.46, 0.28, 0.27].map((v, i) => (v * lip[i]) / 255);
    this.cavity = this.mouth.cavity.map((v) => Math.round(v) / 255);
    this.columns = painter.numbers();
    /** @type {Record<string, {texture: WebGLTexture, height: number}>} */
    this.textures = {};
    for (const name of TEXTURES) {
      const bitmap = avatar.images[name], texture = painter.texture(bitmap);
      this.textures[name] = this.#soften(texture, bitmap.width, bitmap.height, (0.4 * PX_PER_MM) / mm);
    }
    this.gl = painter.gl;
    this.points = this.gl.createBuffer();
    this.ribbon = this.gl.createVertexArray();
    /** @type {Map<number, WebGLBuffer>} */
    this.triangles = new Map();
    this.gl.bindVertexArray(this.ribbon);
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.points);
    this.gl.enableVertexAttribArray(0);
    this.gl.vertexAttribPointer(0, 4, this.gl.FLOAT, false, 0, 0);
    this.gl.bindVertexArray(null);
    /** @type {{mask: Target, strips: Target, shaded: Target, blurred: Target} | undefined} */
    this.scratch = undefined;
  }

  /** @type {(texture: WebGLTexture, width: number, height: number, sigma: number) => {texture: WebGLTexture, height: number}} */
  #soften(texture, width, height, sigma) {
    if (sigma < 0.4) return {texture, height};
    const {painter} = this, radius = (Math.round(6 * sigma + 1) | 1) >> 1;
    const shared = {sigma: [sigma, sigma], radius, area: [width, height], target: [0, 0], amount: 1};
    const [half, soft] = [0, 1].map(() => painter.target(width, height));
    painter.gl.disable(painter.gl.BLEND);
    painter.only(null);
    painter.into(half);
    painter.fullscreen(BLUR, {source: texture, way: [1, 0], ...shared});
    painter.into(soft);
    painter.fullscreen(BLUR, {source: half.texture, way: [0, 1], ...shared});
    return {texture: soft.texture, height};
  }

  /** Somewhere to work, as large as a box. @param {number} width @param {number} height */
  #room(width, height) {
    const old = this.scratch?.strips;
    if (!this.scratch || !old || old.width < width || old.height < height) {
      const w = Math.ceil(Math.max(width, old?.width ?? 0) / 64) * 64;
      const h = Math.ceil(Math.max(height, old?.height ?? 0) / 64) * 64;
      const make = (/** @type {number} */ k, /** @type {number} */ f) => this.painter.target(w * k, h * k, f);
      const {RGBA8, R8} = this.gl;
      this.scratch = {mask: make(SUBPIXELS, R8), strips: make(1, RGBA8), shaded: make(1, RGBA8), blurred: make(1, RGBA8)};
    }
    return this.scratch;
  }

  /** @type {(points: number[], columns: number, fragment: string, values: Record<string, any>) => void} */
  ribbonOf(points, columns, fragment, values) {
    const {gl, painter} = this;
    gl.bindVertexArray(this.ribbon);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.points);
    gl.bufferData(gl.ARRAY_BUFFER, Float32Array.from(points), gl.STREAM_DRAW);
    let triangles = this.triangles.get(columns);
    if (!triangles) {
      triangles = gl.createBuffer();
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, triangles);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, ribbonTriangles(columns), gl.STATIC_DRAW);
      this.triangles.set(columns, triangles);
    }
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, triangles);
    painter.program(RIBBON_VERTEX, fragment).use(values);
    gl.drawElements(gl.TRIANGLES, 6 * (columns - 1), gl.UNSIGNED_SHORT, 0);
  }

  /** The hole's edges; at least a hairline where the seam is ours. @param {Geometry} geometry @param {boolean} always */
  #aperture({lipUpper, lipLower, mm}, always) {
    const upper = lipUpper.slice(), lower = lipLower.slice(), count = upper.length / 2;
    for (let i = 0; always && i < count; i++) {
      const t = -1 + (2 * i) / (count - 1);
      const least = Math.abs(t) < 0.93 ? 0.8 * mm * (1 - t * t) ** 0.8 : 0;
      const half = Math.max(0, least - (lower[2 * i + 1] - upper[2 * i + 1])) / 2;
      upper[2 * i + 1] -= half;
      lower[2 * i + 1] += half;
    }
    return {upper, lower};
  }

  /** How far the lower lip begins below the seam's place on the lowered jaw. @param {Geometry} geometry @param {Float32Array} lower */
  #lipMm({axes: [, [dx, dy]], origin, jawShift}, lower) {
    let most = -Infinity;
    for (let i = 0; i < lower.length; i += 2) most = Math.max(most, lower[i] * dx + lower[i + 1] * dy);
    const lowered = (origin[0] + jawShift[0]) * dx + (origin[1] + jawShift[1]) * dy;
    return (most - lowered) / Math.max(dx * dx + dy * dy, 1e-12);
  }

  /**
   * Put the interior into the picture.
   * @param {Geometry} geometry
   * @param {Box} lips nothing outside it is touched
   * @param {Target} picture
   */
  draw(geometry, lips, picture) {
    const {openMm, mm} = geometry, {gl, painter} = this;
    const always = this.mouth.gap > ALWAYS_SEAM_MM;
    if (openMm <= 0.15 && !always) return;
    const {upper, lower} = this.#aperture(geometry, always);
    const sigma = Math.max(0.55, 0.26 * mm), lens = Math.max(0.2 * mm, 0.3);
    const box = clipBox(bounds(upper, lower), new Array(4).fill(3 * sigma + 2), lips);
    const width = box[2] - box[0], height = box[3] - box[1];
    const seen = always ? 0.75 + 0.25 * share(openMm - 0.5) : share((openMm - 0.15) / 0.7);
    const {mask, strips, shaded, blurred} = this.#room(width, height);
    const corner = [box[0], box[1]], size = [width, height];
    painter.only(null);
    gl.disable(gl.BLEND);
    painter.into(mask, width * SUBPIXELS, height * SUBPIXELS);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const count = upper.length / 2, outline = [];
    for (const edge of [upper, lower])
      for (let i = 0; i < count; i++) outline.push(edge[2 * i], edge[2 * i + 1], 0, 0);
    this.ribbonOf(outline, count, FLAT, {corner, size});
    painter.into(strips, width, height);
    gl.clearColor(this.cavity[0], this.cavity[1], this.cavity[2], 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    if (openMm > SEAM_MM) // else the seam covers everything
      for (const strip of mouthStrips(this.mouth, geometry.pose, this.#lipMm(geometry, lower)))
        this.#strip(geometry, strip, {corner, size});
    gl.disable(gl.BLEND);
    painter.into(shaded, width, height);
    painter.fullscreen(SHADE, {
      ...this.#shade(geometry, box, upper, lower), strips: strips.texture, mask: mask.texture,
      columns: this.columns, box: corner, mm,
    });
    const shared = {sigma: [lens, sigma], area: size,
      radius: Math.max(Math.round(8 * lens + 1) | 1, Math.round(6 * sigma + 1) | 1) >> 1};
    painter.into(blurred, width, height);
    painter.fullscreen(BLUR, {source: shaded.texture, way: [1, 0], target: [0, 0], amount: 1, ...shared});
    painter.into(picture);
    painter.only(box);
    gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ZERO, gl.ONE);
    painter.fullscreen(BLUR, {source: blurred.texture, way: [0, 1], target: corner, amount: seen, ...shared});
    gl.disable(gl.BLEND);
    painter.only(null);
  }

  /** @type {(geometry: Geometry, strip: import("./strips.js").Strip, place: Record<string, any>) => void} */
  #strip({axes: [ax, ay, az], origin, jawShift}, {texture, x, top, bottom, z, jaw}, place) {
    const {texture: source, height} = this.textures[texture];
    const points = [];
    for (const [edge, row] of /** @type {[number[], number][]} */ ([[top, -0.5], [bottom, height - 0.5]]))
      for (let i = 0; i < x.length; i++) {
        const [px, py] = [0, 1].map((k) =>
          x[i] * ax[k] + edge[i] * ay[k] + z[i] * az[k] + origin[k] + jawShift[k] * jaw);
        points.push(px, py, (x[i] - x[0]) * PX_PER_MM - 0.5, row);
      }
    this.ribbonOf(points, x.length, STRIP, {source, ...place});
  }

  /** What light does in each column of a box. @type {(geometry: Geometry, box: Box, upper: Float32Array, lower: Float32Array) => Record<string, any>} */
  #shade({mm, pose}, box, upper, lower) {
    const width = box[2] - box[0], columns = new Float32Array(8 * width);
    const top = heights(upper, box[0], width, false), bottom = heights(lower, box[0], width, false);
    const last = upper[upper.length - 2], middle = (upper[0] + last) / 2;
    const half = Math.max((last - upper[0]) / 2, 1), gap = top.map((y, i) => Math.max(bottom[i] - y, 0) / mm);
    const opened = share(gap.reduce((a, b) => Math.max(a, b), 0) / 7);
    const light = (0.88 + 0.12 * opened) * lightInside(pose);
    for (let i = 0; i < width; i++) {
      const t = Math.abs((box[0] + i + 0.5 - middle) / half), inside = Math.min(t, 1);
      columns.set([
        top[i], bottom[i], (1 - 0.62 * inside ** 2.6) * light, share((t - 0.68) / 0.32) ** 1.5 * 0.85,
      ], 4 * i);
      // wider towards the corners, where lips part with a round edge
      const seam = 1 - share((gap[i] - SEAM_MM) / (1.1 + 1.3 * opened * inside ** 4));
      columns.set([1 - 0.5 * inside ** 3, seam], 4 * (width + i));
    }
    this.painter.fill(this.columns, columns, width);
    const part = (/** @type {number} */ share) => this.mouth.lip.map((v) => (v * share) / 255);
    return {
      depth: this.mouth.own_teeth ? 0.38 : 0.52, wet: [0.25 + 0.35 * opened, 0.2 + 0.35 * opened],
      shadow: this.shadow, corner: this.corner, wetAbove: part(0.8), wetBelow: part(0.52),
      seam: this.mouth.seam.map((v) => v / 255),
    };
  }

  /** Give back what the painter does not own. */
  free() {
    this.gl.deleteBuffer(this.points);
    this.gl.deleteVertexArray(this.ribbon);
    this.triangles.forEach((buffer) => this.gl.deleteBuffer(buffer));
  }
}
