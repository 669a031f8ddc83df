/**
 * What the audio thread loads.
 *
 * Comes in: orders of `Playout`. Goes out: sound, and its changes.
 */

import {Playout, register} from "./playout.js";

register(globalThis, Playout);
