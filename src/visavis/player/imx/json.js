/**
 * JSON read with limits: size, depth, no repeated keys.
 *
 * Comes in: the bytes of a member. Goes out: plain values, or `InvalidAvatar`. `JSON.parse` lets a
 * key come twice.
 */

import {InvalidAvatar} from "./errors.js";
import {MAX_JSON, MAX_JSON_DEPTH} from "./table.js";

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * A JSON object from untrusted bytes.
 * @param {string} member path for the error message
 * @param {Uint8Array} raw UTF-8 text
 * @param {number} [limit] largest size in bytes
 * @returns {Record<string, any>}
 */
export function parse(member, raw, limit = MAX_JSON) {
  if (raw.length > limit)
    throw new InvalidAvatar(member, `${raw.length} bytes of JSON, at most ${limit} are allowed`);
  let text = "", at = 0;
  /** @param {string} why @returns {never} */
  const fail = (why) => {
    throw new InvalidAvatar(member, `no valid JSON: ${why}`);
  };
  try {
    text = new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(raw);
  } catch {
    fail("not UTF-8");
  }
  /** @param {RegExp} pattern */
  const take = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found ? found[0] : null;
  };
  const space = () => {
    take(SPACE);
    return text[at];
  };
  /** @param {string} mark */
  const expect = (mark) => {
    if (space() !== mark) fail(`${mark} expected at character ${at}`);
    at++;
  };
  const string = () => {
    const found = take(STRING);
    return found === null ? fail(`a string expected at character ${at}`) : JSON.parse(found);
  };
  /** @param {number} depth @returns {any} */
  const value = (depth) => {
    const mark = space();
    if (mark === "{" || mark === "[") {
      if (depth >= MAX_JSON_DEPTH)
        throw new InvalidAvatar(member, `JSON nested deeper than ${MAX_JSON_DEPTH}`);
      return mark === "{" ? object(depth + 1) : list(depth + 1);
    }
    if (mark === '"') return string();
    for (const [word, meaning] of /** @type {[string, any][]} */ ([["true", true], ["false", false], ["null", null]]))
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    const number = take(NUMBER);
    if (number === null) fail(`a value expected at character ${at}`);
    return Number(number);
  };
  /** @param {number} depth */
  const object = (depth) => {
    // Without a prototype, "__proto__" is a key like any other.
    const made = Object.create(null);
    at++;
    if (space() === "}") return at++, made;
    for (;;) {
      space();
      const key = string();
      if (key in made) fail("a key is given twice");
      expect(":");
      made[key] = value(depth);
      if (space() === "}") return at++, made;
      expect(",");
    }
  };
  /** @param {number} depth */
  const list = (depth) => {
    /** @type {any[]} */
    const made = [];
    at++;
    if (space() === "]") return at++, made;
    for (;;) {
      made.push(value(depth));
      if (space() === "]") return at++, made;
      expect(",");
    }
  };
  const made = value(0);
  if (space() !== undefined) fail("more text after its end");
  if (typeof made !== "object" || made === null || Array.isArray(made))
    throw new InvalidAvatar(member, "JSON but no object");
  return made;
}
