// Webhooks: addresses that are told what happens.

import {all, ask, get, post} from "../api.js";
import {when} from "../format.js";
import {alertBox, button, check, code, confirm, dialog, empty, field, form, h, head, icon, input, menu, notice, table} from "../parts.js";

const EVENTS = {
  "session.started": "A session has begun", "session.ended": "A session has ended", "budget.reached": "The soft budget is reached",
  "invoice.created": "There is a new invoice", "invoice.paid": "An invoice is paid", "credit.added": "Credits were added",
};

/** @type {import("../app.js").Show} */
export default async function show(root) {
  const list = h("section", {className: "card"});
  const fill = async () => {
    const rows = await all("/v1/webhooks");
    list.replaceChildren(rows.length ? table("Webhooks", ["Address", "Events", "State", ""], rows.map((one) => row(one, fill)))
      : empty("webhook", "No webhook yet", "Your server can be told when sessions begin and end, or a budget is reached. Signed as Standard Webhooks has it.",
        button("Add a webhook", () => make(fill), {icon: "create", kind: "solid"})));
  };
  root.append(head("Webhooks", "Addresses of yours that are told what happens. Retried with growing pauses until they answer.", button("Add a webhook", () => make(fill), {icon: "create", kind: "solid"})), list);
  await fill();
}

/** @param {any} one @param {() => any} again */
function row(one, again) {
  const more = h("button", {type: "button", className: "tool framed", "aria-label": `More for ${one.url}`}, icon("more"));
  const act = (/** @type {string} */ symbol, /** @type {string} */ label, /** @type {() => any} */ what, kind = "") => {
    const made = h("button", {type: "button", className: kind}, icon(symbol), label);
    made.addEventListener("click", () => Promise.resolve(what()).catch(notice));
    return made;
  };
  const state = one.disabled_at ? h("span", {className: "badge bad", title: one.disabled_why}, "disabled") : one.failures ? h("span", {className: "badge warn"}, `${one.failures} failed`) : h("span", {className: "badge good"}, "good");
  return [h("span", {}, h("span", {className: "mono"}, one.url), ...(one.name ? [h("span", {className: "sub"}, one.name)] : [])),
    one.events.length ? one.events.join(", ") : "all", state,
    {kind: "end", text: h("span", {className: "line", role: "group"}, button("Deliveries", () => deliveries(one), {kind: "small"}), menu(more, () => [
      one.disabled_at ? null : act("send", "Send a test", async () => {
        await post(`/v1/webhooks/${one.id}/test`);
        notice("A test is on its way; look at the deliveries.");
      }),
      act(one.disabled_at ? "check" : "close", one.disabled_at ? "Enable" : "Disable", async () => {
        await ask("PATCH", `/v1/webhooks/${one.id}`, {enabled: Boolean(one.disabled_at)});
        await again();
      }),
      act("pencil", "Edit", () => edit(one, again)),
      act("key", "New secret", () => confirm("Give it another secret?", ["The old one signs nothing any more, from this moment on."], "New secret", async () => shown(await post(`/v1/webhooks/${one.id}/secret`)))),
      act("trash", "Remove", () => confirm("Remove this webhook?", ["It is told nothing any more; its deliveries are forgotten."], "Remove it", async () => {
        await ask("DELETE", `/v1/webhooks/${one.id}`);
        await again();
      }), "danger"),
    ]))}];
}

/** @param {any} [one] */
function fields(one) {
  const url = input({name: "url", type: "url", required: true, maxLength: 2000, placeholder: "https://example.org/hooks", value: one?.url ?? ""});
  const name = input({name: "name", maxLength: 100, value: one?.name ?? "", placeholder: "Optional"});
  const events = Object.entries(EVENTS).map(([value, hint]) => check(value, {hint, value, checked: one?.events.includes(value) ?? false}));
  return {parts: [field("Address", url), field("Name", name), h("fieldset", {className: "options"}, h("legend", {}, "Events; none marked: all"), ...events.map((each) => each.box))],
    get value() { return {url: url.value, name: name.value, events: events.filter((each) => each.control.checked).map((each) => each.control.value)}; }};
}

/** @param {() => any} again */
const make = (again) => dialog("Add a webhook", (close) => {
  const wanted = fields();
  return [form(wanted.parts, "Add it", async () => {
    const made = await post("/v1/webhooks", wanted.value);
    close();
    shown(made);
    await again();
  })];
});

/** @param {any} one @param {() => any} again */
const edit = (one, again) => dialog("Edit the webhook", (close) => {
  const wanted = fields(one);
  return [form(wanted.parts, "Save", async () => {
    await ask("PATCH", `/v1/webhooks/${one.id}`, wanted.value);
    close();
    await again();
  })];
});

/** @param {{secret: string}} made */
const shown = ({secret}) => dialog("Its secret", (close) => [
  alertBox("Copy it now; it is shown this once. Check each request's webhook-signature with it.", "info"), code(secret, "Secret"),
  code(`from standardwebhooks import Webhook  # pip install standardwebhooks

event = Webhook("${secret}").verify(body, headers)`, "Checking in Python"), h("footer", {}, button("Done", close, {kind: "solid"}))], {broad: true});

/** @param {any} one */
async function deliveries(one) {
  const place = h("div", {});
  const fill = async () => {
    const {items} = await get(`/v1/webhooks/${one.id}/deliveries?limit=50`);
    place.replaceChildren(items.length ? table("Deliveries", ["Event", "Answer", "Took", "When"], items.map((/** @type {any} */ each) => [
      h("span", {className: "mono"}, each.event), h("span", {className: `badge ${each.status >= 200 && each.status < 300 ? "good" : "bad"}`, title: each.error}, each.status ? String(each.status) : each.error || "none"),
      {kind: "num", text: `${each.milliseconds} ms`}, when(each.created_at)])) : empty("send", "Nothing was sent yet", "Send a test, or wait for a session."));
  };
  await fill();
  dialog(`Deliveries to ${new URL(one.url).host}`, () => [place, h("footer", {}, button("Look again", fill, {icon: "refresh"}))], {broad: true});
}
