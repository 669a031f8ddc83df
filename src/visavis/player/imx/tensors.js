/**
 * The rig's arrays: a safetensors member checked against the table.
 *
 * Comes in: the member's bytes. Goes out: typed arrays that share them, or `InvalidAvatar`.
 */

import {InvalidAvatar} from "./errors.js";
import {parse} from "./json.js";
import {MAX_TENSOR_HEADER, RIG, SYMBOLS, TENSORS} from "./table.js";

/** @typedef {Float32Array | Int16Array | Int8Array | Uint16Array | Uint8Array} Numbers */
/** @typedef {{shape: number[], begin: number, end: number, dtype: string}} Slot */

/** @type {Record<string, any>} */
const TYPES = {F32: Float32Array, I16: Int16Array, I8: Int8Array, U16: Uint16Array, U8: Uint8Array};
const BY_NAME = new Map(TENSORS.map((tensor) => [tensor.name, tensor]));
const MAX_RANK = 4;

/** @param {string} reason */
const fail = (reason) => new InvalidAvatar(RIG, reason.replace(/[^\x20-\x7e]/g, "?"));

/** @type {(name: string, values: any, most: number) => number[]} */
function integers(name, values, most) {
  const fits = Array.isArray(values) && values.length <= most &&
    values.every((v) => Number.isInteger(v) && v >= 0 && v < 2 ** 32);
  if (!fits) throw fail(`tensor '${name.slice(0, 40)}': shape or data_offsets out of range`);
  return values;
}

/** @type {(name: string, entry: any, start: number) => Slot} */
function slot(name, entry, start) {
  const shown = name.slice(0, 40);
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    throw fail("a header entry is no object");
  const keys = Object.keys(entry).sort().join();
  if (keys !== "data_offsets,dtype,shape" || typeof entry.dtype !== "string" ||
      !Object.hasOwn(TYPES, entry.dtype))
    throw fail(`tensor '${shown}': dtype must be one of ${Object.keys(TYPES).join(", ")}`);
  const shape = integers(name, entry.shape, MAX_RANK);
  const offsets = integers(name, entry.data_offsets, 2);
  const bytes = shape.reduce((a, b) => a * b, TYPES[entry.dtype].BYTES_PER_ELEMENT);
  if (offsets.length !== 2 || offsets[1] - offsets[0] !== bytes)
    throw fail(`tensor '${shown}': data_offsets do not fit dtype and shape`);
  return {shape, dtype: entry.dtype, begin: start + offsets[0], end: start + offsets[1]};
}

/** @type {(raw: Uint8Array, newer: boolean) => Map<string, Slot>} */
function layout(raw, newer) {
  const size = raw.length >= 8
    ? Number(new DataView(raw.buffer, raw.byteOffset, 8).getBigUint64(0, true)) : Infinity;
  if (size > MAX_TENSOR_HEADER || 8 + size > raw.length)
    throw fail(`header of ${size} bytes in ${raw.length} (at most ${MAX_TENSOR_HEADER})`);
  const header = parse(RIG, raw.subarray(8, 8 + size));
  delete header.__metadata__;
  /** @type {Map<string, Slot>} */
  const slots = new Map();
  for (const [name, entry] of Object.entries(header)) slots.set(name, slot(name, entry, 8 + size));
  let cursor = 8 + size;
  for (const [name, {begin, end, dtype}] of [...slots].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    const shown = name.slice(0, 40);
    if (begin !== cursor)
      throw fail(`tensor '${shown}' does not begin where the one before ends`);
    if (begin % TYPES[dtype].BYTES_PER_ELEMENT)
      throw fail(`tensor '${shown}' is not aligned to its item size`);
    cursor = end;
  }
  if (cursor !== raw.length) throw fail(`${raw.length} bytes, but the tensors end at ${cursor}`);
  for (const name of slots.keys())
    if (!BY_NAME.has(name) && !newer) throw fail(`tensor '${name.slice(0, 40)}' is unknown`);
  return slots;
}

