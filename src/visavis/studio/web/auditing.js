// The audit log as a table: who changed what, the newest first.

import {get} from "./api.js";
import {when} from "./format.js";
import {button, empty, h, table} from "./parts.js";

/** @param {any} value */
const said = (value) => typeof value === "string" ? value : JSON.stringify(value);

/**
 * @param {HTMLElement} place
 * @param {string} path whose log
 * @param {(actor: string) => string} [called] people and keys by their ids
 */
export async function log(place, path, called = (actor) => actor) {
  let rows = /** @type {any[]} */ ([]);
  const fill = async (cursor = "") => {
    const page = await get(`${path}?limit=50${cursor && `&cursor=${cursor}`}`);
    rows = [...rows, ...page.items];
    place.replaceChildren(rows.length ? table("Audit log", ["What", "Target", "By", "From", "When"], rows.map((one) => [
      h("span", {}, h("strong", {}, one.action), h("span", {className: "sub"}, Object.entries(one.detail).map(([key, value]) => `${key}: ${said(value)}`).join(", ").slice(0, 160))),
      h("span", {className: "mono"}, one.target), h("span", {className: called(one.actor) === one.actor ? "mono" : ""}, called(one.actor)), h("span", {className: "mono dim"}, one.address), h("span", {title: one.at}, when(one.at))]))
      : empty("library", "Nothing has been changed yet", "Whatever members and keys change is written down here."),
    ...(page.next ? [h("div", {className: "more"}, button("Show more", () => fill(page.next)))] : []));
  };
  await fill();
}
