/**
 * The ZIP container, read strictly.
 *
 * Comes in: the bytes of a file nobody vouches for. Goes out: its members' bytes. Only the plainest
 * ZIP is taken: members side by side from the first byte, one directory behind them that agrees
 * with every local header, the end record last; stored or deflated, nothing else.
 */

import {InvalidAvatar} from "./errors.js";
import {MAX_FILE, MAX_MEMBERS, MAX_NAME, MAX_RATIO, MAX_UNPACKED, MEMBER_NAME} from "./table.js";

const END = 22, CENTRAL = 46, LOCAL = 30;
const HARMLESS_FLAGS = 0x0806; // UTF-8 names, and two bits about how hard deflate tried
const FOREIGN_EXTRAS = new Set([0x0001, 0x7075, 0x9901]);
const STORED = 0, DEFLATED = 8;

/**
 * @typedef {{name: string, method: number, crc: number, packed: number, size: number,
 *   header: number, start: number}} Entry
 */

/** @type {Uint32Array | undefined} */
let crcTable;

/** @param {Uint8Array} bytes @returns {number} */
export function crc32(bytes) {
  if (!crcTable) {
    crcTable = new Uint32Array(256);
    for (let n = 0; n < 256; n++) {
      let c = n;
      for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
      crcTable[n] = c >>> 0;
    }
  }
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** A hostile name, fit to be shown. @param {Uint8Array} raw */
function printable(raw) {
  return new TextDecoder().decode(raw.subarray(0, MAX_NAME)).replace(/[^\x20-\x7e]/g, "?");
}

/** @param {Uint8Array} raw @returns {string} */
function checkedName(raw) {
  const shown = printable(raw);
  if (raw.length > MAX_NAME) throw new InvalidAvatar(shown, `name longer than ${MAX_NAME} characters`);
  const name = new TextDecoder("latin1").decode(raw);
  if (/^[/\\]|^.:|[\\\0]/s.test(name))
    throw new InvalidAvatar(shown, "an absolute path, drive letter, backslash or NUL in a name");
  if (name.split("/").includes("..")) throw new InvalidAvatar(shown, "a path that leaves the file");
  if (name.endsWith("/")) throw new InvalidAvatar(shown, "a folder entry; pack with 'zip -D -X'");
  if (!MEMBER_NAME.test(name))
    throw new InvalidAvatar(shown, "no member name (a-z, 0-9, _ and / only)");
  return name;
}

/** @param {string} name @param {DataView} view @param {number} at @param {number} end */
function checkExtra(name, view, at, end) {
  while (at < end) {
    if (at + 4 > end) throw new InvalidAvatar(name, "broken ZIP extra field");
    if (FOREIGN_EXTRAS.has(view.getUint16(at, true)))
      throw new InvalidAvatar(name, "ZIP64, a second name or encryption in a ZIP extra field");
    at += 4 + view.getUint16(at + 2, true);
  }
  if (at !== end) throw new InvalidAvatar(name, "broken ZIP extra field");
}

/** @param {string} name @param {number} version @param {number} flags @param {number} method */
function checkCoding(name, version, flags, method) {
  if (flags & 0x2041) throw new InvalidAvatar(name, "encrypted");
  if (flags & 0x0008)
    throw new InvalidAvatar(name, "sizes after the data (a streamed ZIP); pack with 'zip -D -X'");
  if (flags & ~HARMLESS_FLAGS || (version & 255) > 20)
    throw new InvalidAvatar(name, `ZIP features that are not allowed (flags 0x${flags.toString(16)})`);
  if (method !== STORED && method !== DEFLATED)
    throw new InvalidAvatar(name, `compression method ${method}; only stored and deflate are read`);
}

/** @param {Entry} entry */
function checkSizes({name, method, packed, size}) {
  if (packed === 0xffffffff || size === 0xffffffff)
    throw new InvalidAvatar(name, "ZIP64 sizes; an avatar is never that large");
  if (!size || (method === STORED && packed !== size))
    throw new InvalidAvatar(name, `${packed} bytes in the file for ${size} unpacked`);
  if (size > MAX_UNPACKED || size > MAX_RATIO * packed)
    throw new InvalidAvatar(name, `${size} bytes packed into ${packed}: a decompression bomb`);
}

/** The members of an avatar file. */
export class Archive {
  /** @param {Uint8Array} data the whole file */
  constructor(data) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
    const [count, directory] = this.#end();
    this.#directory(count, directory);
    this.#localHeaders(directory);
  }

  /** @returns {[number, number]} member count and the directory's offset */
  #end() {
    const {data, view} = this, at = data.length - END;
    if (data.length > MAX_FILE) throw new InvalidAvatar("", `more than ${MAX_FILE} bytes`);
    if (at < 0 || view.getUint32(at, true) !== 0x06054b50)
      throw new InvalidAvatar("", "truncated, or data after the end of the ZIP");
    const [disk, first, here, count] = [4, 6, 8, 10].map((i) => view.getUint16(at + i, true));
    const size = view.getUint32(at + 12, true), start = view.getUint32(at + 16, true);
    if (here === 0xffff || count === 0xffff || size === 0xffffffff || start === 0xffffffff)
      throw new InvalidAvatar("", "ZIP64; an avatar is never that large");
    const comment = view.getUint16(at + 20, true);
    if (disk || first || here !== count || comment || start + size !== at)
      throw new InvalidAvatar("", "the ZIP's end record does not fit the file");
    if (count > MAX_MEMBERS)
      throw new InvalidAvatar("", `${count} members, at most ${MAX_MEMBERS} are allowed`);
    return [count, start];
  }

  /** @param {number} count @param {number} at */
  #directory(count, at) {
    const {data, view} = this, end = data.length - END;
    let unpacked = 0;
    for (let i = 0; i < count; i++) {
      if (at + CENTRAL > end || view.getUint32(at, true) !== 0x02014b50)
        throw new InvalidAvatar("", "the ZIP's directory is broken");
      const u16 = (/** @type {number} */ o) => view.getUint16(at + o, true);
      const u32 = (/** @type {number} */ o) => view.getUint32(at + o, true);
      const nameEnd = at + CENTRAL + u16(28), extraEnd = nameEnd + u16(30);
      const name = checkedName(data.subarray(at + CENTRAL, Math.min(nameEnd, end)));
      const entry = {name, method: u16(10), crc: u32(16), packed: u32(20), size: u32(24),
        header: u32(42), start: 0};
      if (extraEnd > end) throw new InvalidAvatar("", "the ZIP's directory is broken");
      checkExtra(name, view, nameEnd, extraEnd);
      checkCoding(name, view.getUint8(at + 6), u16(8), entry.method);
      checkSizes(entry);
      const attributes = u32(38), kind = attributes >>> 28;
      if (u16(32) || u16(34) || (kind !== 0 && kind !== 8) || attributes & 0x10)
        throw new InvalidAvatar(name, "a comment, a link or a folder; only plain files belong");
      if (this.entries.has(name)) throw new InvalidAvatar(name, "is there twice");
      unpacked += entry.size;
      if (unpacked > MAX_UNPACKED)
        throw new InvalidAvatar("", `more than ${MAX_UNPACKED} bytes unpacked`);
      this.entries.set(name, entry);
      at = extraEnd;
    }
    if (at !== end) throw new InvalidAvatar("", "the ZIP's directory is broken");
  }

  /** Members must lie side by side, without gaps. @param {number} directory */
  #localHeaders(directory) {
    const {data, view} = this;
    let cursor = 0;
    for (const entry of [...this.entries.values()].sort((a, b) => a.header - b.header)) {
      const at = cursor, {name} = entry;
      if (entry.header !== at)
        throw new InvalidAvatar(name, "overlaps another member or leaves a gap");
      if (at + LOCAL > directory || view.getUint32(at, true) !== 0x04034b50)
        throw new InvalidAvatar(name, "its local header is missing");
      const u16 = (/** @type {number} */ o) => view.getUint16(at + o, true);
      const u32 = (/** @type {number} */ o) => view.getUint32(at + o, true);
      checkCoding(name, view.getUint8(at + 4), u16(6), u16(8));
      const nameEnd = at + LOCAL + u16(26), extraEnd = nameEnd + u16(28);
      const same = u16(8) === entry.method && u32(14) === entry.crc && u32(18) === entry.packed &&
        u32(22) === entry.size;
      const written = new TextDecoder("latin1").decode(data.subarray(at + LOCAL, nameEnd));
      if (!same || written !== name)
        throw new InvalidAvatar(name, "directory and local header disagree");
      if (extraEnd > directory)
        throw new InvalidAvatar(name, "reaches beyond the members' part of the file");
      checkExtra(name, view, nameEnd, extraEnd);
      entry.start = extraEnd;
      cursor = extraEnd + entry.packed;
      if (cursor > directory)
        throw new InvalidAvatar(name, "reaches beyond the members' part of the file");
    }
    if (cursor !== directory)
      throw new InvalidAvatar("", "data between the members and the directory");
  }

  /**
   * The unpacked bytes of a member, their CRC-32 checked.
   * @param {string} name its path, which must be there
   * @param {number} limit largest unpacked size allowed
   * @returns {Promise<Uint8Array>} a copy, at offset 0 of a buffer of its own
   */
  async read(name, limit) {
    const entry = /** @type {Entry} */ (this.entries.get(name));
    if (entry.size > limit)
      throw new InvalidAvatar(name, `${entry.size} bytes, at most ${limit} are allowed`);
    const packed = this.data.slice(entry.start, entry.start + entry.packed);
    const raw = entry.method === STORED ? packed : await inflate(entry, packed);
    if (crc32(raw) !== entry.crc)
      throw new InvalidAvatar(name, "damaged: its CRC-32 does not match");
    return raw;
  }
}

/** @param {Entry} entry @param {Uint8Array<ArrayBuffer>} packed @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function inflate({name, size}, packed) {
  const raw = new Uint8Array(size);
  const wrong = new InvalidAvatar(name, `does not unpack to the ${size} bytes it announces`);
  let at = 0;
  const reader = new Blob([packed]).stream()
    .pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  try {
    for (;;) {
      const {done, value} = await reader.read();
      if (done) break;
      if (at + value.length > size) throw wrong;
      raw.set(value, at);
      at += value.length;
    }
  } catch (error) {
    if (error === wrong) {
      reader.cancel().catch(() => {});
      throw wrong;
    }
    throw new InvalidAvatar(name, "damaged: it cannot be unpacked");
  }
  if (at !== size) throw wrong;
  return raw;
}
