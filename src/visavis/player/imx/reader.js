/**
 * Reading an avatar file that nobody vouches for, in a browser.
 *
 * Comes in: the bytes of an `.imx`. Goes out: an `Avatar`, or `InvalidAvatar` naming the member and
 * the reason. Every size is bounded before memory is taken for it, by the rules of the reader in Python.
 */

import {Archive} from "./archive.js";
import {checkFace, checkLipSync, checkManifest, round} from "./documents.js";
import {InvalidAvatar} from "./errors.js";
import {parse} from "./json.js";
import {sha256} from "./sha256.js";
import {FACE, FORMAT, IMAGES, LASH_COLUMNS, LASH_ROWS, LIPSYNC, MAJOR, MANIFEST, MAX_FILE,
  MAX_JSON, MAX_MEMBER, MAX_RIG, MINOR, RIG} from "./table.js";
import {readRig} from "./tensors.js";
import {header} from "./webp.js";

/** @typedef {import("./documents.js").Face} Face */
/** @typedef {import("./documents.js").Manifest} Manifest */
/** @typedef {import("./table.js").Image} Image */

/**
 * The content of one `.imx`; pictures are bitmaps with premultiplied texels as they are stored.
 * @typedef {{manifest: Manifest, face: Face, lipsync: import("./documents.js").LipSync,
 *   rig: Record<string, any>, images: Record<string, ImageBitmap>}} Avatar
 */

/** @param {Uint8Array} data */
function checkKind(data) {
  const begins = (/** @type {number[]} */ ...bytes) => bytes.every((byte, i) => data[i] === byte);
  if (!data.length) throw new InvalidAvatar("", "the file is empty");
  if (data.length > MAX_FILE) throw new InvalidAvatar("", `larger than ${MAX_FILE} bytes`);
  if (begins(0x49, 0x4d, 0x58, 0))
    throw new InvalidAvatar("", "an encrypted .imx of a vendor (bitHuman), which only that " +
      "vendor's programs open; make a character of your own from a picture: visavis build");
  const webp = String.fromCharCode(...data.subarray(8, 12)) === "WEBP";
  if (begins(0x89, 0x50, 0x4e, 0x47) || begins(0xff, 0xd8, 0xff) || begins(0x47, 0x49, 0x46, 0x38) || webp)
    throw new InvalidAvatar("", "a picture, no avatar file; make one of it: visavis build");
  if (!begins(0x50, 0x4b, 3, 4))
    throw new InvalidAvatar("", "no avatar file: an .imx is a ZIP and begins with PK");
}

/** Whether the minor version is newer than ours. @param {Record<string, any>} manifest */
function isNewer(manifest) {
  if (manifest.format !== FORMAT)
    throw new InvalidAvatar(MANIFEST, `its format is not '${FORMAT}'`);
  const {version} = manifest;
  const found = typeof version === "string" && version.length < 10 && /^(\d+)\.(\d+)$/.exec(version);
  if (!found) throw new InvalidAvatar(MANIFEST, 'its version is not "major.minor"');
  if (Number(found[1]) !== MAJOR)
    throw new InvalidAvatar(MANIFEST, `format version ${version}; this player reads ${MAJOR}.x`);
  return Number(found[2]) > MINOR;
}

/** @type {(manifest: Manifest, face: Face) => void} */
function checkEyes({canvas: [width, height]}, {eyes}) {
  for (const side of /** @type {const} */ (["left", "right"])) {
    const eye = eyes[side];
    for (const name of eye ? ["lid", "patch"] : []) {
      const [x0, y0, x1, y1] = /** @type {any} */ (eye)[name];
      const inside = x0 >= 0 && x1 <= width && y0 >= 0 && y1 <= height;
      if (!inside || 4 * (x1 - x0) * (y1 - y0) > width * height)
        throw new InvalidAvatar(FACE,
          `eyes.${side}.${name}: not inside the canvas or over a quarter of it`);
    }
  }
}

/** @type {(image: Image, manifest: Manifest, face: Face) => [number, number]} */
function size({extent, eye}, {canvas, texture_scale: scale}, face) {
  if (extent === "canvas") return canvas;
  if (extent === "texture") return [round(canvas[0] * scale), round(canvas[1] * scale)];
  if (typeof extent !== "string") return extent;
  if (extent === "lashes") return [LASH_COLUMNS[1], LASH_ROWS[1]];
  const [x0, y0, x1, y1] = /** @type {any} */ (face.eyes)[/** @type {string} */ (eye)][extent];
  return [(x1 - x0) * scale, (y1 - y0) * scale];
}

/** @type {(image: Image, manifest: Manifest, face: Face) => number} */
function byteLimit(image, manifest, face) {
  const more = image.extent === "lashes" ? 0 : 1;
  const [columns, rows] = size(image, manifest, face).map((v) => Math.ceil(v) + more);
  return 4 * columns * rows + 4096;
}

