// Library: the organisation's own avatars.

import {all, get} from "../api.js";
import {clone, download, edit, mayMake, remove, SEEN_BY} from "../avatars.js";
import {when} from "../format.js";
import {Faces} from "../live.js";
import {empty, h, head, icon, input, link, menu} from "../parts.js";

/** @type {import("../app.js").Show} */
export default async function show(root) {
  const grid = h("div", {className: "faces", role: "list"}), place = h("div", {});
  const search = input({type: "search", placeholder: "Search your avatars", "aria-label": "Search your avatars"});
  const faces = new Faces({aloud: () => false});
  let rows = /** @type {any[]} */ ([]), timer = 0, here = true;

  const fill = async () => {
    rows = await all("/v1/avatars");
    draw();
    clearTimeout(timer);
    if (here && rows.some((row) => row.status === "making")) timer = window.setTimeout(fill, 1500);
  };
  const draw = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    const found = rows.filter((row) => words.every((/** @type {string} */ word) => `${row.name} ${row.description} ${row.tags.join(" ")} ${row.id}`.toLowerCase().includes(word)));
    faces.empty();
    grid.replaceChildren(...found.map(card));
    place.replaceChildren(...(rows.length ? found.length ? [] : [empty("search", "No such avatar", "None of yours has these words.")]
      : [empty("library", "Your library is empty", "Make an avatar from a photo or a drawing, or copy one from Explore.",
        ...(mayMake() ? [link("/create", "Make one", {icon: "create", kind: "solid"})] : [link("/explore", "To Explore", {kind: "solid"})]))]));
  };
  const card = (/** @type {any} */ avatar) => {
    const done = avatar.status === "ready", to = done ? `/avatars/${avatar.id}` : `/create?avatar=${avatar.id}`;
    const seen = SEEN_BY[/** @type {keyof typeof SEEN_BY} */ (avatar.visibility)];
    const box = h("div", {className: `picture ${avatar.status}`}, done ? h("img", {src: avatar.preview, alt: "", loading: "lazy"}) : h("p", {}, icon(avatar.status === "failed" ? "warn" : "refresh"), avatar.status === "failed" ? "It could not be made" : "Being made …"));
    const act = (/** @type {string} */ symbol, /** @type {string} */ label, /** @type {() => any} */ what, kind = "") => {
      const made = h("button", {type: "button", className: kind}, icon(symbol), label);
      made.addEventListener("click", what);
      return made;
    };
    const more = h("button", {type: "button", className: "tool framed", "aria-label": `More for ${avatar.name}`, title: "More"}, icon("more"));
    const made = h("article", {className: "face-card", role: "listitem"},
      h("a", {href: to, className: "cover", "aria-label": avatar.name}, box),
      h("div", {className: "under"},
        h("div", {className: "names"}, h("a", {href: to, tabIndex: -1}, avatar.name), h("span", {className: "dim"}, `${seen.label} · ${when(avatar.created_at)}`)),
        menu(more, () => [
          done ? h("a", {href: `/talk/${avatar.id}`}, icon("talk"), "Talk") : null,
          mayMake() && done ? act("pencil", "Edit", () => edit(avatar, fill)) : null,
          mayMake() && done ? act("clone", "Copy", () => clone(avatar)) : null,
          done ? act("download", "Download", () => download(avatar)) : null,
          mayMake() ? act("trash", "Delete", () => remove(avatar, fill), "danger") : null,
        ])));
    if (done) faces.add(box, made, {id: avatar.id, src: avatar.file, name: avatar.name});
    return made;
  };
  search.addEventListener("input", draw);
  const me = await get("/v1/organisation").catch(() => null);
  root.append(head("Library", me ? `The avatars of ${me.name}.` : "", ...(mayMake() ? [link("/create", "New avatar", {icon: "create", kind: "solid"})] : [])));
  await fill();
  if (rows.length > 6) root.append(h("div", {className: "finder"}, h("div", {className: "search"}, icon("search"), search)));
  root.append(grid, place);
  return () => {
    here = false;
    clearTimeout(timer);
    faces.clear();
  };
}
