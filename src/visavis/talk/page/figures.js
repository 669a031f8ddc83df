// The read-out: pictures a second, delay, what comes in a second.

/** Reads a connection's statistics once a second. */
export class Figures {
  /**
   * @param {HTMLElement} place a <dl>
   * @param {import("./link.js").Link | import("./drawn.js").Drawn} link
   */
  constructor(place, link) {
    this.place = place;
    this.link = link;
    /** @type {any} */
    this.before = null;
    /** Milliseconds from the server to the eye. */
    this.delay = 0;
    /** @type {Record<string, number|string>} the newest figures, by name */
    this.now = {};
    setInterval(() => this.read(), 1000);
  }

  async read() {
    const now = "measured" in this.link ? this.link.measured() : await this.filmed(this.link);
    if (!now) return;
    this.now = now;
    this.delay = Number(now.delay);
    if (!this.place.hidden) this.show();
  }

  /**
   * Of video, from the browser's own statistics.
   * @param {import("./link.js").Link} link
   */
  async filmed(link) {
    const peer = link.peer;
    if (!peer || peer.connectionState !== "connected") return null;
    /** @type {any} */
    const found = {};
    (await peer.getStats()).forEach((report) => {
      if (report.type === "inbound-rtp") found[report.kind] = report;
      if (report.type === "candidate-pair" && report.nominated) found.pair = report;
    });
    const { video, audio, pair } = found;
    const before = this.before;
    this.before = found;
    if (!before?.video || !video) return null;
    const seconds = (video.timestamp - before.video.timestamp) / 1000;
    const per = (/** @type {string} */ name) => (video[name] - before.video[name]) / seconds;
    const shown = Math.max(video.framesDecoded - before.video.framesDecoded, 1);
    const buffered = Math.max(video.jitterBufferEmittedCount - before.video.jitterBufferEmittedCount, 1);
    const buffer = (1000 * (video.jitterBufferDelay - before.video.jitterBufferDelay)) / buffered;
    const decode = (1000 * (video.totalDecodeTime - before.video.totalDecodeTime)) / shown;
    const trip = 1000 * (pair?.currentRoundTripTime ?? link.trip / 1000);
    const heard = audio && before.audio ? audio.bytesReceived - before.audio.bytesReceived : 0;
    return {
      fps: Math.round(10 * per("framesDecoded")) / 10,
      delay: Math.round(trip / 2 + buffer + decode),
      kbits: Math.round((8 * (per("bytesReceived") + heard / seconds)) / 1000),
      size: `${video.frameWidth} × ${video.frameHeight}`,
      lost: video.packetsLost,
      draw: link.work.draw_ms,
      encode: link.work.encode_ms,
    };
  }

  show() {
    const { fps, delay, kbits, motion, sound, size, draw, encode } = this.now;
    if (fps === undefined) return;
    const rows = [
      ["Picture", `${fps} fps`],
      ["Delay", `${delay} ms`],
      ...(motion === undefined ? [["Bitrate", `${kbits} kbit/s`]] : [["Motion", `${motion} kB/s`]]),
      ...(sound === undefined ? [] : [["Sound", `${sound} kB/s`]]),
      ["Size", size],
      ["Drawing", `${draw} ms`],
      ...(encode === undefined ? [] : [["Encoding", `${encode} ms`]]),
    ];
    this.place.replaceChildren(
      ...rows.flatMap(([name, value], k) => {
        const dt = document.createElement("dt");
        const dd = document.createElement("dd");
        dt.textContent = String(name);
        dd.textContent = String(value);
        if (k > 2) dd.className = "more"; // where there is little room: three of them
        return [dt, dd];
      }),
    );
  }
}
