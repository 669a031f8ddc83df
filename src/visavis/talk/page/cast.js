// Who is on show: names and pictures, the panel to choose from, a character of one's own photo.

import { $, make, notice, panel } from "./dom.js";
import { post, site } from "./link.js";
import { captions, drawn, input, state, video } from "./state.js";
import { suggest } from "./words.js";

/** @typedef {import("./state.js").Member} Member */

export const castPanel = panel($("who"), $("cast-panel"));

/** @param {Member} member */
const poster = (member) => member.poster ?? `${site.api}/cast/${member.key}.webp`;

/** Show who is there, and who of them is on. */
export function present() {
  const member = state.cast.find((m) => m.key === state.character);
  if (!member) return;
  document.documentElement.style.setProperty("--tint", member.tint);
  $("who-name").textContent = member.name;
  $("who-face").src = $("poster").src = poster(member);
  document.title = `${member.name} · Visavis`;
  for (const shown of [video, drawn.face]) shown.setAttribute("aria-label", `${member.name}, live`);
  const who = member.name.startsWith("Your photo") ? "it" : member.name;
  input.placeholder = state.answers ? `Talk with ${who}` : `What shall ${who} say?`;
  $("cast").replaceChildren(...state.cast.map(card));
  $("photo").hidden = !state.photos;
  suggest();
}

/** @param {Member} member */
function card(member) {
  const picture = make("img", { src: poster(member), alt: "", loading: "lazy" });
  const button = make("button", { role: "option", "aria-selected": member.key === state.character }, picture, make("span", {}, member.name));
  button.addEventListener("click", () => {
    castPanel.close();
    if (member.key !== state.character) change(member);
  });
  return button;
}

/** @param {Member} member */
function change(member) {
  if (!state.link.send({ type: "character", key: member.key })) return notice("Not connected yet.", "bad");
  document.body.classList.add("changing");
  $("poster").src = poster(member);
  history.replaceState(null, "", `#${member.key}`);
  captions.clear();
}

const chosen = /** @type {HTMLInputElement} */ ($("photo-file"));
chosen.addEventListener("change", async () => {
  const file = chosen.files?.[0];
  chosen.value = "";
  if (!file) return;
  $("photo").classList.add("busy");
  $("photo-words").textContent = "Drawing you …";
  try {
    const member = await post("/photo", file);
    state.cast.push(member);
    castPanel.close();
    change(member);
  } catch (error) {
    notice(error instanceof Error ? error.message : String(error), "bad");
  } finally {
    $("photo").classList.remove("busy");
    $("photo-words").textContent = "Your photo";
  }
});