/** @type {(slots: Map<string, Slot>, bases: number) => void} */
function checkForm(slots, bases) {
  /** @type {Record<string, number>} */
  const symbols = {K: bases};
  for (const tensor of TENSORS) {
    const found = slots.get(tensor.name);
    if (!found) throw fail(`tensor '${tensor.name}' is missing`);
    if (found.dtype !== tensor.dtype)
      throw fail(`tensor '${tensor.name}' is ${found.dtype}, must be ${tensor.dtype}`);
    let fits = found.shape.length === tensor.shape.length;
    tensor.shape.forEach((dimension, axis) => {
      if (axis >= found.shape.length) return;
      const length = found.shape[axis];
      if (typeof dimension === "number") {
        fits &&= dimension === length;
        return;
      }
      const [symbol, more] = dimension.split("+");
      if (dimension in SYMBOLS && !(symbol in symbols)) {
        const [low, high, what] = SYMBOLS[symbol];
        if (length < low || length > high)
          throw fail(`tensor '${tensor.name}': ${length} ${what}, allowed are ${low} to ${high}`);
        symbols[symbol] = length;
      }
      fits &&= symbols[symbol] + Number(more ?? 0) === length;
    });
    if (!fits)
      throw fail(`tensor '${tensor.name}' has shape (${found.shape}), must have (${tensor.shape})`);
  }
}

/** @type {(rig: Record<string, any>) => void} */
function checkValues(rig) {
  const vertices = rig.vertices.length / 3;
  for (const {name, dtype, low, high} of TENSORS) {
    // Whole numbers with the whole range of their type need no look.
    if (dtype === "I16" || dtype === "I8" || dtype === "U8") continue;
    const most = high ?? vertices - 1;
    // Comparisons with NaN are false, so NaN is refused by the same line.
    for (const value of rig[name])
      if (!(value >= low && value <= most))
        throw fail(`tensor '${name}' has values outside ${low} to ${most}`);
  }
  const f = Array.from(/** @type {Float32Array} */ (rig.frame));
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) {
      const dot = f[i] * f[j] + f[3 + i] * f[3 + j] + f[6 + i] * f[6 + j];
      if (Math.abs(dot - (i === j ? 1 : 0)) > 0.01)
        throw fail("tensor 'frame': its columns are no right-handed orthonormal axes");
    }
  const determinant = f[0] * (f[4] * f[8] - f[5] * f[7]) - f[1] * (f[3] * f[8] - f[5] * f[6]) +
    f[2] * (f[3] * f[7] - f[4] * f[6]);
  if (determinant < 0)
    throw fail("tensor 'frame': its columns are no right-handed orthonormal axes");
  for (const pair of ["lip", "eye_left", "eye_right"]) {
    const upper = rig[`${pair}_upper`], lower = rig[`${pair}_lower`];
    if (upper[0] !== lower[0] || upper.at(-1) !== lower.at(-1))
      throw fail(`tensors '${pair}_upper' and '${pair}_lower' do not share their corners`);
  }
}

/**
 * The tensors of a rig.
 * @param {Uint8Array} raw the member, at offset 0 of its buffer
 * @param {number} bases K, the number of bases that face.json names
 * @param {boolean} newer whether unknown tensors are ignored instead of refused
 * @returns {Record<string, any>} name to typed array
 */
export function readRig(raw, bases, newer) {
  const slots = layout(raw, newer);
  checkForm(slots, bases);
  /** @type {Record<string, any>} */
  const rig = {};
  for (const {name} of TENSORS) {
    const {dtype, begin, end} = /** @type {Slot} */ (slots.get(name)), Type = TYPES[dtype];
    rig[name] = new Type(raw.buffer, raw.byteOffset + begin, (end - begin) / Type.BYTES_PER_ELEMENT);
  }
  checkValues(rig);
  return rig;
}
