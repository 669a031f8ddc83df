// Explore: the gallery, alive. Point at somebody and they look at you and say something.

import {get, who} from "../api.js";
import {remembered} from "/page/dom.js";
import {Faces} from "../live.js";
import {button, empty, h, icon, input, link} from "../parts.js";

/** @type {import("../app.js").Show} */
export default async function show(root, {query}) {
  const grid = h("div", {className: "faces", role: "list"}), more = h("div", {className: "more"});
  const search = input({type: "search", name: "search", placeholder: "Search characters", "aria-label": "Search characters", value: query.get("search") ?? ""});
  const tags = h("div", {className: "tags", role: "group", "aria-label": "Tags"});
  let tag = query.get("tag") ?? "", aloud = remembered("aloud", undefined, true);
  const faces = new Faces({aloud: () => aloud});
  let turn = 0;

  const find = async (/** @type {string} */ cursor = "") => {
    const mine = ++turn, wanted = new URLSearchParams({limit: "24"});
    if (search.value.trim()) wanted.set("q", search.value.trim());
    if (tag) wanted.set("tag", tag);
    if (cursor) wanted.set("cursor", cursor);
    const page = await get(`/v1/gallery?${wanted}`);
    if (mine !== turn) return;
    if (!cursor) {
      faces.empty();
      grid.replaceChildren();
    }
    grid.append(...page.items.map(card));
    more.replaceChildren(...(page.next ? [button("Show more", () => find(page.next))] : []));
    if (!grid.childElementCount) more.replaceChildren(tag || search.value
      ? empty("search", "Nobody like that here", "Try another word, or all characters.", button("Show all", () => { search.value = tag = ""; fillTags(); return find(); }))
      : empty("explore", "Nobody is here yet", "Characters that are made public appear here.", link("/create", "Make the first", {kind: "solid", icon: "create"})));
  };

  const card = (/** @type {any} */ avatar) => {
    const box = h("div", {className: "picture"}, h("img", {src: avatar.preview, alt: "", loading: "lazy", width: 512, height: 512}));
    const to = `/avatars/${avatar.id}`;
    const made = h("article", {className: "face-card", role: "listitem"},
      h("a", {href: to, className: "cover", "aria-label": `${avatar.name}${avatar.description ? `: ${avatar.description}` : ""}`}, box),
      h("div", {className: "under"}, h("div", {className: "names"}, h("a", {href: to, tabIndex: -1}, avatar.name),
        h("span", {className: "dim"}, avatar.tags.slice(0, 3).join(" · ") || avatar.kind)),
      h("a", {href: `/talk/${avatar.id}`, className: "btn small", "aria-label": `Talk with ${avatar.name}`}, icon("talk"), "Talk")));
    faces.add(box, made, {id: avatar.id, src: avatar.file, name: avatar.name});
    return made;
  };

  let known = /** @type {string[]} */ ([]);
  const fillTags = () => tags.replaceChildren(...["", ...known].map((name) => {
    const made = h("button", {type: "button", className: "tag", "aria-pressed": String(name === tag)}, name || "All");
    made.addEventListener("click", () => {
      tag = name;
      fillTags();
      note();
      find();
    });
    return made;
  }));
  const note = () => {
    const kept = new URLSearchParams();
    if (search.value.trim()) kept.set("search", search.value.trim());
    if (tag) kept.set("tag", tag);
    history.replaceState(null, "", `/explore${kept.size ? `?${kept}` : ""}`);
  };
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      note();
      find();
    }, 220);
  });
  const hear = h("button", {type: "button", className: "tool framed"});
  const setAloud = (/** @type {boolean} */ on) => {
    aloud = remembered("aloud", on, true);
    const label = on ? "They speak aloud: mute them" : "They are muted: let them speak aloud";
    hear.setAttribute("aria-label", label);
    hear.title = label;
    hear.replaceChildren(icon(on ? "sound" : "mute"));
  };
  hear.addEventListener("click", () => setAloud(!aloud));
  setAloud(aloud);

  root.append(h("div", {className: "hello"},
    h("h1", {}, "Meet somebody."),
    h("p", {className: "lead"}, matchMedia("(hover: none)").matches ? "Characters for your voice agent, live on this page." : "Characters for your voice agent, live on this page. Point at one."),
    ...(who.me ? [] : [h("div", {className: "actions gap"}, link("/sign-up", "Make your own", {kind: "solid"}), link("/log-in", "Log in"))])),
  h("div", {className: "finder"}, h("div", {className: "search"}, icon("search"), search), tags, hear), grid, more);
  fillTags();
  get("/v1/studio/tags").then((found) => {
    known = found;
    fillTags();
  }, () => undefined);
  await find();
  return () => faces.clear();
}
