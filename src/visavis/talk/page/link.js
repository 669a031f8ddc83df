// The connection of a page that is sent video: one offer, one answer, then picture, sound and messages
// until it ends.

import { sentence } from "./dom.js";

export const PING_MS = 2000;

const { api = "/api", logIn = "" } = document.documentElement.dataset;
/** Where the server is asked, with which headers; where one logs in, if one must. */
export const site = { api, logIn, headers: /** @type {Record<string, string>} */ ({}) };

/**
 * A connection to the character. Events: "message" (detail: the server's message), "live" (the first
 * picture can be shown), "lost" (it has ended by itself).
 */
export class Link extends EventTarget {
  /** @param {HTMLVideoElement} video shows it */
  constructor(video) {
    super();
    this.video = video;
    /** @type {RTCPeerConnection|null} */
    this.peer = null;
    /** @type {RTCDataChannel|null} */
    this.channel = null;
    /** @type {RTCRtpSender|null} takes the microphone's track */
    this.microphone = null;
    /** Milliseconds a message takes there and back. */
    this.trip = 0;
    /** What the server said of its own work, with the last ping. */
    this.work = { draw_ms: 0, encode_ms: 0 };
    this.visit = "";
    this.timer = 0;
  }

  get connected() {
    return this.peer !== null;
  }

  /** Whether the browser lets the page be heard. */
  get audible() {
    return !this.video.muted;
  }

  /**
   * Connect.
   * @param {string} character
   * @param {{width: number, height: number}} screen
   * @throws {Error} with a message for the visitor
   */
  async open(character, screen) {
    this.close();
    if (!window.RTCPeerConnection) throw new Error("This browser has no WebRTC; another one will do.");
    const peer = new RTCPeerConnection();
    this.peer = peer;
    const sound = peer.addTransceiver("audio", { direction: "sendrecv" });
    peer.addTransceiver("video", { direction: "recvonly" });
    this.microphone = sound.sender;
    const stream = new MediaStream();
    peer.addEventListener("track", ({ track, receiver }) => {
      stream.addTrack(track);
      // sooner is better than smoother: it is a conversation
      if ("jitterBufferTarget" in receiver) /** @type {any} */ (receiver).jitterBufferTarget = 0;
      if (track.kind === "video") this.video.srcObject = stream;
    });
    peer.addEventListener("connectionstatechange", () => {
      if (this.peer === peer && ["failed", "closed"].includes(peer.connectionState)) this.lose();
      if (peer.connectionState === "disconnected") {
        setTimeout(() => this.peer === peer && peer.connectionState !== "connected" && this.lose(), 4000);
      }
    });
    const channel = peer.createDataChannel("control", { ordered: true });
    this.channel = channel;
    channel.addEventListener("message", ({ data }) => this.received(JSON.parse(data)));
    channel.addEventListener("close", () => this.peer === peer && this.lose());
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    const answer = await ask("/offer", { sdp: peer.localDescription?.sdp, character, screen });
    if (this.peer !== peer) return;
    this.visit = answer.visit;
    await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    this.timer = window.setInterval(() => this.send({ type: "ping", time: performance.now() }), PING_MS);
    const shown = () => this.peer === peer && this.dispatchEvent(new Event("live"));
    if ("requestVideoFrameCallback" in this.video) this.video.requestVideoFrameCallback(shown);
    else /** @type {any} */ (this.video).addEventListener("playing", shown, { once: true });
  }

  /**
   * Tell the server something.
   * @param {Record<string, unknown>} message
   * @returns {boolean} whether it could be sent
   */
  send(message) {
    if (this.channel?.readyState !== "open") return false;
    this.channel.send(JSON.stringify(message));
    return true;
  }

  /** End it, and let the server know at once. */
  close() {
    const peer = this.peer;
    this.peer = this.channel = this.microphone = null;
    clearInterval(this.timer);
    if (this.visit) {
      ask("/leave", { visit: this.visit }).catch(() => undefined);
      this.visit = "";
    }
    peer?.close();
  }

  lose() {
    this.close();
    this.dispatchEvent(new Event("lost"));
  }

  /** @param {any} message */
  received(message) {
    if (message.type === "pong") {
      this.trip = performance.now() - message.time;
      this.work = message;
    }
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }
}

/** @param {RTCPeerConnection} peer */
function gathered(peer) {
  return new Promise((resolve) => {
    const done = () => peer.iceGatheringState === "complete" && resolve(undefined);
    peer.addEventListener("icegatheringstatechange", done);
    setTimeout(resolve, 1500);
    done();
  });
}

/**
 * Post JSON to the server.
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>} what it answers; {} for nothing
 * @throws {Error} with the server's reason
 */
export const ask = (path, body) =>
  post(path, new Blob([JSON.stringify(body)], { type: "application/json" }));

/**
 * Post a file, or anything with a type.
 * @param {string} path
 * @param {Blob} body
 * @returns {Promise<any>}
 * @throws {Error} with the server's reason
 */
export async function post(path, body) {
  let response;
  try {
    response = await fetch(site.api + path, {
      method: "POST",
      headers: { ...site.headers, "content-type": body.type },
      body,
      keepalive: path === "/leave", // the page may be gone before it is sent
    });
  } catch {
    throw new Error("The server does not answer. Is visavis talk still running?");
  }
  const said = await response.json().catch(() => ({}));
  if (!response.ok) {
    const reason = typeof said.detail === "string" ? said.detail : `the server answers ${response.status}`;
    throw new Error(sentence(reason));
  }
  return said;
}
