/**
 * A motion stream as it comes: its sound played, its poses given when their sound is heard.
 *
 * Comes in: packets, whenever they come. Goes out: sound, the pose of this moment, and word of what
 * is said as it is heard (docs/motion-stream.md, "Time").
 */

import {between, SIZE} from "../pose.js";
import {Decoder} from "./decoder.js";
import {Delay} from "./delay.js";
import {Opus, OPUS_RATE} from "./opus.js";
import {Sound} from "./sound.js";

/** A pose is held, and gaps are crossed, for so long; more than so much ahead is not kept. */
const HOLD = 0.25, AHEAD = 60;
/** In silence the delay is changed where it is so far off; after waiting so much is kept in store; seconds. */
const OFF = 0.01, RESERVE = 0.02;
const MOST_MARKS = 500;

/** @typedef {import("./decoder.js").Entry} Entry */
/** @typedef {(name: string, detail: Record<string, any>) => void} Tell */
/** @typedef {{at: number, name: string, detail: Record<string, any>}} Mark */

export class Live {
  stream = -1;
  epoch = -1;
  /** An epoch whose sound and poses are left out, since the page has interrupted it. */
  void = -1;
  delay = new Delay();
  now = 0;
  /** Where the sound ends that has come. */
  end = 0;
  /** @type {{frame: number, pose: Float32Array | null}[]} in order; null: from here on, the page's own life */
  poses = [];
  /** @type {Mark[]} what is told when it is heard, in order */
  marks = [];
  /** @type {number | null} the utterance that is heard */
  heard = null;
  /** @type {{utterance: number, from: number, to: number} | null} the one that comes last */
  coming = null;
  placed = false;
  shown = "";
  /** Counts when the poses do not go on from those before; `turn` is the frame at which they will not. */
  jumps = 0;
  turn = Infinity;

  /** @param {Tell} tell hears of started, finished, caption, state, dropped, bye @param {boolean} [muted] */
  constructor(tell, muted = false) {
    this.tell = tell;
    this.muted = muted;
    this.decoder = new Decoder();
    /** @type {Sound | null} */
    this.sound = null;
    /** @type {Opus | null} */
    this.opus = null;
    /** @type {{seconds(offset: number): number, runs: boolean} | null} the clock of sound that goes another way */
    this.clock = null;
    this.out = new Float32Array(SIZE);
    this.rate = this.fps = this.scale = 1;
    this.bytes = this.sounding = 0; // that came, and those of them that were sound
  }

