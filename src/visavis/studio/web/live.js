// Characters that are alive in a list: a few are drawn at a time, those somebody sees or points at.
//
// Comes in: cards with a place for a face. Goes out: faces that look at the pointer, and say a line.

import "/player/visavis.js";
import {INDEX} from "/player/visavis.js";
import {get} from "./api.js";

/** @typedef {import("/player/visavis.js").VisavisAvatar} Face */
/** @typedef {{box: HTMLElement, id: string, src: string, near: boolean, face: Face | null, gaze: Gaze}} Seat */

const MOST = matchMedia("(hover: none)").matches || (navigator.hardwareConcurrency || 4) < 4 ? 4 : 8;
const at = (/** @type {string} */ name) => /** @type {number} */ (INDEX.get(name));
const [GAZE_X, GAZE_Y, YAW, PITCH, SMILE_L, SMILE_R, BROW] = ["gazeX", "gazeY", "headYaw", "headPitch", "mouthSmileLeft", "mouthSmileRight", "browInnerUp"].map(at);
/** Degrees that eyes and head turn for a pointer one width of the picture away. */
const EYES = [17, 12], HEAD = [7, 4.5];

/** Where the visitor's pointer is, page px; null: nowhere. @type {{x: number, y: number} | null} */
let pointer = null;
addEventListener("pointermove", ({clientX, clientY, pointerType}) => {
  pointer = pointerType === "touch" ? null : {x: clientX, y: clientY};
}, {passive: true});
document.documentElement.addEventListener("pointerleave", () => (pointer = null));

/** Sound may begin when the visitor has touched the page. @type {AudioContext | null} */
let sound = null;
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => {
  sound ??= new AudioContext();
  if (sound.state === "suspended") sound.resume();
}, {capture: true});
/** The page's sound, where it runs. */
export const running = () => sound?.state === "running" ? sound : null;

/** Turns a face towards the pointer, gently. */
export class Gaze {
  amount = 0;
  /** 0: lives by itself; 1: is with the visitor. */
  wanted = 0;
  eyes = [0, 0];
  head = [0, 0];
  time = 0;

  /** @param {HTMLElement} box @param {Float32Array} pose @param {number} now seconds */
  turn(box, pose, now) {
    const step = Math.min(Math.max(now - this.time, 0), 0.1);
    this.time = now;
    const aim = [0, 0];
    if (pointer) {
      const {left, top, width, height} = box.getBoundingClientRect();
      const away = [(pointer.x - left - width / 2) / width, (pointer.y - top - height * 0.42) / width];
      away.forEach((value, i) => (aim[i] = Math.tanh(value)));
    }
    this.amount += (1 - Math.exp(-step / 0.18)) * (this.wanted - this.amount);
    for (let i = 0; i < 2; i++) {
      this.eyes[i] += (1 - Math.exp(-step / 0.07)) * (aim[i] * EYES[i] - this.eyes[i]);
      this.head[i] += (1 - Math.exp(-step / 0.3)) * (aim[i] * HEAD[i] - this.head[i]);
    }
    const {amount} = this;
    pose[YAW] += amount * this.head[0];
    pose[PITCH] += amount * this.head[1];
    pose[GAZE_X] += amount * (this.eyes[0] - pose[YAW] - pose[GAZE_X]);
    pose[GAZE_Y] += amount * (this.eyes[1] - pose[PITCH] - pose[GAZE_Y]);
    for (const smile of [SMILE_L, SMILE_R]) pose[smile] = Math.max(pose[smile], 0.32 * amount * this.wanted);
    pose[BROW] += 0.12 * amount * this.wanted;
  }
}

/** @typedef {{text: string, fps: number, poses: number[][], sound: string, seconds: number}} Line */
/** @type {Map<string, Promise<Line>>} */
const lines = new Map();
/** @param {string} id of an avatar @returns {Promise<Line>} */
const line = (id) => {
  const known = lines.get(id) ?? get(`/v1/studio/avatars/${encodeURIComponent(id)}/line`);
  lines.set(id, known);
  known.catch(() => lines.delete(id));
  return known;
};

/**
 * Let a face say its line; without leave for sound it moves its lips and shows the words.
 * @param {Face} face
 * @param {string} id
 * @param {boolean} aloud
 * @param {AbortSignal} signal stops it
 */
export async function sayLine(face, id, aloud, signal) {
  const {text, fps, poses, sound: data, seconds} = await line(id);
  if (signal.aborted) return;
  face.captions = text;
  const context = aloud ? running() : null;
  try {
    if (context) {
      const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
      const buffer = await context.decodeAudioData(bytes.buffer);
      if (signal.aborted) return;
      signal.addEventListener("abort", () => face.interrupt());
      await face.speak(buffer, poses, fps, context);
      return;
    }
    const began = performance.now(), before = face.pose;
    face.pose = (pose, now) => {
      const i = Math.floor(((performance.now() - began) / 1000) * fps);
      if (poses[i]) pose.set(poses[i]);
      return before?.(pose, now);
    };
    await new Promise((done) => {
      setTimeout(done, seconds * 1000);
      signal.addEventListener("abort", done);
    });
    face.pose = before;
  } finally {
    if (face.captions === text) face.captions = "";
  }
}

/** Slower than this between pictures, seconds, over so many of them: too many faces for this machine. */
const SLOW = 0.07, OVER = 8;

