/**
 * The drawer: WebGL2, the same layers, order and shading as the CPU drawer.
 *
 * Comes in: an avatar, a view, poses. Goes out: the picture on a canvas. The person is looked up
 * through a coarse inverse map, lips at full resolution; mouth and eyes in small boxes of their own.
 */

import {continueSides, drawBackdrop} from "./backdrop.js";
import {bounds, clipBox} from "./contours.js";
import {Eye} from "./eyes.js";
import {Painter} from "./gl.js";
import {mouthTriangles, near, parentTriangles, reversed, texelAt} from "./mesh.js";
import {Mouth} from "./mouth.js";
import {checkedPose, Rig} from "./rig.js";
import {COARSE, COARSE_VERTEX, COPY, LIPS, MESH_VERTEX, PERSON} from "./shaders.js";
import {finer} from "./view.js";
import {SIZE} from "../pose.js";

const STEP = 8, LIP_MARGIN_MM = 3, EYE_ZONE = 1.5;
const SIDES = /** @type {const} */ (["left", "right"]);

/** @typedef {import("../imx/reader.js").Avatar} Avatar */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("./backdrop.js").Background} Background */

/** There is no WebGL2 with float targets here. */
export class NoWebGL extends Error {}

/** @param {HTMLCanvasElement | OffscreenCanvas} canvas @returns {WebGL2RenderingContext} */
export function contextOf(canvas) {
  const gl = /** @type {WebGL2RenderingContext | null} */ (canvas.getContext("webgl2", {
    alpha: true, premultipliedAlpha: true, antialias: false, depth: false, stencil: false,
  }));
  if (!gl) throw new NoWebGL("WebGL2 is not available");
  if (!gl.getExtension("EXT_color_buffer_float") && !gl.getExtension("EXT_color_buffer_half_float"))
    throw new NoWebGL("WebGL2 cannot draw into numbers here");
  return gl;
}

