/**
 * Packets of a motion stream (docs/motion-stream.md), read like `visavis.stream.Decoder` reads them.
 *
 * Comes in: bytes from anywhere. Goes out: records, or `InvalidStream`; never more work than the
 * bytes are long.
 */

import {INDEX, SIZE} from "../pose.js";

const MOST = {packet: 65536, records: 64, poses: 64, channels: 128, text: 2000, value: 32767, number: 2 ** 48};
const STATES = ["idle", "listening", "thinking", "speaking"];

/** @typedef {{stream: number, fps: number, rate: number, codec: number, delay: number, names: string[]}} Hello */
/**
 * @typedef {{kind: "hello"} & Hello | {kind: "poses", frame: number, poses: Float32Array[]} |
 *   {kind: "sound", at: number, data: Uint8Array} | {kind: "interrupt", frame: number, at: number} |
 *   {kind: "started", utterance: number, at: number} |
 *   {kind: "finished", utterance: number, at: number, heard: number, interrupted: boolean} |
 *   {kind: "state", name: string} | {kind: "caption", utterance: number, at: number, text: string} |
 *   {kind: "rest", frame: number} | {kind: "bye"}} Entry
 */
/** @typedef {{sequence: number, epoch: number, now: number, records: Entry[]}} Packet */

/** Bytes that are no motion stream, or one that breaks its own rules. */
export class InvalidStream extends Error {
  name = "InvalidStream";
}

/** @param {string} why @returns {never} */
function refuse(why) {
  throw new InvalidStream(why);
}

/** Reads on from a place, and never beyond the end. */
class Bytes {
  /** @param {Uint8Array} data @param {string} what */
  constructor(data, what) {
    this.data = data;
    this.what = what;
    this.at = 0;
  }

  get left() {
    return this.data.length - this.at;
  }

  /** @param {number} [count] all by default */
  take(count = this.left) {
    if (count > this.left) refuse(`${this.what} ends early`);
    this.at += count;
    return this.data.subarray(this.at - count, this.at);
  }

  byte() {
    return this.take(1)[0];
  }

  /** @param {number} [most] */
  varint(most = MOST.number) {
    let number = 0;
    for (let unit = 1; unit < 2 ** 49; unit *= 128) {
      const byte = this.byte();
      number += (byte & 127) * unit;
      if (number >= most) refuse(`${this.what}: number too large`);
      if (byte < 128) return number;
    }
    return refuse(`${this.what}: number without an end`);
  }

  end() {
    if (this.left) refuse(`${this.what} is too long`);
  }
}

/** @param {Uint8Array} bytes */
const letters = (bytes) => String.fromCharCode(...bytes);

/** @param {Bytes} body @returns {{hello: Hello, steps: number[]}} */
function readHello(body) {
  if (letters(body.take(4)) !== "VMOT") refuse("not a motion stream");
  const major = body.take(2)[0];
  if (major !== 1) refuse(`motion stream of version ${major}: this player reads 1`);
  const fixed = body.take(16), view = new DataView(fixed.buffer, fixed.byteOffset, 16);
  const stream = view.getUint32(0, true), above = view.getUint16(4, true), under = view.getUint16(6, true);
  const rate = view.getUint32(8, true), codec = view.getUint8(12), delay = view.getUint16(13, true);
  const count = view.getUint8(15);
  if (!under || above < 10 * under || above > 120 * under) refuse("header: poses a second");
  if (rate < 8000 || rate > 48000) refuse("header: sample rate");
  if (codec > 2) refuse("header: codec");
  if (count < 1 || count > MOST.channels) refuse("header: channels");
  const names = [], steps = [];
  for (let i = 0; i < count; i++) {
    const head = body.take(5), step = new DataView(head.buffer, head.byteOffset, 5).getFloat32(0, true);
    if (!(step >= 1e-6 && step <= 1)) refuse("header: step");
    const name = letters(body.take(head[4]));
    if (!/^[A-Za-z0-9]{1,32}$/.test(name)) refuse("header: name");
    names.push(name);
    steps.push(step);
  }
  if (new Set(names).size !== count) refuse("header: names");
  return {hello: {stream, fps: above / under, rate, codec, delay, names}, steps}; // later minors add after this
}

/** Reads one stream, packet by packet, in whatever order they come. */
export class Decoder {
  constructor() {
    /** @type {Hello | null} until it has come, packets are read over */
    this.hello = null;
    /** Packets that were sent and have not come, as far as later ones tell. */
    this.missed = 0;
    /** @type {number[]} */
    this.steps = [];
    /** @type {number[]} where each channel is in a pose; -1: no such entry here */
    this.entries = [];
    this.last = this.epoch = -1;
    this.header = "";
  }