  /** Begin anew. @param {number} stream */
  #forget(stream) {
    this.stream = stream;
    this.epoch = this.void = -1;
    this.delay = new Delay();
    this.now = this.end = 0;
    this.poses = [];
    this.marks = [];
    this.heard = this.coming = null;
    this.placed = false;
    this.jumps++;
  }

  /** @param {import("./decoder.js").Hello} hello */
  #greet(hello) {
    if (this.sound) this.interrupt();
    this.close();
    this.#forget(hello.stream);
    this.rate = hello.rate;
    this.fps = hello.fps;
    /** Samples of the clock for each of the stream: Opus comes out at one rate. */
    this.scale = hello.codec === 2 ? OPUS_RATE / hello.rate : 1;
    this.sound = new Sound(hello.rate * this.scale, this.muted, hello.codec === 0);
    if (hello.codec !== 2) return;
    const opus = (this.opus = new Opus((piece) => {
      this.end = Math.max(this.end, (piece.at + piece.samples.length) / this.scale);
      this.sound?.order({pieces: [piece], until: opus.waiting.length ? 0 : this.now * this.scale});
    }, hello.delay * this.scale));
  }

  /** @param {Uint8Array} data a packet @param {number} [time] seconds, when it came */
  receive(data, time = performance.now() / 1000) {
    const {decoder} = this, {now, epoch, records} = decoder.decode(data), {hello} = decoder;
    this.bytes += data.length;
    if (!hello) return;
    if (hello.stream !== this.stream) this.#greet(hello);
    const cut = records.find((record) => record.kind === "interrupt");
    // Silence sent ahead is taken back without a word of an utterance: what is before it goes on.
    if (cut && !records.some((record) => record.kind === "finished" && record.interrupted)) this.#cut(cut.at, cut.frame);
    else if (cut || (this.epoch >= 0 && decoder.epoch !== this.epoch)) this.#drop();
    this.epoch = decoder.epoch;
    this.now = now;
    const far = AHEAD * this.rate;
    const kept = records.filter((record) => {
      const at = record.kind === "sound" ? record.at : record.kind === "poses" ? this.#sample(record.frame) : null;
      return at === null || (this.void !== epoch && Math.abs(at - now) < far);
    });
    const place = this.#time(time, kept);
    /** @type {{at: number, samples: Float32Array}[]} */
    const pieces = [];
    for (const record of kept) this.#take(record, pieces);
    const {coming, scale} = this, until = this.opus?.waiting.length ? 0 : now * scale;
    const speech = coming && {from: coming.from * scale, to: coming.to * scale, reserve: RESERVE * this.rate * scale};
    this.sound?.order({pieces, place, until, speech: speech ?? undefined});
    this.advance();
  }

  /** The sample in the middle of a frame. @param {number} frame */
  #sample(frame) {
    return ((frame + 0.5) * this.rate) / this.fps;
  }

  /** Learn how late packets come; choose the delay while nothing is heard. @param {number} time @param {Entry[]} records */
  #time(time, records) {
    const {rate, scale, sound, delay} = this, begins = records.find((record) => record.kind === "started");
    delay.clock(time, this.now / rate);
    if (begins) delay.begin(time, begins.at / rate, sound?.way ?? 0);
    for (const record of records)
      if (record.kind === "sound") delay.media(time, record.at / rate);
      else if (record.kind === "poses") delay.media(time, this.#sample(record.frame) / rate);
    if (!sound || this.clock) return;
    const frame = sound.frame(), at = sound.position(frame) / scale;
    const wanted = (performance.now() / 1000 - delay.offset - delay.seconds) * rate;
    const {coming, end} = this, says = at < end || (coming && at >= coming.from && at < coming.to);
    if (this.placed && (says || (!begins && Math.abs(at - wanted) < OFF * rate))) return;
    this.placed = true;
    this.jumps++;
    return {at: Math.round(wanted * scale), frame};
  }

  /** @param {Entry} record @param {{at: number, samples: Float32Array}[]} pieces */
  #take(record, pieces) {
    switch (record.kind) {
      case "poses":
        record.poses.forEach((pose, i) => this.#keep(record.frame + i, pose));
        break;
      case "rest":
        this.#keep(record.frame, null);
        break;
      case "sound":
        this.sounding += record.data.length;
        if (this.opus) this.opus.decode(record.at * this.scale, record.data);
        else {
          const whole = new Int16Array(record.data.slice().buffer);
          pieces.push({at: record.at, samples: Float32Array.from(whole, (v) => v / 32768)});
          this.end = Math.max(this.end, record.at + whole.length);
        }
        break;
      case "started":
        this.void = -1;
        this.coming = {utterance: record.utterance, from: record.at, to: Number.MAX_SAFE_INTEGER};
        this.#mark(record.at, "started", {utterance: record.utterance});
        break;
      case "finished": {
        const {utterance, at, heard, interrupted} = record;
        this.void = -1;
        if (this.coming?.utterance === utterance) this.coming.to = at;
        this.#mark(interrupted ? 0 : at, "finished", {utterance, position: heard / this.rate, interrupted});
        break;
      }
      case "caption":
        this.#mark(record.at, "caption", {utterance: record.utterance, text: record.text});
        break;
      case "state":
        this.#mark(this.now, "state", {state: record.name});
        break;
      case "bye": this.#mark(this.now, "bye", {});
    }
  }

  /** @param {number} frame @param {Float32Array | null} pose */
  #keep(frame, pose) {
    const {poses} = this, i = poses.findLastIndex((known) => known.frame <= frame) + 1;
    if (poses[i - 1]?.frame === frame) poses[i - 1].pose = pose;
    else poses.splice(i, 0, {frame, pose});
    if (poses.length > AHEAD * this.fps) poses.shift();
  }

  /** @param {number} at @param {string} name @param {Record<string, any>} detail */
  #mark(at, name, detail) {
    const {marks} = this, i = marks.findLastIndex((known) => known.at <= at) + 1;
    marks.splice(i, 0, {at, name, detail});
    if (marks.length > MOST_MARKS) marks.shift();
  }

  /** Forget sound and poses from their places on. @param {number} at @param {number} frame */
  #cut(at, frame) {
    this.sound?.order({cut: at * this.scale});
    this.poses = this.poses.filter((known) => known.frame < frame);
    this.turn = frame;
    this.end = Math.min(this.end, at);
  }

  /** Forget what has not been heard. */
  #drop() {
    this.#cut(0, 0);
    this.opus?.clear();
    this.turn = Infinity;
    this.jumps++;
    const {marks} = this;
    this.marks = [];
    for (const {name, detail} of marks)
      if (name === "state" || name === "bye") this.tell(name, detail);
      else if (name === "finished") this.#finish({...detail, interrupted: true});
    if (this.shown) this.tell("caption", {text: (this.shown = "")});
    this.tell("dropped", {});
  }

  /** @param {Record<string, any>} detail */
  #finish(detail) {
    if (this.heard === null || this.heard !== detail.utterance) return;
    this.heard = null;
    this.tell("finished", detail);
  }

  /** Fall silent at once; what is on its way is left out. */
  interrupt() {
    const {coming, heard} = this;
    if (coming && coming.to === Number.MAX_SAFE_INTEGER) this.void = this.epoch;
    const position = coming && heard === coming.utterance ? Math.max(this.#position() - coming.from, 0) / this.rate : 0;
    this.coming = null;
    this.#drop();
    if (heard !== null) this.#finish({utterance: heard, position, interrupted: true});
  }

  /** Nothing more comes: what has come is said, and no more waited for. */
  lost() {
    const {coming} = this;
    if (!coming || coming.to !== Number.MAX_SAFE_INTEGER) return;
    coming.to = Math.max(this.end, coming.from);
    this.sound?.order({speech: {from: 0, to: 0, reserve: 0}});
    this.#mark(coming.to, "finished",
      {utterance: coming.utterance, position: (coming.to - coming.from) / this.rate, interrupted: true});
  }

  /** The sample that is heard now. */
  #position() {
    return this.clock ? this.clock.seconds(this.delay.offset) * this.rate : (this.sound?.position() ?? 0) / this.scale;
  }

  /** Tell what is heard by now. */
  advance() {
    const position = this.#position();
    while (this.marks.length && this.marks[0].at <= position) {
      const {name, detail} = /** @type {Mark} */ (this.marks.shift());
      if (name === "started") {
        this.#finish({utterance: this.heard, position: 0, interrupted: true}); // word of its end was lost
        this.heard = detail.utterance;
      }
      if (name === "caption") this.shown = detail.text;
      if (name === "finished") this.#finish(detail);
      else this.tell(name, detail);
    }
  }

  /** The pose of what is heard now; null for the page's own life. @returns {Float32Array | null} reused */
  pose() {
    if (!this.sound || !(this.clock ?? this.sound).runs) return null;
    const {poses, fps, out} = this, x = (this.#position() / this.rate) * fps - 0.5;
    if (x > this.turn - 1) {
      this.turn = Infinity;
      this.jumps++;
    }
    // with nothing before it, a pose is there from where its frame begins
    while (poses.length > 1 && poses[1].frame - (poses[0].pose ? 0 : 0.5) <= x) poses.shift();
    const [from, to] = poses;
    if (!from?.pose || from.frame > x + 0.5) return null;
    if (x > from.frame && to?.pose && to.frame - from.frame <= HOLD * fps)
      between(out, from.pose, to.pose, (x - from.frame) / (to.frame - from.frame));
    else if (x - from.frame <= HOLD * fps) out.set(from.pose);
    else return null;
    return out;
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.sound?.mute((this.muted = muted));
  }

  close() {
    this.sound?.close();
    this.opus?.close();
    this.sound = this.opus = null;
  }
}
