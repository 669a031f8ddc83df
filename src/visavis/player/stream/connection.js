/**
 * What an element has of a motion stream.
 *
 * Comes in: an address. Goes out: sound, poses, word of what happens; requests.
 */

import {Link} from "./link.js";
import {Live} from "./live.js";
import {hasOpus} from "./opus.js";

/** Marks are told so often while nothing is drawn, ms. */
const TICK = 200;

/** @typedef {{live: Live, send(message: Record<string, any> | ArrayBuffer): boolean, close(): void}} Connection */

/**
 * Keep a connection to a server of motion streams.
 * @param {string} address of `ws:`, `wss:` or of the page's own server
 * @param {import("./live.js").Tell} tell hears of everything
 * @param {boolean} muted
 * @param {string} [token] that the server asks for
 * @returns {Promise<Connection>}
 */
export async function connect(address, tell, muted, token) {
  const url = new URL(address, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  if (!url.searchParams.has("codec")) url.searchParams.set("codec", (await hasOpus()) ? "opus" : "pcm16");
  const live = new Live((name, detail) => {
    if (name === "bye") link.close();
    tell(name, detail);
  }, muted);
  const link = new Link(url.href, (packet) => live.receive(packet), (name, detail) => {
    if (name === "disconnected") live.lost();
    tell(name, detail);
  }, token);
  const timer = setInterval(() => live.advance(), TICK);
  return {
    live,
    send: (message) => link.send(message),
    close() {
      clearInterval(timer);
      link.close();
      live.close();
    },
  };
}