  /** @param {Uint8Array} data @returns {Packet} without what an interruption made void */
  decode(data) {
    if (data.length > MOST.packet) refuse("packet too long");
    const whole = new Bytes(data, "packet"), [low, high, epoch] = whole.take(3);
    const sequence = low | (high << 8), now = whole.varint();
    /** @type {[number, Uint8Array][]} */
    const bodies = [];
    while (whole.left) {
      if (bodies.length === MOST.records) refuse("packet with too many records");
      const kind = whole.byte();
      bodies.push([kind, whole.take(whole.varint(MOST.packet))]);
    }
    for (const [kind, body] of bodies) if (kind === 1) this.#greet(readHello(new Bytes(body, "header")));
    /** @type {Entry[]} */
    const records = [];
    if (this.hello) {
      const old = this.#place(sequence, epoch);
      for (const [kind, body] of bodies) {
        const record = this.#record(kind, new Bytes(body, `record ${kind}`));
        if (record && !(old && ["poses", "sound", "rest"].includes(record.kind))) records.push(record);
      }
    }
    return {sequence, epoch, now, records};
  }

  /** @param {{hello: Hello, steps: number[]}} found */
  #greet({hello, steps}) {
    const header = JSON.stringify([hello, steps]);
    if (header === this.header) return;
    if (this.hello?.stream === hello.stream) refuse("another header of the same stream");
    Object.assign(this, {hello, steps, header, missed: 0, last: -1, epoch: -1});
    this.entries = hello.names.map((name) => INDEX.get(name) ?? -1);
  }

  /** Count what is missing. @param {number} sequence @param {number} epoch @returns {boolean} whether its epoch is over */
  #place(sequence, epoch) {
    const ahead = this.last < 0 ? 1 : (sequence - this.last) & 65535;
    if (ahead > 0 && ahead < 32768) {
      this.missed += ahead - 1;
      this.last = sequence;
    } else if (ahead) this.missed = Math.max(this.missed - 1, 0);
    const later = this.epoch < 0 ? 1 : (epoch - this.epoch) & 255;
    if (later > 0 && later < 128) this.epoch = epoch;
    return later >= 128;
  }

  /** @param {number} kind @param {Bytes} body @returns {Entry | null} */
  #record(kind, body) {
    /** @type {Entry} */
    let record;
    switch (kind) {
      case 1: return {kind: "hello", .../** @type {Hello} */ (this.hello)};
      case 2: record = this.#poses(body); break;
      case 3: record = this.#sound(body); break;
      case 4: record = {kind: "interrupt", frame: body.varint(), at: body.varint()}; break;
      case 5: record = {kind: "started", utterance: body.varint(), at: body.varint()}; break;
      case 6: {
        const [utterance, at, heard, flag] = [body.varint(), body.varint(), body.varint(), body.byte()];
        if (flag > 1) refuse("finished record: flag");
        record = {kind: "finished", utterance, at, heard, interrupted: flag === 1};
        break;
      }
      case 7: {
        const state = body.byte();
        if (state >= STATES.length) refuse("state record: state");
        record = {kind: "state", name: STATES[state]};
        break;
      }
      case 8: {
        const utterance = body.varint(), at = body.varint();
        if (body.left > MOST.text) refuse("caption too long");
        try {
          const text = new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(body.take());
          record = {kind: "caption", utterance, at, text};
        } catch {
          return refuse("caption that is not UTF-8");
        }
        break;
      }
      case 9: record = {kind: "rest", frame: body.varint()}; break;
      case 10: record = {kind: "bye"}; break;
      default: return null;
    }
    body.end();
    return record;
  }

  /** @param {Bytes} body @returns {Entry} */
  #sound(body) {
    const at = body.varint(), data = body.take(), codec = this.hello?.codec;
    if (!codec) refuse("sound record: codec");
    if (!data.length || (codec === 1 && data.length % 2)) refuse("sound record: samples");
    return {kind: "sound", at, data};
  }

  /** @param {Bytes} body @returns {Entry} */
  #poses(body) {
    const {entries, steps} = this, count = steps.length, values = new Array(count).fill(0);
    const frame = body.varint(), poses = [];
    while (body.left) {
      if (poses.length === MOST.poses) refuse("poses record: too many");
      const mask = body.take((count + 7) >> 3);
      if (count & 7 && mask[count >> 3] >> (count & 7)) refuse("poses record: mask");
      const pose = new Float32Array(SIZE);
      for (let i = 0; i < count; i++) {
        if ((mask[i >> 3] >> (i & 7)) & 1) {
          const zigzag = body.varint(1 << 21);
          values[i] += (zigzag >> 1) ^ -(zigzag & 1);
          if (Math.abs(values[i]) > MOST.value) refuse("poses record: value");
        }
        if (entries[i] >= 0) pose[entries[i]] = values[i] * steps[i];
      }
      poses.push(pose);
    }
    if (!poses.length) refuse("poses record: none");
    return {kind: "poses", frame, poses};
  }
}
