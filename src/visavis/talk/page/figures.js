// The read-out: pictures a second, delay, bits a second, from the browser's own statistics.

/** Reads a connection's statistics once a second. */
export class Figures {
  /**
   * @param {HTMLElement} place a <dl>
   * @param {import("./link.js").Link} link
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
    const peer = this.link.peer;
    if (!peer || peer.connectionState !== "connected") return;
    /** @type {any} */
    const found = {};
    (await peer.getStats()).forEach((report) => {
      if (report.type === "inbound-rtp") found[report.kind] = report;
      if (report.type === "candidate-pair" && report.nominated) found.pair = report;
    });
    const { video, audio, pair } = found;
    const before = this.before;
    this.before = found;
    if (!before?.video || !video) return;
    const seconds = (video.timestamp - before.video.timestamp) / 1000;
    const per = (/** @type {string} */ name) => (video[name] - before.video[name]) / seconds;
    const shown = Math.max(video.framesDecoded - before.video.framesDecoded, 1);
    const buffered = Math.max(video.jitterBufferEmittedCount - before.video.jitterBufferEmittedCount, 1);
    const buffer = (1000 * (video.jitterBufferDelay - before.video.jitterBufferDelay)) / buffered;
    const decode = (1000 * (video.totalDecodeTime - before.video.totalDecodeTime)) / shown;
    const trip = 1000 * (pair?.currentRoundTripTime ?? this.link.trip / 1000);
    this.delay = trip / 2 + buffer + decode;
    const heard = audio && before.audio ? audio.bytesReceived - before.audio.bytesReceived : 0;
    this.now = {
      fps: Math.round(10 * per("framesDecoded")) / 10,
      delay: Math.round(this.delay),
      kbits: Math.round((8 * (per("bytesReceived") + heard / seconds)) / 1000),
      size: `${video.frameWidth} × ${video.frameHeight}`,
      lost: video.packetsLost,
      draw: this.link.work.draw_ms,
      encode: this.link.work.encode_ms,
    };
    if (!this.place.hidden) this.show();
  }

  show() {
    const { fps, delay, kbits, size, draw, encode } = this.now;
    if (fps === undefined) return;
    const rows = [
      ["Picture", `${fps} fps`],
      ["Delay", `${delay} ms`],
      ["Bitrate", `${kbits} kbit/s`],
      ["Size", size],
      ["Drawing", `${draw} ms`],
      ["Encoding", `${encode} ms`],
    ];
    this.place.replaceChildren(
      ...rows.flatMap(([name, value], k) => {
        const dt = document.createElement("dt");
        const dd = document.createElement("dd");
        dt.textContent = String(name);
        dd.textContent = String(value);
        if (k > 2) dd.className = "more"; // where there is little room: fps, delay, bitrate
        return [dt, dd];
      }),
    );
  }
}