/** The faces of a list. */
export class Faces {
  /** @param {{aloud: () => boolean}} options */
  constructor({aloud}) {
    this.aloud = aloud;
    /** @type {Map<HTMLElement, Seat>} */
    this.seats = new Map();
    /** @type {Face[]} */
    this.free = [];
    this.made = 0;
    this.most = MOST;
    /** @type {number[]} seconds between the last pictures */
    this.steps = [];
    this.last = 0;
    this.pace = (/** @type {number} */ now) => this.#pace(now / 1000);
    this.beat = requestAnimationFrame(this.pace);
    /** @type {AbortController | null} */
    this.speech = null;
    /** @type {Seat | null} whom somebody is with */
    this.attended = null;
    this.sights = new IntersectionObserver((entries) => {
      for (const {target, isIntersecting} of entries) {
        const seat = this.seats.get(/** @type {HTMLElement} */ (target));
        if (seat) seat.near = isIntersecting;
      }
      this.#arrange();
    }, {rootMargin: "80px"});
  }

  /**
   * A place for a face.
   * @param {HTMLElement} box
   * @param {HTMLElement} card that is pointed at
   * @param {{id: string, src: string, name: string}} avatar
   */
  add(box, card, {id, src, name}) {
    /** @type {Seat} */
    const seat = {box, id, src, near: false, face: null, gaze: new Gaze()};
    this.seats.set(box, seat);
    this.sights.observe(box);
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", name);
    let timer = 0;
    const begin = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.attend(seat), 220);
    };
    const end = () => {
      clearTimeout(timer);
      seat.gaze.wanted = 0;
      if (this.attended === seat) this.speech?.abort();
    };
    card.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && begin());
    card.addEventListener("pointerleave", end);
    card.addEventListener("focusin", (event) => /** @type {Element} */ (event.target).matches(":focus-visible") && begin());
    card.addEventListener("focusout", end);
    return {speak: () => this.attend(seat)};
  }

  /** Somebody is with this one. @param {Seat} seat */
  async attend(seat) {
    this.speech?.abort();
    const speech = (this.speech = new AbortController());
    this.attended = seat;
    seat.gaze.wanted = 1;
    if (!seat.face) this.#seat(seat, true);
    try {
      await Promise.all([ready(seat.face), line(seat.id)]);
      if (!speech.signal.aborted && seat.face) await sayLine(seat.face, seat.id, this.aloud(), speech.signal);
    } catch {
      // it looks at the visitor all the same
    }
  }

  /** Draw fewer faces where the page cannot keep up. @param {number} now seconds */
  #pace(now) {
    this.beat = requestAnimationFrame(this.pace);
    const step = now - this.last;
    this.last = now;
    if (step < 1 && this.steps.push(step) > OVER) this.steps.shift();
    if (this.steps.length < OVER || [...this.steps].sort((a, b) => a - b)[OVER / 2] < SLOW) return;
    this.steps = [];
    const drawn = [...this.seats.values()].filter((seat) => seat.face?.classList.contains("here") && seat !== this.attended);
    if (drawn.length < 2) return;
    this.most = Math.max(1, Math.min(this.most, this.made) - 1);
    this.#rise(drawn[drawn.length - 1]);
    const idle = this.free.pop();
    if (idle) end(idle);
    this.made--;
  }

  #arrange() {
    const middle = innerHeight / 2;
    const away = (/** @type {Seat} */ seat) => Math.abs(seat.box.getBoundingClientRect().top + seat.box.clientHeight / 2 - middle);
    for (const seat of this.seats.values()) if (!seat.near && seat.face && seat !== this.attended) this.#rise(seat);
    for (const seat of [...this.seats.values()].filter((one) => one.near && !one.face).sort((a, b) => away(a) - away(b))) this.#seat(seat, false);
  }

  /** @param {Seat} seat @param {boolean} must take the face of another, if none is free */
  #seat(seat, must) {
    if (!this.free.length && this.made < this.most) {
      this.free.push(/** @type {Face} */ (document.createElement("visavis-avatar")));
      this.made++;
    }
    if (!this.free.length && must) {
      const other = [...this.seats.values()].filter((one) => one.face && one !== seat).pop();
      if (other) this.#rise(other);
    }
    const face = this.free.pop();
    if (!face) return;
    seat.face = face;
    face.className = "";
    face.setAttribute("aria-hidden", "true");
    face.setAttribute("background", "still");
    face.pose = (pose, now) => seat.gaze.turn(seat.box, pose, now);
    const shown = () => seat.face === face && face.classList.add("here");
    face.addEventListener("ready", shown, {once: true});
    seat.box.append(face);
    if (face.getAttribute("src") === seat.src && face.drawer) shown();
    else face.setAttribute("src", seat.src);
  }

  /** @param {Seat} seat */
  #rise(seat) {
    const {face} = seat;
    if (!face) return;
    seat.face = null;
    face.interrupt();
    face.captions = "";
    face.classList.remove("here");
    face.remove();
    this.free.push(face);
  }

  /** Forget all places; the faces wait for others. */
  empty() {
    this.speech?.abort();
    this.attended = null;
    for (const seat of this.seats.values()) this.#rise(seat);
    this.seats.clear();
    this.sights.disconnect();
  }

  /** Forget all, and give memory back. */
  clear() {
    cancelAnimationFrame(this.beat);
    this.empty();
    for (const face of this.free) end(face);
    this.free = [];
    this.made = 0;
  }
}

/** Give all of a face's memory back, its drawing context too. @param {Face} face */
export function end(face) {
  face.close();
  face.gl?.getExtension("WEBGL_lose_context")?.loseContext();
  face.remove();
}

/** @param {Face | null} face */
export const ready = (face) => new Promise((done, fail) => {
  if (!face) return fail(new Error("no face"));
  if (face.drawer) return done(undefined);
  face.addEventListener("ready", done, {once: true});
  face.addEventListener("error", ({detail}) => fail(detail.error), {once: true});
});
