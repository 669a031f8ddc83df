// Admin: what the operator looks after: accounts, organisations, sessions, workers, prices, the log.

import {ask, get, post, who} from "../api.js";
import {log} from "../auditing.js";
import {credits, when} from "../format.js";
import {button, confirm, dialog, empty, field, form, h, head, input, notice, table} from "../parts.js";

/** @type {import("../app.js").Show} */
export default async function show(root, {query}) {
  const place = h("section", {className: "card"}), figures = h("dl", {className: "stats"});
  /** @type {Record<string, [string, (place: HTMLElement) => Promise<any>]>} */
  const pages = {accounts: ["Accounts", accounts], organisations: ["Organisations", organisations], sessions: ["Live sessions", sessions],
    workers: ["Workers", workers], prices: ["Prices and plans", prices], audit: ["Audit log", (place) => log(place, "/v1/admin/audit")]};
  let now = query.get("see") ?? "accounts";
  if (!pages[now]) now = "accounts";
  const heads = Object.entries(pages).map(([key, [name]]) => {
    const made = h("button", {type: "button", role: "tab", "aria-selected": String(key === now), "data-key": key}, name);
    made.addEventListener("click", () => open(key).catch(notice));
    return made;
  });
  const open = async (/** @type {string} */ key) => {
    for (const one of heads) {
      one.setAttribute("aria-selected", String(one.dataset.key === key));
      if (one.dataset.key === key) requestAnimationFrame(() => one.scrollIntoView({block: "nearest", inline: "center"}));
    }
    history.replaceState(null, "", `/admin?see=${key}`);
    const box = h("div", {});
    await pages[key][1](box);
    place.replaceChildren(box);
  };
  root.append(head("Admin", "What the operator of this cloud sees and decides. Every change is in the log."), figures, h("div", {className: "tablist", role: "tablist", "aria-label": "Parts"}, ...heads), place);
  await Promise.all([overview(figures), open(now)]);
}

/** @param {HTMLElement} place */
async function overview(place) {
  const [work, live] = await Promise.all([get("/v1/admin/workers"), get("/v1/admin/sessions?limit=200")]);
  const ready = work.filter((/** @type {any} */ one) => one.state === "ready"), sum = (/** @type {string} */ key) => ready.reduce((/** @type {number} */ all, /** @type {any} */ one) => all + one[key], 0);
  const stat = (/** @type {string} */ name, /** @type {string} */ value, small = "") => h("div", {className: "stat"}, h("dt", {}, name), h("dd", {}, value, ...(small ? [" ", h("small", {}, small)] : [])));
  place.replaceChildren(stat("Live sessions", String(live.items.length) + (live.next ? "+" : "")), stat("Places", `${sum("taken")} of ${sum("capacity")}`, "taken"),
    stat("Workers", String(ready.length), work.length > ready.length ? `ready, ${work.length - ready.length} not` : "ready"));
}

/**
 * A list that is searched and read on.
 * @param {HTMLElement} place
 * @param {string} path
 * @param {string} what
 * @param {string[]} names
 * @param {(one: any, again: () => any) => any[]} row
 */
async function searched(place, path, what, names, row) {
  const search = input({type: "search", placeholder: `Search ${what}`, "aria-label": `Search ${what}`}), list = h("div", {className: "gap"});
  let rows = /** @type {any[]} */ ([]), timer = 0;
  const find = async (cursor = "") => {
    const wanted = new URLSearchParams({limit: "50", ...(search.value.trim() ? {q: search.value.trim()} : {}), ...(cursor ? {cursor} : {})});
    const page = await get(`${path}?${wanted}`);
    rows = cursor ? [...rows, ...page.items] : page.items;
    list.replaceChildren(rows.length ? table(what, names, rows.map((one) => row(one, find))) : empty("search", "Nothing found", `No ${what} like that.`),
      ...(page.next ? [h("div", {className: "more"}, button("Show more", () => find(page.next)))] : []));
  };
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => find().catch(notice), 220);
  });
  place.append(search, list);
  await find();
}

/** @param {HTMLElement} place */
const accounts = (place) => searched(place, "/v1/admin/accounts", "accounts", ["Who", "Organisations", "Since", ""], (one, again) => [
  h("span", {}, h("strong", {}, one.name), " ", ...(one.is_admin ? [h("span", {className: "badge good"}, "admin")] : []), ...(one.disabled_at ? [h("span", {className: "badge bad"}, "disabled")] : []), h("span", {className: "sub"}, one.email)),
  one.organisations.join(", ") || "none", when(one.created_at),
  {kind: "end", text: one.id === who.me?.account_id ? "" : button(one.disabled_at ? "Enable" : "Disable", () => change(`/v1/admin/accounts/${one.id}`, {disabled: !one.disabled_at}, again,
    one.disabled_at ? "" : `Disable ${one.name}? They are logged out everywhere at once.`), {kind: "small"})}]);

/** @param {HTMLElement} place */
const organisations = (place) => searched(place, "/v1/admin/organisations", "organisations", ["Name", "Members", "Avatars", "Since", ""], (one, again) => [
  h("span", {}, h("strong", {}, one.name), " ", ...(one.suspended_at ? [h("span", {className: "badge bad"}, "suspended")] : []), h("span", {className: "sub mono"}, one.id)),
  {kind: "num", text: String(one.members)}, {kind: "num", text: String(one.avatars)}, when(one.created_at),
  {kind: "end", text: h("span", {className: "line", role: "group"}, button("Credits", () => give(one), {kind: "small"}),
    ...(one.id === who.me?.org_id ? [] : [button(one.suspended_at ? "Resume" : "Suspend", () => change(`/v1/admin/organisations/${one.id}`, {suspended: !one.suspended_at}, again,
      one.suspended_at ? "" : `Suspend ${one.name}? Its members and keys are refused at once.`), {kind: "small"})]))}]);

