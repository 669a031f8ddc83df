/**
 * How long after the server's clock a stream is to be heard.
 *
 * Comes in: when packets came, when they were sent, when what is in them is due. Goes out: the offset
 * of the page's clock from the server's, and the delay that what came late lately would have needed.
 */

/** Seconds: the delay, that which is kept beside what is needed, and the memory of what was. */
const LEAST = 0.02, MOST = 0.5, SPARE = 0.01, MEMORY = 10;

/** The least or most of the last seconds, a bucket for each. */
class Window {
  /** @param {(a: number, b: number) => number} pick */
  constructor(pick) {
    this.pick = pick;
    /** @type {[number, number][]} */
    this.buckets = [];
  }

  /** @param {number} time seconds @param {number} value */
  add(time, value) {
    const second = Math.floor(time), {buckets} = this, last = buckets.at(-1);
    if (last?.[0] === second) last[1] = this.pick(last[1], value);
    else buckets.push([second, value]);
    while (buckets[0][0] < second - MEMORY) buckets.shift();
  }

  /** Of what was added. */
  get value() {
    return this.buckets.map(([, value]) => value).reduce((a, b) => this.pick(a, b));
  }
}

export class Delay {
  constructor() {
    this.offsets = new Window(Math.min);
    this.needs = new Window(Math.max);
    /** Seconds of the page's clock less those of the server's. */
    this.offset = 0;
    this.seconds = LEAST;
  }

  /** A packet came. @param {number} time seconds @param {number} sent by the server's clock */
  clock(time, sent) {
    this.offsets.add(time, time - sent);
    this.offset = this.offsets.value;
  }

  /** Something came that is heard or seen at a time. @param {number} time seconds @param {number} due by the server's clock */
  media(time, due) {
    this.needs.add(time, time - due);
    this.seconds = Math.min(Math.max(this.needs.value - this.offset + SPARE, LEAST), MOST);
  }
}
