// Parts that pages are made of. Everything is made from text, never from markup.

import {$, make as h, notice as tell} from "/page/dom.js";

export {$, h};

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name symbol in icons.svg @returns {SVGElement} */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/studio/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Tell the visitor something for some seconds. @param {unknown} what text or an error */
export function notice(what) {
  if (what instanceof Error) tell(what.message, "bad");
  else tell(String(what));
}

/**
 * A button; while what it does is not done it says so and cannot be pressed again.
 * @param {string} label
 * @param {(event: Event) => any} act errors are told to the visitor
 * @param {{icon?: string, kind?: string, title?: string}} [more]
 * @returns {HTMLButtonElement}
 */
export function button(label, act, more = {}) {
  const made = h("button", {type: "button", className: `btn ${more.kind ?? ""}`}, ...(more.icon ? [icon(more.icon)] : []), label);
  if (more.title) made.title = more.title;
  made.addEventListener("click", (/** @type {Event} */ event) => busy(made, () => act(event)));
  return made;
}

/** @param {HTMLElement} control @param {() => any} work */
export async function busy(control, work) {
  if (control.getAttribute("aria-busy") === "true") return;
  const wait = setTimeout(() => control.setAttribute("aria-busy", "true"), 120);
  try {
    await work();
  } catch (error) {
    notice(error);
  } finally {
    clearTimeout(wait);
    control.removeAttribute("aria-busy");
  }
}

/** A button that is only a picture. @param {string} symbol @param {string} label @param {(event: Event) => any} act */
export function tool(symbol, label, act, kind = "") {
  const made = h("button", {type: "button", className: `tool ${kind}`, title: label, "aria-label": label}, icon(symbol));
  made.addEventListener("click", (/** @type {Event} */ event) => busy(made, () => act(event)));
  return made;
}

/** @param {string} to @param {string} label @param {{icon?: string, kind?: string}} [more] */
export const link = (to, label, more = {}) =>
  h("a", {href: to, className: `btn ${more.kind ?? ""}`}, ...(more.icon ? [icon(more.icon)] : []), label);

let count = 0;

/**
 * A labelled control.
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint]
 */
export function field(label, control, hint) {
  control.id ||= `f${++count}`;
  if (!control.className) control.className = "in";
  const under = hint ? [h("span", {className: "hint", id: `${control.id}h`}, hint)] : [];
  if (hint) control.setAttribute("aria-describedby", `${control.id}h`);
  return h("div", {className: "field"}, h("label", {htmlFor: control.id}, label), control, ...under);
}

/** @param {Record<string, any>} properties */
export const input = (properties = {}) => h("input", {className: "in", ...properties});

/** @param {Record<string, string>} options value to text @param {string} [value] @param {Record<string, any>} [more] */
export function select(options, value, more = {}) {
  const made = h("select", {className: "in", ...more}, ...Object.entries(options).map(([key, text]) => h("option", {value: key}, text)));
  if (value !== undefined) made.value = value;
  return made;
}

/**
 * Choices of which one holds.
 * @param {string} legend
 * @param {string} name
 * @param {{value: string, label: string, hint?: string, icon?: string}[]} choices
 * @param {string} [value]
 */
export function radios(legend, name, choices, value) {
  const box = h("fieldset", {className: "options"}, h("legend", {}, legend), ...choices.map((one) => h("label", {className: "radio"},
    h("input", {type: "radio", name, value: one.value, checked: one.value === value, required: true}),
    ...(one.icon ? [icon(one.icon)] : []),
    h("span", {}, one.label, ...(one.hint ? [h("small", {}, one.hint)] : [])))));
  return {box, get value() { return box.querySelector("input:checked")?.value ?? ""; }};
}

/** @param {string} label @param {{hint?: string, checked?: boolean, value?: string}} [more] */
export function check(label, more = {}) {
  const control = h("input", {type: "checkbox", checked: more.checked ?? false, value: more.value ?? "on"});
  return {control, box: h("label", {className: "check"}, control, h("span", {}, label, ...(more.hint ? [h("small", {}, more.hint)] : [])))};
}

