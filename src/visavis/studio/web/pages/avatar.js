// One avatar: alive, what it is, what can be done with it.

import {get, who} from "../api.js";
import {clone, CONSENT, download, edit, isOwn, mayMake, remove, SEEN_BY} from "../avatars.js";
import {go} from "../app.js";
import {size, when} from "../format.js";
import {end, Gaze, ready, sayLine} from "../live.js";
import {button, code, copy, h, icon, link, notice, tabs, tool} from "../parts.js";
import {snippets} from "../snippets.js";

/** @type {import("../app.js").Show} */
export default async function show(root, {params: [id]}) {
  const avatar = await get(`/v1/${who.me ? "avatars" : "gallery"}/${encodeURIComponent(id)}`);
  if (avatar.status === "making") return go(`/create?avatar=${id}`, true);
  const own = isOwn(avatar), box = h("div", {className: "picture big"}, h("img", {src: avatar.preview, alt: ""}));
  const {face, stop} = alive(box, avatar);
  document.title = `${avatar.name} · Visavis`;
  const seen = SEEN_BY[/** @type {keyof typeof SEEN_BY} */ (avatar.visibility)];
  root.append(h("div", {className: "avatar"}, box, h("div", {className: "about"},
    h("div", {className: "line"}, h("h1", {}, avatar.name), ...(own ? [h("span", {className: "badge"}, icon(seen.icon), seen.label)] : [])),
    ...(avatar.description ? [h("p", {className: "lead"}, avatar.description)] : []),
    ...(avatar.tags.length ? [h("div", {className: "line"}, ...avatar.tags.map((/** @type {string} */ tag) => h("a", {className: "badge tagged", href: `/explore?tag=${encodeURIComponent(tag)}`}, tag)))] : []),
    h("div", {className: "actions main-actions"},
      link(`/talk/${avatar.id}`, "Talk", {icon: "talk", kind: "solid"}),
      button("Say hello", () => face(), {icon: "sound"}),
      ...(own && mayMake() ? [button("Edit", () => edit(avatar, () => go(location.pathname, true)), {icon: "pencil"})] : []),
      ...(mayMake() ? [button("Copy", () => clone(avatar), {icon: "clone"})] : []),
      button("Download", () => download(avatar), {icon: "download"}),
      ...(own && mayMake() ? [button("Delete", () => remove(avatar, () => go("/library")), {icon: "trash", kind: "danger"})] : [])),
    h("dl", {className: "pairs"},
      h("dt", {}, "Id"), h("dd", {}, h("span", {className: "line id"}, h("code", {className: "mono"}, avatar.id), tool("copy", "Copy the id", () => copy(avatar.id)))),
      h("dt", {}, "Kind"), h("dd", {}, `${avatar.kind}, ${size(avatar.size)}`),
      h("dt", {}, "Likeness"), h("dd", {}, CONSENT[/** @type {keyof typeof CONSENT} */ (avatar.consent)]?.label ?? "not said"),
      ...(avatar.licence ? [h("dt", {}, "Licence"), h("dd", {}, avatar.licence)] : []),
      ...(avatar.source ? [h("dt", {}, "Source"), h("dd", {}, avatar.source)] : []),
      h("dt", {}, "Made"), h("dd", {}, when(avatar.created_at))))),
  h("section", {className: "card use"}, h("header", {}, h("h2", {}, "Use it"), ...(who.me ? [link("/developer", "API keys", {kind: "small", icon: "key"})] : [link("/sign-up", "Sign up for a key", {kind: "small solid"})])),
    tabs("Ways to use it", Object.fromEntries(Object.entries(snippets({avatar: avatar.id, url: location.origin})).map(([name, text]) => [name, () => code(text, name)])))));
  return stop;
}

/**
 * A large face that is with the visitor.
 * @param {HTMLElement} box
 * @param {{id: string, file: string, name: string}} avatar
 */
export function alive(box, avatar) {
  const face = /** @type {import("/player/visavis.js").VisavisAvatar} */ (document.createElement("visavis-avatar")), gaze = new Gaze();
  let speech = new AbortController();
  gaze.wanted = 1;
  face.setAttribute("background", "still");
  face.setAttribute("aria-label", avatar.name);
  face.pose = (pose, now) => gaze.turn(box, pose, now);
  face.addEventListener("ready", () => face.classList.add("here"));
  face.addEventListener("error", ({detail}) => notice(detail.error));
  face.setAttribute("src", avatar.file);
  box.append(face);
  return {
    element: face,
    async face() {
      speech.abort();
      speech = new AbortController();
      await ready(face);
      await sayLine(face, avatar.id, true, speech.signal);
    },
    stop() {
      speech.abort();
      end(face);
    },
  };
}