export class Drawer {
  /**
   * @param {WebGL2RenderingContext} gl
   * @param {Avatar} avatar
   * @param {View} view of the canvas' size
   * @param {Background} [background]
   */
  constructor(gl, avatar, view, background = "transparent") {
    this.gl = gl;
    this.avatar = avatar;
    this.rig = new Rig(avatar);
    /** The canvas is given this size: larger than asked for where textures are much finer. */
    this.view = finer(view, avatar.manifest.texture_scale);
    const painter = (this.painter = new Painter(gl));
    const {width, height, scale, x, y} = this.view;
    const [columns, rows] = avatar.manifest.canvas;
    /** @type {import("./contours.js").Box} */
    this.roi = clipBox([x, y, x + columns * scale, y + rows * scale], [0, 0, 0, 0], [0, 0, width, height]);
    const low = this.roi.slice(0, 2).map((v) => Math.floor(v / STEP) * STEP);
    const cells = [2, 3].map((k) => Math.ceil(this.roi[k] / STEP) - low[k - 2] / STEP + 2);
    const format = gl.getExtension("EXT_color_buffer_float") ? gl.RGBA32F : gl.RGBA16F;
    this.coarse = painter.target(cells[0], cells[1], format, true);
    this.maps = {
      coarse: this.coarse.texture, origin: low.map((v) => v - STEP),
      view: [scale, x, y, avatar.manifest.texture_scale],
    };
    this.picture = painter.target(width, height);
    this.behind = painter.target(width, height);
    this.person = painter.texture(avatar.images.person);
    const [coarseMesh, lipMesh] = this.#mesh();
    this.coarseMesh = coarseMesh;
    this.lipMesh = lipMesh;
    this.mouth = new Mouth(painter, avatar, avatar.face.mm * scale);
    this.eyes = SIDES.filter((side) => avatar.face.eyes[side])
      .map((side) => ({side, eye: new Eye(painter, avatar, side, this.person), around: this.#around(side)}));
    drawBackdrop(painter, this.behind, avatar.images.background, this.view, background);
    if (background === "still") {
      this.#paint(this.rig.geometry(new Float32Array(SIZE), this.view));
      continueSides(painter, this.picture, this.behind, this.view, avatar.manifest.canvas);
    }
  }

  /** The mesh's buffers. */
  #mesh() {
    const {gl, rig, avatar, painter} = this, {triangles, uv} = avatar.rig;
    const scale = avatar.manifest.texture_scale;
    this.texels = Float32Array.from(/** @type {Float32Array} */ (uv), (v) => v * scale - 0.5);
    const coarse = reversed(parentTriangles(triangles));
    this.coarseTriangles = coarse;
    const lips = mouthTriangles(triangles, rig.neutral, avatar.face.mouth, avatar.face.mm);
    this.vertices = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.vertices);
    gl.bufferData(gl.ARRAY_BUFFER, rig.vertices.byteLength, gl.DYNAMIC_DRAW);
    const texels = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, texels);
    gl.bufferData(gl.ARRAY_BUFFER, this.texels, gl.STATIC_DRAW);
    const arrays = [coarse, lips].map((list) => {
      const array = gl.createVertexArray(), indices = gl.createBuffer();
      gl.bindVertexArray(array);
      [[this.vertices, 4], [texels, 2]].forEach(([buffer, size], location) => {
        gl.bindBuffer(gl.ARRAY_BUFFER, /** @type {WebGLBuffer} */ (buffer));
        gl.enableVertexAttribArray(location);
        gl.vertexAttribPointer(location, /** @type {number} */ (size), gl.FLOAT, false, 0, 0);
      });
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, indices);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, list, gl.STATIC_DRAW);
      gl.bindVertexArray(null);
      painter.owned.push(() => gl.deleteBuffer(indices), () => gl.deleteVertexArray(array));
      return {array, count: list.length};
    });
    painter.owned.push(() => gl.deleteBuffer(this.vertices ?? null), () => gl.deleteBuffer(texels));
    return arrays;
  }

  /** Triangles where an eye may look its skin up. @param {"left" | "right"} side */
  #around(side) {
    const [x0, y0, x1, y1] = /** @type {any} */ (this.avatar.face.eyes[side]).lid;
    return near(/** @type {Uint16Array} */ (this.coarseTriangles), this.rig.neutral,
      [(x0 + x1) / 2, (y0 + y1) / 2], [(x1 - x0) * EYE_ZONE, (y1 - y0) * EYE_ZONE]);
  }

  /** The person's texel at an output px. @type {(vertices: Float32Array, triangles: Uint16Array, x: number, y: number) => [number, number]} */
  #look(vertices, triangles, x, y) {
    const {scale, x: left, y: top} = this.view, texture = this.avatar.manifest.texture_scale;
    return texelAt(triangles, vertices, /** @type {Float32Array} */ (this.texels), x, y) ??
      [((x - left) / scale) * texture - 0.5, ((y - top) / scale) * texture - 0.5];
  }

  /** @param {import("./rig.js").Geometry} geometry */
  #paint(geometry) {
    const {gl, painter, coarse, maps, picture, person, behind, coarseMesh, lipMesh} = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.vertices ?? null);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, geometry.vertices);
    gl.disable(gl.BLEND);
    gl.disable(gl.CULL_FACE);
    painter.only(null);
    painter.into(coarse);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LESS);
    gl.clearBufferfv(gl.COLOR, 0, [0, 0, 1, 1]);
    gl.clearBufferfv(gl.DEPTH, 0, [1]);
    painter.program(COARSE_VERTEX, COARSE).use({
      ...maps, corner: maps.origin, size: [coarse.width * STEP, coarse.height * STEP],
    });
    gl.bindVertexArray(coarseMesh.array);
    gl.drawElements(gl.TRIANGLES, coarseMesh.count, gl.UNSIGNED_SHORT, 0);
    gl.disable(gl.DEPTH_TEST);
    painter.into(picture);
    painter.fullscreen(COPY, {source: behind.texture});
    painter.only(this.roi);
    painter.fullscreen(PERSON, {...maps, person, behind: behind.texture});
    const outer = this.avatar.rig.lip_outer, lips = new Float32Array(2 * outer.length);
    outer.forEach((/** @type {number} */ v, /** @type {number} */ i) =>
      lips.set(geometry.vertices.subarray(4 * v, 4 * v + 2), 2 * i));
    const box = clipBox(bounds(lips), new Array(4).fill(LIP_MARGIN_MM * geometry.mm), this.roi);
    painter.only(box);
    painter.program(MESH_VERTEX, LIPS).use({
      person, behind: behind.texture, corner: [0, 0], size: [picture.width, picture.height],
    });
    gl.bindVertexArray(lipMesh.array);
    gl.drawElements(gl.TRIANGLES, lipMesh.count, gl.UNSIGNED_SHORT, 0);
    this.mouth.draw(geometry, box, picture);
    for (const {side, eye, around} of this.eyes) {
      const found = geometry.eyes[side];
      if (found)
        eye.draw(found, geometry.mm, this.roi, picture, maps,
          (x, y) => this.#look(geometry.vertices, around, x, y), this.mouth);
    }
    painter.only(null); // what follows, the step onto the canvas too, is for the whole picture
    gl.bindVertexArray(null);
  }

  /**
   * Draw one picture onto the canvas.
   * @param {ArrayLike<number>} pose 63 numbers
   */
  draw(pose) {
    const {gl, picture} = this;
    if (gl.isContextLost()) return;
    this.#paint(this.rig.geometry(checkedPose(pose), this.view));
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, picture.frame);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
    const {width, height} = picture;
    gl.blitFramebuffer(0, 0, width, height, 0, height, width, 0, gl.COLOR_BUFFER_BIT, gl.NEAREST);
  }

  /** The picture drawn last: premultiplied RGBA, first row at the top. @returns {Uint8Array} */
  pixels() {
    const {gl, picture: {frame, width, height}} = this, made = new Uint8Array(4 * width * height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, made);
    return made;
  }

  /** Give everything on the graphics card back. */
  free() {
    this.mouth.free();
    this.painter.free();
  }
}
