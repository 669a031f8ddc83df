/**
 * The JSON documents of an avatar file, checked field by field.
 *
 * Comes in: parsed JSON. Goes out: the same as typed values with defaults filled in, or
 * `InvalidAvatar` with the field. Unknown fields are refused, except in a newer minor version.
 */

import {InvalidAvatar} from "./errors.js";
import {FACE, FAR, FORMAT, LIPSYNC, MANIFEST, MAX_MEMBERS, MAX_NAME, MAX_PIXELS, MEMBER_NAME,
  SYMBOLS} from "./table.js";
import {INDEX} from "../pose.js";

/**
 * @typedef {[number, number, number, number]} Box
 * @typedef {[number, number, number]} Triple
 * @typedef {{name: string, sided: boolean}} Basis
 * @typedef {{stomion: Triple, angle: number, gap: number, own_teeth: boolean, upper_edge: number,
 *   arc: number, lip: Triple, cavity: Triple, seam: Triple, jaw: Triple, soft_px: number,
 *   shade: number}} Mouth
 * @typedef {{lid: Box, patch: Box, iris: Triple, down: [number, number], lash: Triple,
 *   roll: [number, number]}} Eye
 * @typedef {{mm: number, box: Box, bases: Basis[], yaw_limit: number, pitch_limit: number,
 *   roll_limit: number, mouth: Mouth, eyes: {left: Eye | null, right: Eye | null}}} Face
 * @typedef {{gain: number, rest: number, closure: number, width: number, smile: number}} LipSync
 * @typedef {{format: string, version: string, name: string, kind: string,
 *   canvas: [number, number], texture_scale: number, fps: number, generator: string,
 *   created: string | null, likeness: Record<string, string | null>,
 *   members: Record<string, {sha256: string, bytes: number}>}} Manifest
 */

/** @typedef {(value: any, at: string) => any} Check checks a value, throws a plain string */

/** @type {(low: number, high: number, whole?: boolean) => Check} */
const number = (low, high, whole = false) => (value, at) => {
  const fits = typeof value === "number" && value >= low && value <= high && Number.isFinite(value);
  if (!fits || (whole && !Number.isInteger(value)))
    throw `${at}: a ${whole ? "whole " : ""}number from ${low} to ${high} is needed`;
  return value;
};

/** @type {(pattern: RegExp, longest: number) => Check} */
const text = (pattern, longest) => (value, at) => {
  // Characters, not UTF-16 halves, as every other reader counts them.
  if (typeof value !== "string" || [...value].length > longest || !pattern.test(value))
    throw `${at}: a text of another kind is needed`;
  return value;
};

/** @type {(check: Check) => Check} */
const orNull = (check) => (value, at) => (value === null ? null : check(value, at));

/** @type {Check} */
const flag = (value, at) => {
  if (typeof value !== "boolean") throw `${at}: true or false is needed`;
  return value;
};

/** @type {(...words: string[]) => Check} */
const oneOf = (...words) => (value, at) => {
  if (!words.includes(value)) throw `${at}: one of ${words.join(", ")} is needed`;
  return value;
};

/** @type {(...checks: Check[]) => Check} */
const tuple = (...checks) => (value, at) => {
  if (!Array.isArray(value) || value.length !== checks.length)
    throw `${at}: a list of ${checks.length} is needed`;
  return checks.map((check, i) => check(value[i], `${at}.${i}`));
};

const REQUIRED = Symbol("required");

/**
 * An object of known fields, each with its check and default.
 * @type {(fields: Record<string, [Check, any?]>, newer: boolean) => Check}
 */
const object = (fields, newer) => (value, at) => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw `${at}: an object is needed`;
  for (const key of Object.keys(value))
    if (!Object.hasOwn(fields, key) && !newer) throw `${at}.${key.slice(0, 40)}: unknown`;
  return Object.fromEntries(Object.entries(fields).map(([key, [check, preset = REQUIRED]]) => {
    if (key in value) return [key, check(value[key], `${at}.${key}`)];
    if (preset === REQUIRED) throw `${at}.${key}: missing`;
    return [key, preset];
  }));
};

const coordinate = number(-FAR, FAR), channel = number(0, 255), degrees = number(0, 10);
const lidHeight = number(0, 40);
const point = tuple(coordinate, coordinate, coordinate), colour = tuple(channel, channel, channel);
const four = tuple(coordinate, coordinate, coordinate, coordinate);

/** @type {Check} */
const box = (value, at) => {
  const [x0, y0, x1, y1] = four(value, at);
  if (x0 >= x1 || y0 >= y1) throw `${at}: a box is [x0, y0, x1, y1] with x0 < x1 and y0 < y1`;
  return value;
};

/** @type {Check} */
const unit = (value, at) => {
  const [x, y] = tuple(coordinate, coordinate)(value, at);
  if (Math.abs(Math.hypot(x, y) - 1) > 0.01) throw `${at}: must be a unit vector`;
  return value;
};

