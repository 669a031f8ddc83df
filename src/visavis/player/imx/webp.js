/**
 * WebP textures: looked at before the browser decodes them.
 *
 * Comes in: a member's bytes. Goes out: size and alpha. Only plain still WebP is taken: lossy
 * colours, alpha uncompressed, no metadata; its header then bounds what decoding costs.
 */

import {InvalidAvatar} from "./errors.js";
import {MAX_PIXELS} from "./table.js";

/**
 * Size and alpha of a WebP file, read from its chunks without decoding.
 * @param {string} member path for the error message
 * @param {Uint8Array} raw the file
 * @returns {{width: number, height: number, alpha: boolean}}
 */
export function header(member, raw) {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const name = (/** @type {number} */ at) => String.fromCharCode(...raw.subarray(at, at + 4));
  const u24 = (/** @type {number} */ at) => raw[at] | (raw[at + 1] << 8) | (raw[at + 2] << 16);
  if (raw.length < 12 || name(0) !== "RIFF" || name(8) !== "WEBP")
    throw new InvalidAvatar(member, "no WebP picture");
  if (view.getUint32(4, true) + 8 !== raw.length)
    throw new InvalidAvatar(member, "WebP of another length than it says: truncated or padded");
  /** @type {[string, number, number][]} */
  const chunks = [];
  let at = 12;
  while (at < raw.length && chunks.length < 4) {
    const size = at + 8 <= raw.length ? view.getUint32(at + 4, true) : Infinity;
    if (size > raw.length - at - 8) throw new InvalidAvatar(member, "WebP with a broken chunk");
    chunks.push([name(at), at + 8, size]);
    at += 8 + size + (size & 1);
  }
  const names = chunks.map(([kind]) => kind).join();
  if (names.includes("VP8L"))
    throw new InvalidAvatar(member, "lossless WebP; only lossy is read, whose cost is bounded");
  if (at !== raw.length || !["VP8 ", "VP8X,ALPH,VP8 "].includes(names))
    throw new InvalidAvatar(member,
      "not a plain still WebP (animation and EXIF, XMP or ICC data are not allowed)");
  const [, picture, pictureSize] = chunks[chunks.length - 1];
  const sound = pictureSize > 10 && u24(picture + 3) === 0x2a019d && !(raw[picture] & 1);
  const width = sound ? view.getUint16(picture + 6, true) & 0x3fff : 0;
  const height = sound ? view.getUint16(picture + 8, true) & 0x3fff : 0;
  if (!width || !height) throw new InvalidAvatar(member, "WebP with a broken picture header");
  const alpha = chunks.length === 3;
  if (alpha) {
    const [[, extended, size], [, values, valuesSize]] = chunks;
    const agree = size === 10 && raw[extended] === 0x10 && !u24(extended + 1) &&
      u24(extended + 4) === width - 1 && u24(extended + 7) === height - 1;
    if (!agree)
      throw new InvalidAvatar(member, "WebP whose canvas, flags and picture do not agree");
    if (valuesSize !== 1 + width * height || raw[values] & 3)
      throw new InvalidAvatar(member, "WebP whose alpha is compressed (cwebp: -alpha_method 0)");
  }
  if (width * height > MAX_PIXELS)
    throw new InvalidAvatar(member, `${width} x ${height} pixels, at most ${MAX_PIXELS} in all`);
  return {width, height, alpha};
}
