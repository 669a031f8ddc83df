/** Types of the player, for TypeScript. */

/** 63 numbers: Apple's 52 ARKit blend shapes, then gaze, head and breath; see `NAMES`. */
export type Pose = ArrayLike<number>;
export type State = "idle" | "listening" | "thinking" | "speaking";

export interface AvatarEvents {
  ready: CustomEvent<{name: string}>;
  started: CustomEvent<{utterance?: number, duration?: number}>;
  finished: CustomEvent<{utterance?: number, position: number, interrupted: boolean}>;
  caption: CustomEvent<{utterance?: number, text: string}>;
  state: CustomEvent<{state: State}>;
  connected: CustomEvent<{}>;
  disconnected: CustomEvent<{code?: number, reason?: string, again: number | null}>;
  /** What else the server says: JSON. */
  message: CustomEvent<any>;
  error: CustomEvent<{error: Error}>;
}

/** `<visavis-avatar>`. */
export class VisavisAvatar extends HTMLElement {
  /** The attributes. */
  src: string | null;
  connect: string | null;
  muted: boolean;
  poster: string | null;
  background: string | null;
  framing: string | null;
  /** What the character does. */
  readonly state: State;
  /** Text under the face. */
  captions: string;
  /** Changes each pose before it is drawn, or returns another. */
  pose: ((pose: Float32Array, seconds: number) => Float32Array | void) | null;
  /** What the server of a stream asks for; set it before `connect`. */
  token: string;
  /** A room of livekit-client: the element is the face of the agent in it. */
  room: any;
  /** Pictures drawn so far, and milliseconds the last one took the page. */
  readonly drawn: number;
  readonly drawMs: number;
  /** The server says it; resolves to whether it could be asked. */
  speak(text: string): Promise<boolean>;
  /** Says sound, with a pose for each 1/fps of it; resolves to whether it was said to its end. */
  speak(sound: AudioBuffer, poses: Pose[], fps: number, context?: AudioContext): Promise<boolean>;
  /** Falls silent, the mouth shuts. */
  interrupt(): void;
  /** Ask the server; whether it could be asked. */
  setState(state: "idle" | "listening" | "thinking" | "auto"): boolean;
  gesture(name: string): boolean;
  /** Tells the server something else: JSON, or bytes; whether it could be sent. */
  send(message: Record<string, any> | ArrayBuffer): boolean;
  /** Gives memory back and hangs up. */
  close(): void;
  addEventListener<K extends keyof AvatarEvents>(
    type: K, listener: (event: AvatarEvents[K]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(
    type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

export class InvalidAvatar extends Error {}
export class NoWebGL extends Error {}

/** The content of an `.imx`. */
export interface Avatar {
  manifest: {name: string, canvas: [number, number]};
  images: Record<string, ImageBitmap>;
}
export interface View {
  width: number;
  height: number;
}
export function read(source: ArrayBuffer | Uint8Array): Promise<Avatar>;
export function contextOf(canvas: HTMLCanvasElement | OffscreenCanvas): WebGL2RenderingContext;
export function frameView(avatar: Avatar, width: number, height: number, framing?: "auto" | "close"): View;
export function parseBackground(text: string | null): "still" | "transparent" | number[];
export class Drawer {
  constructor(gl: WebGL2RenderingContext, avatar: Avatar, view: View, background?: "still" | "transparent" | number[]);
  readonly view: View;
  draw(pose: Pose): void;
  /** Premultiplied RGBA, first row at the top. */
  pixels(): Uint8Array;
  free(): void;
}
export class Idle {
  constructor(seed?: number);
  lively: boolean;
  /** The pose at a time; reused. */
  at(seconds: number): Float32Array;
}
export const NAMES: string[];
export const INDEX: ReadonlyMap<string, number>;
export const SIZE: number;
export function make(values: Record<string, number>): Float32Array;

declare global {
  interface HTMLElementTagNameMap {
    "visavis-avatar": VisavisAvatar;
  }
}
