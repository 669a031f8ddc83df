/**
 * A little WebGL2: programs with their uniforms by name, textures, targets.
 *
 * Comes in: a context. Goes out: `Program`, textures and targets that pictures are drawn into.
 */

import {FULL_VERTEX} from "./shaders.js";

/** @typedef {WebGL2RenderingContext} GL */
/** @typedef {{texture: WebGLTexture, width: number, height: number, frame: WebGLFramebuffer}} Target */

/** @type {(gl: GL, kind: number, source: string) => WebGLShader} */
function compile(gl, kind, source) {
  const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}

export class Program {
  /** @param {GL} gl @param {string} vertex @param {string} fragment */
  constructor(gl, vertex, fragment) {
    this.gl = gl;
    this.program = /** @type {WebGLProgram} */ (gl.createProgram());
    const shaders = [compile(gl, gl.VERTEX_SHADER, vertex), compile(gl, gl.FRAGMENT_SHADER, fragment)];
    shaders.forEach((shader) => gl.attachShader(this.program, shader));
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS) && !gl.isContextLost())
      throw new Error(`a shader cannot be made: ${gl.getProgramInfoLog(this.program)} ` +
        shaders.map((shader) => gl.getShaderInfoLog(shader)).join(" "));
    shaders.forEach((shader) => gl.deleteShader(shader));
    /** @type {Map<string, {place: WebGLUniformLocation | null, type: number}>} */
    this.uniforms = new Map();
    const count = gl.getProgramParameter(this.program, gl.ACTIVE_UNIFORMS) ?? 0;
    for (let i = 0; i < count; i++) {
      const found = /** @type {WebGLActiveInfo} */ (gl.getActiveUniform(this.program, i));
      this.uniforms.set(found.name, {place: gl.getUniformLocation(this.program, found.name), type: found.type});
    }
  }

  /**
   * Use it with these uniforms: numbers, lists, textures.
   * @param {Record<string, number | boolean | ArrayLike<number> | WebGLTexture>} values
   */
  use(values) {
    const {gl} = this;
    gl.useProgram(this.program);
    let unit = 0;
    for (const [name, value] of Object.entries(values)) {
      const uniform = this.uniforms.get(name);
      if (!uniform) continue;
      const {place, type} = uniform, list = /** @type {any} */ (value);
      if (type === gl.SAMPLER_2D) {
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.bindTexture(gl.TEXTURE_2D, list);
        gl.uniform1i(place, unit++);
      } else if (type === gl.FLOAT) gl.uniform1f(place, list);
      else if (type === gl.FLOAT_VEC2) gl.uniform2fv(place, list);
      else if (type === gl.FLOAT_VEC3) gl.uniform3fv(place, list);
      else if (type === gl.FLOAT_VEC4) gl.uniform4fv(place, list);
      else if (type === gl.INT_VEC2) gl.uniform2iv(place, list);
      else gl.uniform1i(place, Number(list));
    }
  }
}

/** Everything one drawer owns in a context. */
export class Painter {
  /** @param {GL} gl */
  constructor(gl) {
    this.gl = gl;
    /** @type {Map<string, Program>} */
    this.programs = new Map();
    this.empty = gl.createVertexArray();
    /** @type {(() => void)[]} */
    this.owned = [() => gl.deleteVertexArray(this.empty)];
  }

  /** A program, made when it is first needed. @param {string} vertex @param {string} fragment */
  program(vertex, fragment) {
    const key = vertex + fragment;
    let found = this.programs.get(key);
    if (!found) {
      found = new Program(this.gl, vertex, fragment);
      this.programs.set(key, found);
    }
    return found;
  }

  /** @param {WebGLTexture} texture @param {number} filter */
  #set(texture, filter) {
    const {gl} = this;
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, name, filter);
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
      gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
    this.owned.push(() => gl.deleteTexture(texture));
  }

  /** A picture as a texture. @param {ImageBitmap} bitmap @returns {WebGLTexture} */
  texture(bitmap) {
    const {gl} = this, texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    this.#set(texture, gl.LINEAR);
    return texture;
  }

  /** A texture of numbers that change from picture to picture. @returns {WebGLTexture} */
  numbers() {
    const texture = this.gl.createTexture();
    this.gl.bindTexture(this.gl.TEXTURE_2D, texture);
    this.#set(texture, this.gl.NEAREST);
    return texture;
  }

  /** @param {WebGLTexture} texture @param {Float32Array} values four a texel @param {number} width */
  fill(texture, values, width) {
    const {gl} = this;
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, width, values.length / 4 / width, 0, gl.RGBA, gl.FLOAT, values);
  }

  /**
   * Something to draw into and to read from.
   * @param {number} width
   * @param {number} height
   * @param {number} [format] such as gl.RGBA8
   * @param {boolean} [depth]
   * @returns {Target}
   */
  target(width, height, format = this.gl.RGBA8, depth = false) {
    const {gl} = this, texture = gl.createTexture(), frame = gl.createFramebuffer();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
    this.#set(texture, format === gl.RGBA8 || format === gl.R8 ? gl.LINEAR : gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    this.owned.push(() => gl.deleteFramebuffer(frame));
    if (depth) {
      const buffer = gl.createRenderbuffer();
      gl.bindRenderbuffer(gl.RENDERBUFFER, buffer);
      gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT24, width, height);
      gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, buffer);
      this.owned.push(() => gl.deleteRenderbuffer(buffer));
    }
    return {texture, width, height, frame};
  }

  /** Draw into a target, or a part of it. @param {Target} target @param {number} [width] @param {number} [height] */
  into({frame, width: all, height: full}, width = all, height = full) {
    this.gl.bindFramebuffer(this.gl.FRAMEBUFFER, frame);
    this.gl.viewport(0, 0, width, height);
  }

  /** Every pixel of the viewport. @param {string} fragment @param {Parameters<Program["use"]>[0]} values */
  fullscreen(fragment, values) {
    this.program(FULL_VERTEX, fragment).use(values);
    this.gl.bindVertexArray(this.empty);
    this.gl.drawArrays(this.gl.TRIANGLES, 0, 3);
  }

  /** Only this part of the target is drawn into; null: all. @param {number[] | null} box x0, y0, x1, y1 */
  only(box) {
    const {gl} = this;
    if (!box) return gl.disable(gl.SCISSOR_TEST);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(box[0], box[1], box[2] - box[0], box[3] - box[1]);
  }

  /** Give everything back. */
  free() {
    this.owned.forEach((give) => give());
    this.programs.forEach(({program}) => this.gl.deleteProgram(program));
    this.owned = [];
    this.programs.clear();
  }
}
