// The editor of landmarks: points over a picture, dragged to eyes, brows, nose, mouth and outline.
//
// Comes in: a picture, points in the form of docs/build.md. Goes out: the same, changed.

import {button, h, tool} from "./parts.js";

const SVG = "http://www.w3.org/2000/svg";
/** @param {string} name @param {Record<string, any>} [attributes] @param {...Node} children @returns {any} */
function s(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** Parts of a face: title, and the contours whose points it has. */
const PARTS = [
  ["right_eye", "Its right eye (on the left)"], ["left_eye", "Its left eye (on the right)"], ["right_brow", "Right brow"], ["left_brow", "Left brow"],
  ["nose", "Nose"], ["mouth", "Mouth"], ["oval", "Outline of the face"],
];
const WORDS = {outer: "outer corner", inner: "inner corner", upper: "upper lid", lower: "lower lid", centre: "iris", tip: "tip", bridge: "bridge",
  left_wing: "left wing", right_wing: "right wing", base: "base", left: "left corner", right: "right corner", outer_upper: "upper lip",
  outer_lower: "lower lip", seam: "line between the lips", inner_upper: "inner edge of the upper lip", inner_lower: "inner edge of the lower lip"};

/** @typedef {{part: string, name: string, point: number[]}} Handle */

/** All points of a part, each the very array that is sent. @param {any} points @param {string} part @returns {Handle[]} */
function handles(points, part) {
  /** @type {Handle[]} */
  const found = [];
  const walk = (/** @type {any} */ value, /** @type {string} */ name) => {
    if (Array.isArray(value) && typeof value[0] === "number") found.push({part, name, point: value});
    else if (Array.isArray(value)) value.forEach((one) => walk(one, name));
    else if (value && typeof value === "object") for (const [key, one] of Object.entries(value)) if (key !== "radius") walk(one, key);
  };
  walk(points[part], "");
  return found;
}

/** Curves of a part, as lists of points; closed where the first comes again. @param {any} points @param {string} part @returns {number[][][]} */
function curves(points, part) {
  const p = points[part];
  if (part === "oval") return [[...p, p[0]]];
  if (part === "nose") return [[p.bridge, p.tip, p.base].filter(Boolean), [p.left_wing, p.base, p.right_wing].filter(Boolean)];
  if (part === "mouth") {
    const inner = p.seam ? [[p.right, ...p.seam, p.left]] : [[p.right, ...p.inner_upper, p.left], [p.right, ...p.inner_lower, p.left]];
    return [[p.right, ...p.outer_upper, p.left], [p.right, ...p.outer_lower, p.left], ...inner];
  }
  if (part.endsWith("eye")) return [[p.outer, ...p.upper, p.inner], [p.outer, ...p.lower, p.inner]];
  return [p];
}

/** A smooth path through points (Catmull-Rom). @param {number[][]} list */
function path(list) {
  const closed = list.length > 2 && list[0] === list[list.length - 1], n = list.length - 1;
  const get = (/** @type {number} */ i) => closed ? list[(i + n) % n] : list[Math.min(Math.max(i, 0), n)];
  let d = `M${list[0]}`;
  for (let i = 0; i < n; i++) {
    const [a, b, c, e] = [get(i - 1), get(i), get(i + 1), get(i + 2)];
    d += `C${b[0] + (c[0] - a[0]) / 6},${b[1] + (c[1] - a[1]) / 6} ${c[0] - (e[0] - b[0]) / 6},${c[1] - (e[1] - b[1]) / 6} ${c[0]},${c[1]}`;
  }
  return d;
}

/**
 * @param {{picture: string, points: any}} given points in px of the picture, with their `size`
 * @returns {{box: HTMLElement, readonly points: any}}
 */
export function editor({picture, points}) {
  const [width, height] = points.size, first = structuredClone(points);
  const svg = s("svg", {viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Points of the face"});
  const view = h("div", {className: "editor-view"}, h("img", {src: picture, alt: "", draggable: false}), svg);
  const scroll = h("div", {className: "editor-scroll"}, view), told = h("p", {className: "hint editor-told", "aria-live": "polite"});
  let zoom = 1;
  /** @type {(() => void)[]} */
  let moved = [];
  const tidy = () => moved.forEach((what) => what());

  const draw = () => {
    svg.replaceChildren();
    moved = [];
    for (const [part, title] of PARTS) {
      if (!points[part]) continue;
      const group = s("g", {class: `part ${part}`}), all = handles(points, part);
      curves(points, part).forEach((_, i) => {
        const line = s("path", {class: "curve"});
        moved.push(() => line.setAttribute("d", path(curves(points, part)[i])));
        group.append(line);
      });
      if (points[part].iris) {
        const ring = s("circle", {class: "curve iris"});
        moved.push(() => {
          const {centre, radius} = points[part].iris;
          for (const [key, value] of [["cx", centre[0]], ["cy", centre[1]], ["r", radius]]) ring.setAttribute(key, value);
        });
        group.append(ring);
      }
      group.append(grip(part, title, all), ...all.map((one) => handle(one, title)));
      svg.append(group);
    }
    tidy();
  };

  /** @param {PointerEvent} event @returns {number[]} */
  const at = (event) => {
    const {left, top, width: w} = svg.getBoundingClientRect(), scale = width / w;
    return [(event.clientX - left) * scale, (event.clientY - top) * scale];
  };
  const shift = (/** @type {number[][]} */ list, /** @type {number} */ dx, /** @type {number} */ dy) => {
    for (const point of list) {
      point[0] = Math.round(10 * Math.min(Math.max(point[0] + dx, 1), width - 1)) / 10;
      point[1] = Math.round(10 * Math.min(Math.max(point[1] + dy, 1), height - 1)) / 10;
    }
    tidy();
  };
  const moves = (/** @type {SVGElement} */ element, /** @type {number[][]} */ list, /** @type {string} */ name) => {
    element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      element.focus();
      let last = at(event);
      const go = (/** @type {PointerEvent} */ next) => {
        const now = at(next);
        shift(list, now[0] - last[0], now[1] - last[1]);
        last = now;
      };
      element.addEventListener("pointermove", go);
      const end = () => element.removeEventListener("pointermove", go);
      element.addEventListener("pointerup", end, {once: true});
      element.addEventListener("pointercancel", end, {once: true});
    });
    element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
      if (!way) return;
      event.preventDefault();
      const step = (event.shiftKey ? 10 : 1) * Math.max(width / 800, 0.5);
      shift(list, way[0] * step, way[1] * step);
    });
    element.addEventListener("focus", () => (told.textContent = name));
    element.addEventListener("pointerenter", () => (told.textContent = name));
  };
  const handle = (/** @type {Handle} */ {name, point}, /** @type {string} */ title) => {
    const word = /** @type {any} */ (WORDS)[name] ?? "", label = word ? `${title}: ${word}` : title;
    const made = s("g", {class: "handle", tabindex: 0, role: "button", "aria-label": label}, s("circle", {class: "reach"}), s("circle", {class: "dot"}));
    moved.push(() => made.setAttribute("transform", `translate(${point}) scale(${px()})`));
    moves(made, [point], label);
    return made;
  };
  const grip = (/** @type {string} */ part, /** @type {string} */ title, /** @type {Handle[]} */ all) => {
    const label = `Move all of it: ${title}`, list = all.map(({point}) => point);
    const made = s("g", {class: "grip", tabindex: 0, role: "button", "aria-label": label}, s("circle", {class: "reach"}), s("path", {d: "M-5 0H5M0-5V5"}));
    moved.push(() => {
      const xs = list.map((point) => point[0]), ys = list.map((point) => point[1]);
      const low = Math.max(...ys), middle = (Math.min(...xs) + Math.max(...xs)) / 2;
      made.setAttribute("transform", `translate(${middle},${Math.min(low + 17 * px(), height - 6)}) scale(${px()})`);
    });
    moves(made, list, label);
    return made;
  };
  /** Picture px of one screen px. */
  const px = () => width / Math.max(svg.clientWidth || view.clientWidth || 480, 1);

  const setZoom = (/** @type {number} */ to) => {
    zoom = Math.min(Math.max(to, 1), 4);
    view.style.setProperty("--zoom", String(zoom));
    requestAnimationFrame(tidy);
  };
  const mouth = button("", () => {
    const {mouth: m} = points;
    if (m.seam) {
      const gap = 0.12 * Math.hypot(m.left[0] - m.right[0], m.left[1] - m.right[1]);
      m.inner_upper = m.seam.map(([x, y]) => [x, y - gap]);
      m.inner_lower = m.seam.map(([x, y]) => [x, y + gap]);
      delete m.seam;
    } else {
      m.seam = m.inner_upper.map(([x, y], /** @type {number} */ i) => [(x + m.inner_lower[i][0]) / 2, (y + m.inner_lower[i][1]) / 2]);
      delete m.inner_upper;
      delete m.inner_lower;
    }
    name();
    draw();
  }, {kind: "small"});
  const name = () => (mouth.textContent = points.mouth.seam ? "The mouth is open" : "The mouth is shut");
  const again = button("Start again", () => {
    for (const key of Object.keys(first)) points[key] = structuredClone(first[key]);
    name();
    draw();
  }, {kind: "small"});
  const sizes = new ResizeObserver(tidy);
  sizes.observe(view);
  name();
  draw();
  return {
    box: h("div", {className: "editor"},
      h("div", {className: "line"}, h("span", {className: "grow"}, told), tool("minus", "Smaller", () => setZoom(zoom / 1.5)), tool("create", "Larger", () => setZoom(zoom * 1.5)), mouth, again), scroll),
    get points() { return points; },
  };
}
