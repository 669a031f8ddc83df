// What the page knows and what it is made of: the character on show, the connections, captions,
// figures, microphone. Its modules share it, and say with `update` that something has changed.

import { Captions } from "./captions.js";
import { $ } from "./dom.js";
import { Drawn } from "./drawn.js";
import { Figures } from "./figures.js";
import { Link } from "./link.js";
import { Microphone } from "./microphone.js";

/** @typedef {{key: string, name: string, tint: string, poster?: string}} Member */

export const video = /** @type {HTMLVideoElement} */ ($("face"));
export const input = /** @type {HTMLInputElement} */ ($("text"));
export const filmed = new Link(video), drawn = new Drawn($("drawn"));

export const state = {
  /** The character as video, or drawn here. @type {Link | Drawn} */ link: filmed,
  /** @type {Member[]} */ cast: [],
  character: "",
  photos: false,
  name: "",
  answers: false,
  hears: true,
  doing: "live",
  listening: false,
  /** What was said last. */ last: "",
};

/** @type {(() => void)[]} */
const watching = [];

/** Have something done whenever anything has changed. @param {() => void} what */
export const whenChanged = (what) => watching.push(what);

/** Say that something has changed. */
export const update = () => watching.forEach((what) => what());

export const captions = new Captions($("captions"));
export const figures = new Figures($("figures"), filmed);
export const microphone = new Microphone($("microphone"), filmed, update);

/** Be linked by one of the connections. @param {Link | Drawn} link */
export function linkBy(link) {
  state.link = figures.link = microphone.link = link;
}

/** Whether the character does anything but wait. */
export const busy = () => state.doing !== "live";