/** @param {string} path @param {any} body @param {() => any} again @param {string} question "": none */
function change(path, body, again, question) {
  const act = async () => {
    await ask("PATCH", path, body);
    await again();
  };
  return question ? confirm("Are you sure?", [question], "Yes", act) : act();
}

/** @param {any} org */
const give = (org) => dialog(`Credits for ${org.name}`, (close) => {
  const amount = input({name: "micro_credits", type: "number", step: "any", required: true, value: "100"}), note = input({name: "note", maxLength: 500});
  return [form([field("Credits", amount, "Below 0: taken back."), field("Note", note)], "Enter them", async () => {
    const {balance} = await post(`/v1/admin/organisations/${org.id}/credit`, {micro_credits: Math.round(Number(amount.value) * 1e6), note: note.value});
    close();
    notice(`${org.name} has ${credits(balance)} credits.`);
  })];
});

/** @param {HTMLElement} place */
async function sessions(place) {
  const {items} = await get("/v1/admin/sessions?limit=200");
  place.append(items.length ? table("Live sessions", ["Session", "Organisation", "State", "Worker", "Since"], items.map((/** @type {any} */ one) => [
    h("span", {}, h("strong", {}, one.avatar_id ?? "a picture"), h("span", {className: "sub mono"}, one.room)), h("span", {className: "mono"}, one.org_id), one.state, h("span", {className: "mono"}, one.worker_id ?? "none"), when(one.joined_at ?? one.created_at)]))
    : empty("talk", "Nobody is in a room", "Sessions of all organisations appear here."));
}

/** @param {HTMLElement} place */
async function workers(place) {
  const rows = await get("/v1/admin/workers");
  place.append(rows.length ? table("Workers", ["Worker", "State", "Taken", "Engine", "Seen"], rows.map((/** @type {any} */ one) => [
    h("span", {className: "mono"}, one.id), h("span", {className: `badge ${one.state === "ready" ? "good" : "warn"}`}, one.state), {kind: "num", text: `${one.taken} of ${one.capacity}`}, one.engine, when(one.seen_at)]))
    : empty("admin", "No worker", "Nothing can carry sessions here at the moment."));
}

/** @param {HTMLElement} place */
async function prices(place) {
  const fill = async () => {
    const [rows, plans] = await Promise.all([get("/v1/prices"), get("/v1/plans").catch(() => [])]);
    place.replaceChildren(h("header", {className: "page-head"}, h("h2", {}, "A minute of a session"), button("New price", price, {kind: "small solid", icon: "create"})),
      table("Prices", ["Credits", "From"], rows.map((/** @type {any} */ one) => [credits(one.micro_credits), one.valid_from ? new Date(one.valid_from).toLocaleString() : "the beginning"])),
      h("header", {className: "page-head gap"}, h("h2", {}, "Plans"), button("New plan", plan, {kind: "small", icon: "create"})),
      plans.length ? table("Plans", ["Name", "Cents a month", "Credits", "At once", ""], plans.map((/** @type {any} */ one) => [h("strong", {}, one.name), {kind: "num", text: String(one.cents)}, credits(one.micro_credits), String(one.sessions || "as many as fit"),
        {kind: "end", text: button("Retire", () => confirm(`Offer ${one.name} no more?`, ["Who has it keeps it."], "Retire it", async () => {
          await ask("DELETE", `/v1/admin/plans/${one.id}`);
          await fill();
        }), {kind: "small"})}])) : h("p", {className: "dim"}, "None is offered."));
  };
  const price = () => dialog("A new price", (close) => {
    const amount = input({name: "micro_credits", type: "number", min: 0, step: "any", required: true, value: "1"}), from = input({name: "valid_from", type: "datetime-local"});
    return [form([field("Credits for a minute", amount), field("From", from, "Empty: from now on. What has passed keeps its price.")], "Set it", async () => {
      await post("/v1/admin/prices", {micro_credits: Math.round(Number(amount.value) * 1e6), valid_from: from.value ? new Date(from.value).toISOString() : null});
      close();
      await fill();
    })];
  });
  const plan = () => dialog("A new plan", (close) => {
    const name = input({name: "name", required: true, maxLength: 100}), number = (/** @type {string} */ key, value = "0") => input({name: key, type: "number", min: 0, required: true, value});
    const cents = number("cents"), given = number("micro_credits", "100"), many = number("sessions"), stripe = input({name: "stripe_price", placeholder: "price_…"});
    return [form([field("Name", name), field("Cents a month", cents), field("Credits each month", given), field("Sessions at once", many, "0: as many as fit."), field("Stripe's price", stripe, "Where it is paid by Stripe.")], "Offer it", async () => {
      await post("/v1/admin/plans", {name: name.value, cents: Number(cents.value), micro_credits: Math.round(Number(given.value) * 1e6), sessions: Number(many.value), stripe_price: stripe.value});
      close();
      await fill();
    })];
  });
  await fill();
}