/**
 * A form: Enter sends it, refusals stand in it and at the fields they are about.
 * @param {(HTMLElement | string)[]} parts
 * @param {string} label of the button
 * @param {() => any} act
 * @param {{kind?: string, footer?: HTMLElement[]}} [more]
 */
export function form(parts, label, act, more = {}) {
  const send = h("button", {type: "submit", className: `btn solid ${more.kind ?? ""}`}, label);
  const place = h("div", {role: "alert"});
  const made = h("form", {className: "form", noValidate: false}, ...parts, place, more.footer ? h("footer", {}, ...more.footer, send) : send);
  made.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    place.replaceChildren();
    made.querySelectorAll("[aria-invalid]").forEach((/** @type {Element} */ one) => one.removeAttribute("aria-invalid"));
    send.disabled = true;
    send.setAttribute("aria-busy", "true");
    try {
      await act();
    } catch (error) {
      const {message, fields = []} = /** @type {import("./api.js").Refused} */ (error);
      for (const {where} of fields) made.elements.namedItem(where.split("/").pop() ?? "")?.setAttribute?.("aria-invalid", "true");
      const text = fields.length ? fields.map((one) => `${one.where.split("/").pop()}: ${one.why.replace(/^Value error, /, "")}`).join(" · ") : message;
      place.replaceChildren(alertBox(text));
    } finally {
      send.disabled = false;
      send.removeAttribute("aria-busy");
    }
  });
  return made;
}

/** @param {string | Node} text @param {"bad" | "info"} [kind] */
export const alertBox = (text, kind = "bad") => h("div", {className: `alert ${kind}`}, icon(kind === "bad" ? "warn" : "check"), h("div", {}, text));

/**
 * A dialog over the page.
 * @param {string} title
 * @param {(close: () => void) => (HTMLElement | string)[]} content
 * @param {{broad?: boolean, onClose?: () => void}} [more]
 */
export function dialog(title, content, more = {}) {
  const id = `d${++count}`;
  const box = h("dialog", {className: more.broad ? "broad" : "", "aria-labelledby": id});
  const close = () => box.close();
  box.append(h("div", {className: "inner"}, h("header", {}, h("h2", {id}, title), tool("close", "Close", close)), ...content(close)));
  box.addEventListener("close", () => {
    box.remove();
    more.onClose?.();
  });
  box.addEventListener("pointerdown", (/** @type {Event} */ event) => event.target === box && close());
  document.body.append(box);
  box.showModal();
  return box;
}

/**
 * Ask before something is done that cannot be undone.
 * @param {string} title
 * @param {(HTMLElement | string)[]} content
 * @param {string} label of the button that does it
 * @param {() => any} act
 */
export const confirm = (title, content, label, act) => dialog(title, (close) => [
  form(content.map((part) => typeof part === "string" ? h("p", {}, part) : part), label, async () => {
    await act();
    close();
  }, {kind: "danger", footer: [button("Keep it", close)]}),
]);

/**
 * A button with a menu under it.
 * @param {HTMLElement} opener
 * @param {() => (HTMLElement | null)[]} items
 * @param {string} [kind]
 */
export function menu(opener, items, kind = "") {
  const box = h("div", {className: "menu"}, opener);
  opener.setAttribute("aria-haspopup", "true");
  opener.setAttribute("aria-expanded", "false");
  /** @type {HTMLElement | null} */
  let sheet = null;
  const shut = (/** @type {boolean} */ back) => {
    if (!sheet) return;
    sheet.remove();
    sheet = null;
    opener.setAttribute("aria-expanded", "false");
    removeEventListener("pointerdown", outside);
    if (back) opener.focus();
  };
  const outside = (/** @type {Event} */ event) => !box.contains(/** @type {Node} */ (event.target)) && shut(false);
  opener.addEventListener("click", () => {
    if (sheet) return shut(true);
    sheet = h("div", {className: `menu-sheet ${kind}`}, ...items().filter(Boolean));
    box.append(sheet ?? "");
    opener.setAttribute("aria-expanded", "true");
    sheet?.addEventListener("click", (event) => /** @type {Element} */ (event.target).closest("a, button") && shut(true));
    /** @type {HTMLElement | null | undefined} */ (sheet?.querySelector("a, button"))?.focus({preventScroll: true});
    addEventListener("pointerdown", outside);
  });
  box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") shut(true);
    if (!sheet || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const all = [.../** @type {NodeListOf<HTMLElement>} */ (sheet.querySelectorAll("a, button"))];
    const now = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    all[(now + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]?.focus();
  });
  return box;
}

