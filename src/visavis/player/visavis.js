/**
 * The player: `<visavis-avatar>`, and its parts for those who draw by themselves.
 *
 * Comes in: nothing; `<script type="module" src="visavis.js">` is enough. Goes out: the element.
 */

import {VisavisAvatar} from "./element.js";

export {parseBackground} from "./draw/backdrop.js";
export {contextOf, Drawer, NoWebGL} from "./draw/drawer.js";
export {frameView} from "./draw/view.js";
export {Idle} from "./idle.js";
export {InvalidAvatar} from "./imx/errors.js";
export {read} from "./imx/reader.js";
export {INDEX, make, NAMES, SIZE} from "./pose.js";
export {VisavisAvatar};

if (!customElements.get("visavis-avatar")) customElements.define("visavis-avatar", VisavisAvatar);
