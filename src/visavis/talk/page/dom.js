// Small helpers: find elements, make elements, tell somebody something.

/**
 * The element of an id.
 * @param {string} id
 * @returns {any}
 */
export const $ = (id) => document.getElementById(id);

/** A server's reason as a sentence begins. @param {string} text */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * A new element.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] attributes where the name has a hyphen or is role
 * @param {...(Node|string)} children
 * @returns {any}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, String(value));
    else /** @type {any} */ (element)[name] = value;
  }
  element.append(...children);
  return element;
}

/**
 * Show another icon in a button.
 * @param {Element} button
 * @param {string} icon name of a symbol, without "i-"
 * @param {string} label what the button does now
 */
export function face(button, icon, label) {
  button.querySelector("use")?.setAttribute("href", `#i-${icon}`);
  const name = button.querySelector(".name");
  if (name) name.textContent = label;
  button.setAttribute("title", label);
}

/**
 * Tell the visitor something, for a few seconds.
 * @param {string} text
 * @param {"bad"|"plain"} [kind]
 */
export function notice(text, kind = "plain") {
  const place = $("notices");
  for (const old of place.children) if (old.firstChild?.textContent === text) old.remove();
  const close = make("button", { className: "tool", "aria-label": "Close" });
  close.innerHTML = '<svg class="icon small" aria-hidden="true"><use href="#i-close"/></svg>';
  const box = make("div", { className: kind }, make("span", {}, text), close);
  const end = () => box.remove();
  close.addEventListener("click", end);
  setTimeout(end, kind === "bad" ? 9000 : 4500);
  place.append(box);
  while (place.children.length > 2) place.firstChild.remove();
}

/**
 * Remember a choice from visit to visit, where the browser allows it.
 * @param {string} name
 * @param {boolean} [value] to set it
 * @param {boolean} [otherwise]
 * @returns {boolean}
 */
export function remembered(name, value, otherwise = false) {
  try {
    if (value !== undefined) localStorage.setItem(`visavis.${name}`, value ? "1" : "0");
    return (localStorage.getItem(`visavis.${name}`) ?? (otherwise ? "1" : "0")) === "1";
  } catch {
    return value ?? otherwise;
  }
}

/**
 * A panel that a button opens; a click elsewhere or Escape closes it.
 * @param {HTMLElement} button
 * @param {HTMLElement} panel
 * @returns {{close: () => boolean}} close says whether it was open
 */
export function panel(button, panel) {
  const set = (/** @type {boolean} */ open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) /** @type {HTMLElement|null} */ (panel.querySelector("[aria-selected=true], button"))?.focus({ preventScroll: true });
  };
  const close = () => {
    const was = !panel.hidden;
    if (was) {
      const inside = panel.contains(document.activeElement);
      set(false);
      if (inside) button.focus({ preventScroll: true });
    }
    return was;
  };
  button.addEventListener("click", () => set(Boolean(panel.hidden)));
  document.addEventListener("pointerdown", (event) => {
    const target = /** @type {Node} */ (event.target);
    if (!panel.contains(target) && !button.contains(target)) close();
  });
  return { close };
}
