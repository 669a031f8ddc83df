/**
 * What an element says: by itself, over a motion stream, or in a room.
 *
 * Comes in: sound with poses, texts, a stream. Goes out: the pose of each moment, captions, events; requests.
 */

import {Blend} from "./blend.js";
import {Performance} from "./performance.js";

export class Talking extends HTMLElement {
  constructor() {
    super();
    this.line = Object.assign(document.createElement("p"), {part: "captions", ariaLive: "polite"});
    this.performance = new Performance();
    this.blend = new Blend();
    /** @type {import("./stream/connection.js").Connection | null} */
    this.stream = null;
    /** Counts what was connected to. */
    this.calls = 0;
    /** @type {any} */
    this.company = null;
    /** What the server of a stream asks for; sent to it alone, and in no address. */
    this.token = "";
    this.doing = this.told = "idle";
  }

  /** "idle", "listening", "thinking" or "speaking". */
  get state() {
    if (this.performance.speaking || (this.stream?.live.heard ?? null) !== null) return "speaking";
    return this.doing;
  }

  /** Ask the server for a state: "idle", "listening", "thinking", or "auto". @param {string} state */
  setState(state) {
    return this.send({type: "state", state});
  }

  /** Ask the server for a gesture, as "nod". @param {string} name */
  gesture(name) {
    return this.send({type: "gesture", name});
  }

  /** What is being said, shown under the face; "" for nothing. @param {string} text */
  set captions(text) {
    this.line.replaceChildren();
    if (!text) return;
    const span = document.createElement("span");
    span.textContent = text;
    this.line.append(span);
  }

  get captions() {
    return this.line.textContent ?? "";
  }

  /**
   * Say something: a text, by the server that is connected; or sound and the poses that go with it.
   * @param {AudioBuffer | string} said
   * @param {ArrayLike<number>[]} [poses] one for each interval, of the interval's middle
   * @param {number} [fps] poses a second
   * @param {AudioContext} [context] one that the page has already started
   * @returns {Promise<boolean>} a text: whether it was sent; sound, when it is over: whether it was said to its end
   */
  async speak(said, poses = [], fps = 0, context) {
    if (typeof said === "string") return this.send({type: "say", text: said});
    const {over} = await this.performance.start(said, poses, fps, context);
    this.tell("started", {duration: said.duration});
    const end = await over;
    this.tell("finished", end);
    return !end.interrupted;
  }

  /** Fall silent: the mouth shuts, what was not said is dropped. */
  interrupt() {
    if (this.performance.speaking) this.blend.shut();
    this.performance.interrupt();
    this.stream?.live.interrupt();
    this.send({type: "interrupt"});
  }

  /** Tell the server something. @param {Record<string, any> | ArrayBuffer} message @returns {boolean} whether it was sent */
  send(message) {
    return this.stream?.send(message) ?? false;
  }

  hangUp() {
    this.calls++;
    this.stream?.close();
    Object.assign(this, {stream: null, doing: "idle"});
  }

  /** A room of livekit-client: the face of the agent in it. @param {any} room */
  set room(room) {
    this.company = room;
    this.dial();
  }

  get room() {
    return this.company;
  }

  async dial() {
    this.hangUp();
    const address = this.getAttribute("connect"), {calls: call, company} = this, muted = this.hasAttribute("muted");
    if (!(company || address) || !this.isConnected) return;
    const tell = (/** @type {string} */ name, /** @type {any} */ detail) => call === this.calls && this.#hear(name, detail);
    try {
      const stream = company ? (await import("./stream/room.js")).join(company, tell, muted)
        : await (await import("./stream/connection.js")).connect(/** @type {string} */ (address), tell, muted, this.token);
      if (call === this.calls) this.stream = stream;
      else stream.close();
    } catch (error) {
      this.tell("error", {error});
    }
  }

  /** @param {string} name of what the stream tells @param {Record<string, any>} detail */
  #hear(name, detail) {
    if (name === "dropped") return this.blend.shut();
    if (name === "caption") this.captions = detail.text;
    if (name === "disconnected") this.doing = "idle";
    if (name === "state") this.doing = detail.state === "speaking" ? "idle" : detail.state;
    else this.tell(name, detail);
    const {state} = this;
    if (state !== this.told) this.tell("state", {state: (this.told = state)});
  }

  /**
   * The pose of this moment.
   * @param {Float32Array} life what the page does by itself
   * @param {number} now seconds
   * @param {boolean} calm
   */
  posed(life, now, calm) {
    const said = this.performance.pose(), live = this.stream?.live, told = said ? null : live?.pose();
    live?.advance();
    const key = said ? this.performance.playing : told ? live?.jumps : life;
    return this.blend.pose(said ?? told ?? life, key, now, calm);
  }

  /** @param {string} name @param {Record<string, any>} detail */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, {detail}));
  }
}
