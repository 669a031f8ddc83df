// A chart of bars, one a day; with a table of the same for those who do not see it.

import {h} from "./parts.js";

const SVG = "http://www.w3.org/2000/svg";
/** @param {string} name @param {Record<string, any>} attributes @param {...(Node | string)} children @returns {any} */
function s(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** A number a bit above, that people like to read. @param {number} value */
function above(value) {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return power * ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10);
}

/**
 * @param {string} label of the whole
 * @param {{name: string, title: string, value: number}[]} bars
 * @param {(value: number) => string} say a value
 * @param {number} unit in which the scale is round
 */
export function bars(label, bars, say, unit = 1) {
  const width = matchMedia("(max-width: 700px)").matches ? 460 : 900;
  const height = 250, left = 62, low = 222, high = 12, most = unit * above(Math.max(...bars.map((bar) => bar.value), 0) / unit);
  const step = (width - left) / bars.length, y = (/** @type {number} */ value) => low - ((low - high) * value) / most;
  const svg = s("svg", {viewBox: `0 0 ${width} ${height}`, class: "chart", "aria-hidden": "true"});
  for (const share of [0, 0.5, 1]) svg.append(
    s("line", {x1: left, x2: width, y1: y(share * most), y2: y(share * most), class: "rule"}),
    s("text", {x: left - 10, y: y(share * most) + 4, "text-anchor": "end"}, say(share * most)));
  const told = h("p", {className: "chart-told"}, "");
  bars.forEach((bar, i) => {
    const x = left + i * step, top = y(bar.value), wide = Math.max(step * 0.64, 2);
    const group = s("g", {class: "bar-of"}, s("rect", {x, y: high, width: step, height: low - high, class: "reach-of"}));
    if (bar.value) group.append(s("rect", {x: x + (step - wide) / 2, y: Math.min(top, low - 2), width: wide, height: Math.max(low - top, 2), rx: Math.min(wide / 2, 4)}));
    if (bars.length < 16 || i % 5 === 4 || i === 0) group.append(s("text", {x: x + step / 2, y: height - 6, "text-anchor": "middle"}, bar.name));
    group.addEventListener("pointerenter", () => (told.textContent = `${bar.title}: ${say(bar.value)}`));
    group.addEventListener("pointerleave", () => (told.textContent = ""));
    svg.append(group);
  });
  return h("figure", {className: "figure", "aria-label": label}, told, svg, h("table", {className: "name"}, h("caption", {}, label),
    h("tbody", {}, ...bars.filter((bar) => bar.value).map((bar) => h("tr", {}, h("th", {scope: "row"}, bar.title), h("td", {}, say(bar.value)))))));
}
