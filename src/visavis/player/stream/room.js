/**
 * A motion stream in a LiveKit room, beside the sound of the agent whose face it is.
 *
 * Comes in: a `Room` of livekit-client, which the page has connected. Goes out: poses in step with the
 * agent's own track, word of what happens; requests.
 */

import {Live} from "./live.js";

const TOPIC = "visavis.motion";
/** How often the browser is asked how long the track's sound waits in it, ms; the share of an answer that is taken. */
const ASK_MS = 500, TAKEN = 0.3;
/** Seconds: the sound leaves so much after its time, and a packet of it takes as long; what is not known yet. */
const SENT_S = 0.04, FIRST_S = 0.1;

/** The clock of a track: how long after its sound was handed out it is heard. */
class TrackClock {
  /** @param {any} track of livekit-client */
  constructor(track) {
    this.track = track;
    this.delay = FIRST_S;
    this.runs = true;
    /** @type {Map<string, [number, number]>} */
    this.known = new Map();
    this.timer = setInterval(() => this.#ask().catch(() => undefined), ASK_MS);
  }

  /** What was added to a sum, by what was counted with it. @param {any} stats @param {string} sum @param {string} count */
  #mean(stats, sum, count) {
    const [before, counted] = this.known.get(stats.id + sum) ?? [0, 0];
    this.known.set(stats.id + sum, [stats[sum], stats[count]]);
    return stats[count] > counted ? (stats[sum] - before) / (stats[count] - counted) : null;
  }

  async #ask() {
    /** @type {RTCStatsReport} */
    const report = await this.track.receiver.getStats();
    let buffer = null, playout = 0;
    for (const stats of report.values()) {
      if (stats.type === "inbound-rtp") buffer = this.#mean(stats, "jitterBufferDelay", "jitterBufferEmittedCount");
      if (stats.type === "media-playout") playout = this.#mean(stats, "totalPlayoutDelay", "totalSamplesCount") ?? 0;
    }
    if (buffer !== null) this.delay += TAKEN * (buffer + playout + SENT_S - this.delay);
  }

  /** @param {number} offset seconds of the page's clock less those of the server's, the least @returns {number} seconds of the stream that are heard now */
  seconds(offset) {
    return performance.now() / 1000 - offset - this.delay;
  }

  close() {
    clearInterval(this.timer);
  }
}

/**
 * Follow the face of an agent in a room.
 * @param {any} room of livekit-client
 * @param {import("./live.js").Tell} tell hears of everything
 * @param {boolean} muted whether the page plays the agent's sound itself
 * @returns {import("./connection.js").Connection}
 */
export function join(room, tell, muted) {
  const live = new Live(tell, true);
  live.interrupt = () => undefined; // the agent's voice is not the page's to stop
  /** @type {string | null} who sends the motion */
  let agent = null;
  /** @type {TrackClock | null} */
  let clock = null;
  /** @type {HTMLMediaElement | null} */
  let element = null;
  const leave = () => {
    clock?.close();
    element?.remove();
    live.lost();
    live.clock = clock = element = agent = null;
    tell("disconnected", {again: null});
  };
  /** Ask for the header: this page may have come later. */
  function greet() {
    const asked = new TextEncoder().encode('{"type": "hello"}');
    room.localParticipant.publishData(asked, {reliable: true, topic: TOPIC})
      .catch((/** @type {unknown} */ error) => tell("error", {error}));
  }
  const listen = () => {
    const publications = room.remoteParticipants.get(agent)?.trackPublications.values() ?? [];
    const track = [...publications].find(({kind, track}) => kind === "audio" && track)?.track;
    if (!track || clock?.track === track) return;
    clock?.close();
    element?.remove();
    live.clock = clock = new TrackClock(track);
    element = muted ? null : track.attach();
    if (element) document.body.append(element);
  };
  /** @type {Record<string, (...args: any[]) => void>} */
  const handlers = {
    dataReceived(payload, participant, _, topic) {
      if (topic !== TOPIC || !participant || (agent !== null && agent !== participant.identity)) return;
      try {
        live.receive(payload);
        if (agent === null) tell("connected", {});
        agent = participant.identity;
        listen();
      } catch (error) {
        tell("error", {error});
        close();
      }
    },
    trackSubscribed: listen,
    connected: greet,
    participantDisconnected: (participant) => participant.identity === agent && leave(),
    disconnected: leave,
  };
  for (const [name, handler] of Object.entries(handlers)) room.on(name, handler);
  const timer = setInterval(() => live.advance(), ASK_MS);
  if (room.state === "connected") greet();
  /** @param {Record<string, any>} message */
  function send({type, ...rest}) {
    if (agent === null || type === "interrupt") return false;
    const done = type === "say"
      ? room.localParticipant.sendText(rest.text, {topic: "lk.chat"})
      : room.localParticipant.performRpc({
        destinationIdentity: agent, method: `visavis.${type}`, payload: rest.name ?? rest.state ?? "",
      });
    done.catch((/** @type {unknown} */ error) => tell("error", {error}));
    return true;
  }
  function close() {
    clearInterval(timer);
    for (const [name, handler] of Object.entries(handlers)) room.off(name, handler);
    clock?.close();
    element?.remove();
    live.close();
  }
  return {live, send, close};
}
