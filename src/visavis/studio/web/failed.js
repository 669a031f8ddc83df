// A page that could not be shown.

import {button, empty, link} from "./parts.js";

/** @param {Error & {status?: number}} error @param {() => any} again */
export function failed(error, again) {
  const gone = error.status === 404;
  return empty(gone ? "search" : "warn", gone ? "It is not here" : "This did not work", error.message,
    ...(gone || error.status === undefined ? [link("/explore", "To Explore", {kind: "solid"})] : [button("Try again", again, {icon: "refresh", kind: "solid"})]));
}
