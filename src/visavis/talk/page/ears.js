// The microphone's sound, in pieces of 20 ms for a WebSocket.

/** What recognisers of speech take; a browser that cannot convert sends its own rate. */
const RATE = 16000;

/** Takes a microphone's track as a connection's sender does. */
export class Ears {
  /** @param {(sound: ArrayBuffer) => void} send takes int16 */
  constructor(send) {
    this.send = send;
    /** Whether anybody listens. */
    this.on = false;
    this.rate = RATE;
    /** @type {MediaStreamTrack|null} */
    this.track = null;
    /** @type {AudioContext|null} */
    this.context = null;
  }

  /** @param {MediaStreamTrack|null} track */
  async replaceTrack(track) {
    if (track === this.track) return;
    this.track = track;
    this.context?.close();
    this.context = null;
    if (!track) return;
    const stream = new MediaStream([track]);
    const [context, source] = begin(stream, RATE) ?? begin(stream) ?? [];
    if (!context || !source) return;
    this.context = context;
    this.rate = context.sampleRate;
    await context.audioWorklet.addModule(new URL("hearing.js", import.meta.url));
    if (this.context !== context) return;
    const node = new AudioWorkletNode(context, "visavis-hearing", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    node.port.onmessage = ({ data }) => this.on && this.send(data);
    source.connect(node);
  }
}

/**
 * @param {MediaStream} stream
 * @param {number} [sampleRate] not every browser takes one that is not the microphone's
 * @returns {[AudioContext, MediaStreamAudioSourceNode] | null}
 */
function begin(stream, sampleRate) {
  const context = new AudioContext(sampleRate ? { sampleRate } : {});
  try {
    return [context, context.createMediaStreamSource(stream)];
  } catch {
    context.close();
    return null;
  }
}
