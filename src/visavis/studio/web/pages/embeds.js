// Developer → Embed: tokens with which pages of one's own sites show an avatar and talk to it.

import {all, get, may, post} from "../api.js";
import {minutes as lasting, when} from "../format.js";
import {alertBox, button, code, confirm, dialog, empty, field, form, h, head, input, select, table, tabs} from "../parts.js";

const LASTS = {3600: "An hour", 86400: "A day", 604800: "A week", 2592000: "30 days", 7776000: "90 days"};

/** @type {import("../app.js").Show} */
export default async function show(root) {
  const list = h("section", {className: "card", "aria-label": "Embed tokens"});
  const mine = await get("/v1/avatars?limit=100&status=ready").then((page) => page.items, () => []);
  const shared = await get("/v1/gallery?limit=50").then((page) => page.items, () => []);
  /** @type {Record<string, string>} */
  const avatars = Object.fromEntries([...mine, ...shared].map((one) => [one.id, `${one.name} · ${one.id}`]));
  const maker = (/** @type {string} */ label) => may("sessions") ? [button(label, make, {icon: "create", kind: "solid"})] : [];
  const fill = async () => {
    const tokens = await all("/v1/embeds");
    list.replaceChildren(tokens.length ? table("Embed tokens", ["Name", "Avatar", "Sites", "Talks", "Expires", ""], tokens.map(row))
      : empty("globe", "Nothing is embedded yet", "A token lets pages of your sites show an avatar and talk to it, for as long as you say.", ...maker("Embed an avatar")));
  };
  const row = (/** @type {any} */ one) => [
    h("strong", {}, one.name || one.id.slice(4, 12)),
    avatars[one.avatar_id]?.split(" · ")[0] ?? one.avatar_id,
    h("span", {className: "mono dim"}, one.origins.map((/** @type {string} */ site) => site.split("://")[1]).join(", ")),
    h("span", {}, `${lasting(one.used_seconds)} so far`, h("span", {className: "sub"}, `${one.minutes} min each${one.total_minutes ? `, ${one.total_minutes} min in all` : ""}`)),
    one.state === "good" ? when(one.expires_at) : {text: h("span", {className: `badge ${one.state === "revoked" ? "bad" : "warn"}`}, one.state), kind: ""},
    {kind: "end", text: one.state === "good" && may("sessions") ? button("Revoke", () => revoke(one), {kind: "small danger"}) : ""},
  ];
  const revoke = (/** @type {any} */ one) => confirm("Revoke this token?", ["Pages that have it can begin no talk any more, and those that go on end within a second or two."], "Revoke it", async () => {
    await post(`/v1/embeds/${one.id}/revoke`);
    await fill();
  });
  const make = () => dialog("Embed an avatar", (close) => {
    const avatar = select(avatars, mine[0]?.id, {name: "avatar_id", required: true});
    const sites = h("textarea", {className: "in", name: "origins", required: true, rows: 2, placeholder: "https://example.org"});
    const name = input({name: "name", maxLength: 100, placeholder: "start page"});
    const minutes = input({name: "minutes", type: "number", min: 1, max: 120, value: "5", required: true});
    const total = input({name: "total_minutes", type: "number", min: 1, placeholder: "no limit"});
    const lasts = select(LASTS, "2592000", {name: "expires_in"});
    return [form([field("Avatar", avatar), field("Sites", sites, "Whose pages may show it; one a line."), field("Name", name, "So that you know later where it is."),
      h("div", {className: "two"}, field("Minutes of a talk", minutes), field("Minutes in all", total)), field("Good for", lasts, "Talks can be begun until then. A server of yours can make a token for each visit instead: POST /v1/embeds.")],
    "Make the token", async () => {
      const made = await post("/v1/embeds", {
        avatar_id: avatar.value, origins: sites.value.split(/[\s,]+/).filter(Boolean), name: name.value, minutes: Number(minutes.value),
        total_minutes: total.value ? Number(total.value) : null, expires_in: Number(lasts.value)});
      close();
      shown(made);
      await fill();
    })];
  });
  const shown = (/** @type {any} */ made) => dialog("For your page", (close) => [
    alertBox("Copy it now. The token in it is shown this once; whoever sees your page sees it too, and it is good on your sites only.", "info"),
    tabs("Ways to embed it", {
      "Two lines": () => code(made.html, "Two lines"),
      "A frame": () => code(`<iframe src="${made.page}"\n  width="360" height="480" title="Avatar" allow="autoplay"></iframe>`, "A frame"),
    }),
    h("footer", {}, button("Done", close, {kind: "solid"})),
  ], {broad: true});
  root.append(head("Embed", "An avatar on your own pages, drawn by the visitor's browser, to talk to. Talks count as sessions.", ...maker("Embed an avatar")), list);
  await fill();
}