/** @type {(image: Image, width: number, height: number, manifest: Manifest, face: Face) => void} */
function checkSize(image, width, height, manifest, face) {
  const exact = size(image, manifest, face);
  // A box need not lie on whole texels: the texture is stretched over it.
  const fits = image.extent === "lashes"
    ? width >= LASH_COLUMNS[0] && width <= LASH_COLUMNS[1] && height >= LASH_ROWS[0] && height <= LASH_ROWS[1]
    : Math.abs(width - exact[0]) < 1 && Math.abs(height - exact[1]) < 1;
  if (!fits)
    throw new InvalidAvatar(image.path, `${width} x ${height} px, must be ${exact.join(" x ")}`);
}

/** @type {(image: Image, raw: Uint8Array, manifest: Manifest, face: Face) => Promise<ImageBitmap>} */
async function decode(image, raw, manifest, face) {
  const said = header(image.path, raw);
  checkSize(image, said.width, said.height, manifest, face);
  if (said.alpha && !image.alpha) throw new InvalidAvatar(image.path, "has alpha, must have none");
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    const blob = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (raw)], {type: "image/webp"});
    bitmap = await createImageBitmap(blob, {premultiplyAlpha: "none", colorSpaceConversion: "none"});
  } catch {
    throw new InvalidAvatar(image.path, "cannot be decoded");
  }
  if (bitmap.width !== said.width || bitmap.height !== said.height)
    throw new InvalidAvatar(image.path, "cannot be decoded: another size than the header's");
  return bitmap;
}

/**
 * Reads and checks an avatar file.
 * @param {ArrayBuffer | Uint8Array} source the whole file
 * @returns {Promise<Avatar>}
 */
export async function read(source) {
  const data = source instanceof Uint8Array ? source : new Uint8Array(source);
  checkKind(data);
  const archive = new Archive(data);
  const [first] = archive.entries.values();
  if (first?.name !== MANIFEST || first.header)
    throw new InvalidAvatar(MANIFEST, "must be the first member; is this an avatar file?");
  const raw = parse(MANIFEST, await archive.read(MANIFEST, MAX_JSON));
  const newer = isNewer(raw), manifest = checkManifest(raw, newer);
  const listed = new Set(Object.keys(manifest.members));
  const present = new Set([...archive.entries.keys()].filter((path) => path !== MANIFEST));
  for (const path of [...new Set([...listed, ...present])].sort())
    if (!listed.has(path) || !present.has(path))
      throw new InvalidAvatar(path,
        present.has(path) ? "the manifest does not list it" : "listed but missing");

  /** @type {(path: string, limit?: number) => Promise<Uint8Array>} */
  const member = async (path, limit = MAX_MEMBER) => {
    if (!listed.has(path)) throw new InvalidAvatar(path, "missing");
    const bytes = await archive.read(path, limit), said = manifest.members[path];
    if (bytes.length !== said.bytes || (await sha256(bytes)) !== said.sha256)
      throw new InvalidAvatar(path, "does not match the manifest's size or SHA-256");
    return bytes;
  };
  const face = checkFace(parse(FACE, await member(FACE, MAX_JSON)), newer);
  const lipsync = checkLipSync(parse(LIPSYNC, await member(LIPSYNC, MAX_JSON)), newer);
  checkEyes(manifest, face);
  const images = IMAGES.filter(({eye}) => !eye || face.eyes[eye]);
  const expected = new Set([RIG, LIPSYNC, FACE, ...images.map(({path}) => path)]);
  for (const path of [...expected].sort())
    if (!present.has(path)) throw new InvalidAvatar(path, "missing");
  for (const path of [...present].sort())
    if (!expected.has(path) && (!newer || IMAGES.some((image) => image.path === path)))
      throw new InvalidAvatar(path, "does not belong here");
  const rig = readRig(await member(RIG, MAX_RIG), face.bases.length, newer);
  /** @type {Record<string, ImageBitmap>} */
  const bitmaps = {};
  const all = await Promise.allSettled(images.map(async (image) => {
    const bytes = await member(image.path, byteLimit(image, manifest, face));
    bitmaps[image.name] = await decode(image, bytes, manifest, face);
  }));
  const failed = all.find((one) => one.status === "rejected");
  if (failed) {
    Object.values(bitmaps).forEach((bitmap) => bitmap.close());
    throw /** @type {PromiseRejectedResult} */ (failed).reason;
  }
  return {manifest, face, lipsync, rig, images: bitmaps};
}

/**
 * The bytes of an address, no more than an avatar file may have.
 * @param {string} url
 * @param {AbortSignal} signal
 */
export async function download(url, signal) {
  const response = await fetch(url, {signal});
  if (!response.ok || !response.body)
    throw new InvalidAvatar("", `cannot be fetched: ${response.status} ${response.statusText}`);
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const pieces = [];
  let size = 0;
  const reader = response.body.getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return new Uint8Array(await new Blob(pieces).arrayBuffer());
    size += value.length;
    if (size > MAX_FILE) {
      await reader.cancel();
      throw new InvalidAvatar("", `larger than ${MAX_FILE} bytes; an avatar file is about 1 MB`);
    }
    pieces.push(value);
  }
}
