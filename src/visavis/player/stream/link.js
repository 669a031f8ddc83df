/**
 * The connection to a server that sends a motion stream, kept up.
 *
 * Comes in: an address. Goes out: packets, and word of the connection; the other way JSON.
 */

const PROTOCOL = "visavis-motion-1", TOKEN = "visavis-token.";
const FIRST_S = 0.5, MOST_S = 15;
/** Close codes after which trying again is of no use: the end, and what the server never takes. */
const FINAL = new Set([1000, 1003, 1008]);

export class Link {
  /**
   * @param {string} address ws, wss or relative to the page
   * @param {(data: Uint8Array) => void} packet takes a packet; what it throws ends the connection
   * @param {(event: string, detail: Record<string, any>) => void} tell hears of connected,
   *   disconnected, error, and of what else the server says: message
   * @param {string} [token] that the server asks for
   */
  constructor(address, packet, tell, token = "") {
    this.address = address;
    this.packet = packet;
    this.tell = tell;
    this.protocols = token ? [PROTOCOL, TOKEN + token] : [PROTOCOL];
    /** @type {WebSocket | null} */
    this.socket = null;
    this.tries = this.timer = 0;
    this.closed = false;
    this.back = () => !this.socket && this.#open();
    addEventListener("online", this.back);
    this.#open();
  }

  #open() {
    clearTimeout(this.timer);
    if (this.closed) return;
    const socket = (this.socket = new WebSocket(this.address, this.protocols));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.tell("connected", {});
    socket.onmessage = ({data}) => {
      if (this.socket !== socket) return;
      try {
        if (typeof data === "string") return this.tell("message", JSON.parse(data));
        this.packet(new Uint8Array(data));
        this.tries = 0; // only now does it serve
      } catch (error) {
        this.tell("error", {error});
        this.close(4000); // whoever breaks the format once will again
      }
    };
    socket.onclose = ({code, reason}) => {
      if (this.socket !== socket) return;
      this.socket = null;
      const again = !this.closed && !FINAL.has(code);
      const wait = Math.min(FIRST_S * 2 ** this.tries++, MOST_S) * (0.5 + Math.random());
      this.tell("disconnected", {code, reason, again: again ? wait : null});
      if (again) this.timer = window.setTimeout(() => this.#open(), 1000 * wait);
    };
  }

  /** @param {Record<string, any> | ArrayBuffer} message @returns {boolean} whether there is a connection to send it */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(message instanceof ArrayBuffer ? message : JSON.stringify(message));
    return true;
  }

  /** @param {number} [code] */
  close(code = 1000) {
    this.closed = true;
    clearTimeout(this.timer);
    removeEventListener("online", this.back);
    this.socket?.close(code);
  }
}
