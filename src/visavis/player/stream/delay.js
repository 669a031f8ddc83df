/**
 * How long after the server's clock a stream is to be heard.
 *
 * Comes in: when packets came, when they were sent, when what is in them is due. Goes out: the offset
 * of the page's clock from the server's, and the delay: what is said begins as soon as it is here, and
 * later by what came later than a beginning lately.
 */

/** Seconds: the most that is waited for it, what is kept beside that, two memories. */
const MOST = 0.5, SPARE = 0.005, OFFSETS = 10, NEEDS = 30;

/** The most of the last seconds, for each. @extends {Map<number, number>} */
class Window extends Map {
  /** @param {number} time seconds @param {number} value @param {number} memory seconds */
  add(time, value, memory) {
    const second = Math.floor(time);
    this.set(second, Math.max(this.get(second) ?? value, value));
    for (const old of this.keys()) if (old < second - memory) this.delete(old);
    return Math.max(...this.values());
  }
}

export class Delay {
  offsets = new Window();
  needs = new Window();
  /** Seconds of the page's clock less those of the server's. */
  offset = 0;
  /** How late a beginning came, and after that what followed. */
  first = 0;
  more = 0;

  /** A packet came. @param {number} time seconds @param {number} sent by the server's clock */
  clock(time, sent) {
    this.offset = -this.offsets.add(time, sent - time, OFFSETS);
  }

  /** It is not heard before it is due. @param {number} time @param {number} due @param {number} way to the loudspeaker */
  begin(time, due, way) {
    this.first = Math.max(time - due - this.offset, -way);
  }

  /** Something came that is heard or seen at a time. @param {number} time seconds @param {number} due by the server's clock */
  media(time, due) {
    this.more = Math.max(this.needs.add(time, time - due - this.offset - this.first, NEEDS), 0);
  }

  /** Seconds from the server's clock to what is handed to the loudspeaker. */
  get seconds() {
    return this.first + Math.min(this.more + SPARE, MOST);
  }
}