/**
 * A table; on a phone, a list.
 * @param {string} label
 * @param {string[]} names of the columns
 * @param {(HTMLElement | string | {text: HTMLElement | string, kind?: string})[][]} rows
 */
export function table(label, names, rows) {
  const cell = (/** @type {any} */ one, /** @type {number} */ i) => {
    const {text, kind = ""} = one?.kind !== undefined ? one : {text: one};
    return h("td", {className: kind, ...(names[i] ? {"data-name": names[i]} : {})}, text ?? "");
  };
  return h("div", {className: "scroll"}, h("table", {className: "cards", "aria-label": label},
    h("thead", {}, h("tr", {}, ...names.map((name) => h("th", {scope: "col"}, name || h("span", {className: "name"}, "Actions"))))),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map(cell))))));
}

/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice("Copied.");
  } catch {
    notice("Your browser does not let this page copy; mark the text and copy it.");
  }
}

/** Code to copy. @param {string} text @param {string} [label] */
export const code = (text, label = "Code") => h("div", {className: `code ${text.includes("\n") ? "" : "one"}`},
  h("pre", {tabIndex: 0, "aria-label": label}, ...coloured(text)), button("Copy", () => copy(text), {icon: "copy", kind: "small"}));

/** @param {string} text */
function coloured(text) {
  const kinds = /(#[^\n]*)|("(?:[^"\\\n]|\\.)*"|'[^'\n]*')|\b(import|from|as|async|await|with|for|in|def|return|export)\b/g;
  /** @type {(string | Node)[]} */
  const out = [];
  let last = 0;
  for (const found of text.matchAll(kinds)) {
    out.push(text.slice(last, found.index), h("span", {className: found[1] ? "c" : found[2] ? "s" : "k"}, found[0]));
    last = found.index + found[0].length;
  }
  return [...out, text.slice(last)];
}

/** @param {string} label @param {Record<string, () => HTMLElement>} pages by their names */
export function tabs(label, pages) {
  const place = h("div", {role: "tabpanel"}), names = Object.keys(pages);
  const heads = names.map((name, i) => {
    const head = h("button", {type: "button", role: "tab", id: `t${++count}`}, name);
    head.addEventListener("click", () => show(i));
    head.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const step = {ArrowRight: 1, ArrowLeft: names.length - 1}[event.key];
      if (step) show((i + step) % names.length, true);
    });
    return head;
  });
  const show = (/** @type {number} */ which, focus = false) => {
    heads.forEach((head, i) => {
      head.setAttribute("aria-selected", String(i === which));
      head.tabIndex = i === which ? 0 : -1;
    });
    place.setAttribute("aria-labelledby", heads[which].id);
    place.replaceChildren(pages[names[which]]());
    if (focus) heads[which].focus();
  };
  show(0);
  return h("div", {}, h("div", {className: "tablist", role: "tablist", "aria-label": label}, ...heads), place);
}

/** @param {string} symbol @param {string} title @param {string} text @param {...HTMLElement} more */
export const empty = (symbol, title, text, ...more) => h("div", {className: "empty"}, icon(symbol), h("h2", {}, title), h("p", {}, text), ...more);

/** The head of a page. @param {string} title @param {string | Node} lead @param {...HTMLElement} actions */
export const head = (title, lead, ...actions) => h("div", {className: "page-head"},
  h("div", {}, h("h1", {}, title), ...(lead ? [h("p", {className: "lead"}, lead)] : [])),
  ...(actions.length ? [h("div", {className: "actions"}, ...actions)] : []));
