// Developer → API Keys: make one, copy code with it filled in, revoke.

import {all, ask, get, may, post} from "../api.js";
import {when} from "../format.js";
import {alertBox, button, check, code, confirm, dialog, empty, field, form, h, head, input, select, table, tabs, tool} from "../parts.js";
import {snippets} from "../snippets.js";

const RIGHTS = {
  sessions: ["Sessions", "Launch avatars into rooms, speak, stop them."],
  avatars: ["Avatars", "Make, change, delete and download avatars."],
  read: ["Read", "See avatars, sessions and usage; download."],
};

/** @type {import("../app.js").Show} */
export default async function show(root) {
  const list = h("section", {className: "card", "aria-label": "API keys"});
  let avatar = "";
  /** @type {string | undefined} a key made on this visit */
  let last;
  const examples = h("section", {className: "card"});
  const fill = async () => {
    const keys = await all("/v1/secrets");
    list.replaceChildren(...(keys.length ? [table("API keys", ["Name", "Key", "Rights", "Last used", "Expires", ""], keys.map(row))]
      : [empty("key", "No API key yet", "A key lets your agents use your avatars, and counts what they use.", button("Make a key", make, {icon: "create", kind: "solid"}))]));
  };
  const row = (/** @type {any} */ key) => [
    h("strong", {}, key.name),
    h("span", {className: "mono dim"}, `${key.prefix}_…`),
    h("span", {}, key.rights.join(", ")),
    when(key.used_at),
    key.state === "good" ? (key.expires_at ? when(key.expires_at) : "never") : {text: h("span", {className: `badge ${key.state === "revoked" ? "bad" : "warn"}`}, key.state), kind: ""},
    {kind: "end", text: key.state === "good" ? h("span", {className: "line", role: "group"},
      tool("pencil", `Rename ${key.name}`, () => rename(key)), button("Revoke", () => revoke(key), {kind: "small danger"})) : ""},
  ];
  const rename = (/** @type {any} */ key) => dialog("Rename the key", (close) => {
    const name = input({name: "name", value: key.name, required: true, maxLength: 100});
    return [form([field("Name", name)], "Rename", async () => {
      await ask("PATCH", `/v1/secrets/${key.id}`, {name: name.value});
      close();
      await fill();
    })];
  });
  const revoke = (/** @type {any} */ key) => confirm(`Revoke “${key.name}”?`, ["Whatever uses it is refused from this moment on. This cannot be undone."], "Revoke it", async () => {
    await post(`/v1/secrets/${key.id}/revoke`);
    await fill();
  });
  const make = () => dialog("A new API key", (close) => {
    const name = input({name: "name", required: true, maxLength: 100, placeholder: "agents in production"});
    const rights = Object.entries(RIGHTS).map(([value, [label, hint]]) => check(label, {hint, value, checked: true}));
    const days = select({"": "Never", 30: "In 30 days", 90: "In 90 days", 365: "In a year"}, "");
    return [form([field("Name", name, "So that you know later what uses it."),
      h("fieldset", {className: "options"}, h("legend", {}, "It may"), ...rights.map((one) => one.box)), field("Expires", days)], "Make the key", async () => {
      const chosen = rights.filter((one) => one.control.checked).map((one) => one.control.value);
      const made = await post("/v1/secrets", {name: name.value, rights: chosen, days: days.value ? Number(days.value) : null});
      close();
      shown(made);
      await fill();
      last = made.secret;
      examples.replaceChildren(...example());
    })];
  });
  const shown = (/** @type {any} */ made) => dialog("Your API key", (close) => [
    alertBox("Copy it now. It is shown this once and kept nowhere in readable form.", "info"),
    code(made.secret, "API key"),
    h("footer", {}, button("Done", close, {kind: "solid"})),
  ], {broad: true});
  const example = () => [
    h("header", {}, h("div", {}, h("h2", {}, "Use it"), h("p", {className: "dim"}, last ? "Your new key is filled in; it is gone when you leave this page." : "Make a key, and it is filled in here.")), choice),
    tabs("Ways to use it", Object.fromEntries(Object.entries(snippets({avatar, secret: last, url: location.origin})).map(([name, text]) => [name, () => code(text, name)]))),
  ];
  const mine = await get("/v1/avatars?limit=100").then((page) => page.items, () => []);
  const choice = select(Object.fromEntries(mine.map((/** @type {any} */ one) => [one.id, `${one.name} · ${one.id}`])), mine[0]?.id, {"aria-label": "Avatar in the examples"});
  choice.classList.add("slim");
  choice.hidden = !mine.length;
  avatar = mine[0]?.id ?? "";
  choice.addEventListener("change", () => {
    avatar = choice.value;
    examples.replaceChildren(...example());
  });
  root.append(head("API Keys", "What your agents and programs show this cloud. Each carries its own rights and its own usage.",
    ...(may("secrets") ? [button("Make a key", make, {icon: "create", kind: "solid"})] : [])), h("div", {className: "stack"}, list, examples));
  await fill();
  examples.replaceChildren(...example());
}