/** @type {(newer: boolean) => Check} */
const basis = (newer) => (value, at) => {
  const made = object({name: [text(/^/, Infinity)], sided: [flag, false]}, newer)(value, at);
  const entries = made.sided ? [`${made.name}Left`, `${made.name}Right`] : [made.name];
  if (entries.some((entry) => !INDEX.has(entry))) throw `${at}: names no pose entry`;
  return made;
};

/** @type {(newer: boolean) => Check} */
const bases = (newer) => (value, at) => {
  const [low, high] = SYMBOLS.K;
  if (!Array.isArray(value) || value.length < low || value.length > high)
    throw `${at}: a list of ${low} to ${high} is needed`;
  const made = value.map((item, i) => basis(newer)(item, `${at}.${i}`));
  if (new Set(made.map((item) => item.name)).size < made.length)
    throw `${at}: two bases have the same name`;
  return made;
};

/** @type {(member: string, value: any, check: Check) => any} */
function checked(member, value, check) {
  try {
    return check(value, "");
  } catch (reason) {
    if (typeof reason !== "string") throw reason;
    throw new InvalidAvatar(member, reason.replace(/^\./, "").replace(/[^\x20-\x7e]/g, "?"));
  }
}

/** @type {(value: any, newer: boolean) => Face} */
export function checkFace(value, newer) {
  const mouth = object({
    stomion: [point], angle: [number(-3.15, 3.15), 0], gap: [number(0, 60), 0],
    own_teeth: [flag, false], upper_edge: [number(-20, 20), 2], arc: [number(-1, 1), 0],
    lip: [colour], cavity: [colour], seam: [colour], jaw: [point],
    soft_px: [number(0, 64), 0.55], shade: [number(0, 2), 1],
  }, newer);
  const eye = orNull(object({
    lid: [box], patch: [box],
    iris: [tuple(coordinate, coordinate, number(Number.MIN_VALUE, 512))], down: [unit],
    lash: [colour], roll: [tuple(lidHeight, lidHeight), [0, 0]],
  }, newer));
  return checked(FACE, value, object({
    mm: [number(0.05, 50)], box: [box], bases: [bases(newer)],
    yaw_limit: [degrees], pitch_limit: [degrees], roll_limit: [degrees],
    mouth: [mouth], eyes: [object({left: [eye], right: [eye]}, newer)],
  }, newer));
}

/** @type {(value: any, newer: boolean) => LipSync} */
export function checkLipSync(value, newer) {
  return checked(LIPSYNC, value, object({
    gain: [number(0, 4), 1], rest: [number(-1, 1), 0], closure: [number(0, 4), 1],
    width: [number(0, 4), 1], smile: [number(-1, 1), 0],
  }, newer));
}

/** @type {(value: any, newer: boolean) => Manifest} */
export function checkManifest(value, newer) {
  const note = orNull(text(/^/, 2000)), label = text(/^[^\x00-\x1f\x7f]*$/, 200);
  const member = object({
    sha256: [text(/^[0-9a-f]{64}$/, 64)], bytes: [number(1, Number.MAX_SAFE_INTEGER, true)],
  }, newer);
  /** @type {Check} */
  const members = (found, at) => {
    if (typeof found !== "object" || found === null || Array.isArray(found))
      throw `${at}: an object is needed`;
    const entries = Object.entries(found);
    if (entries.length > MAX_MEMBERS) throw `${at}: too many`;
    return Object.fromEntries(entries.map(([path, said]) => {
      if (path.length > MAX_NAME || !MEMBER_NAME.test(path)) throw `${at}: no member name`;
      return [path, member(said, `${at}.${path}`)];
    }));
  };
  const side = number(32, 2048, true);
  /** @type {Manifest} */
  const made = checked(MANIFEST, value, object({
    format: [oneOf(FORMAT)], version: [text(/^\d{1,4}\.\d{1,4}$/, 9)], name: [label],
    kind: [oneOf("photo", "video", "drawn"), "photo"], canvas: [tuple(side, side)],
    texture_scale: [number(1, 4), 2], fps: [number(1, 120), 25], generator: [label, ""],
    created: [orNull(text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 20)), null],
    likeness: [object({licence: [note, null], consent: [note, null], source: [note, null]}, newer), {}],
    members: [members, {}],
  }, newer));
  const [width, height] = made.canvas.map((length) => round(length * made.texture_scale));
  if (width * height > MAX_PIXELS)
    throw new InvalidAvatar(MANIFEST, `canvas at texture_scale has more than ${MAX_PIXELS} pixels`);
  return made;
}

/** Halves go to the even neighbour, as in Python. @param {number} value */
export function round(value) {
  const down = Math.floor(value), rest = value - down;
  return rest === 0.5 ? down + (down & 1) : Math.round(value);
}
