// Usage: a month by day, by key, by avatar; what is live now; the budget.

import {ask, get, may, post} from "../api.js";
import {bars} from "../chart.js";
import {credits, minutes} from "../format.js";
import {button, dialog, empty, field, form, h, head, input, link, notice, table, tool} from "../parts.js";

const REFRESH_MS = 4000;

/** @param {string} month "2026-01" @param {number} by */
function shifted(month, by) {
  const [year, number] = month.split("-").map(Number), moved = new Date(Date.UTC(year, number - 1 + by, 1));
  return moved.toISOString().slice(0, 7);
}
/** @param {string} month */
const named = (month) => new Date(`${month}-15T00:00:00Z`).toLocaleDateString(undefined, {month: "long", year: "numeric", timeZone: "UTC"});

/** @type {import("../app.js").Show} */
export default async function show(root, {query}) {
  const now = new Date().toISOString().slice(0, 7), asked = query.get("month") ?? now;
  const month = /^\d{4}-\d\d$/.test(asked) ? asked : now;
  const used = h("div", {}), live = h("section", {className: "card"}), budget = h("section", {className: "card"});
  const names = await get("/v1/avatars?limit=200").then((page) => new Map(page.items.map((/** @type {any} */ one) => [one.id, one.name])), () => new Map());
  let timer = 0, here = true;
  const refresh = async () => {
    try {
      await Promise.all([fillUsed(used, month), fillLive(live, names, refresh)]);
    } catch (error) {
      notice(error);
    }
    clearTimeout(timer);
    if (here && month === now) timer = window.setTimeout(refresh, document.hidden ? 10 * REFRESH_MS : REFRESH_MS);
  };
  const csv = h("a", {className: "btn", href: `/v1/usage.csv?month=${month}`, download: `visavis-${month}.csv`}, "CSV");
  root.append(head("Usage", "Every session's time, entered as it passes, to the second.",
    h("div", {className: "line months"}, link(`/usage?month=${shifted(month, -1)}`, "‹", {kind: "small"}), h("strong", {"aria-live": "polite"}, named(month)),
      ...(month < now ? [link(`/usage?month=${shifted(month, 1)}`, "›", {kind: "small"})] : [])), csv),
  used, h("div", {className: "stack gap"}, live, budget));
  root.querySelector(".months a")?.setAttribute("aria-label", "The month before");
  root.querySelectorAll(".months a")[1]?.setAttribute("aria-label", "The next month");
  await Promise.all([refresh(), fillBudget(budget)]);
  return () => {
    here = false;
    clearTimeout(timer);
  };
}

/** @param {HTMLElement} place @param {string} month */
async function fillUsed(place, month) {
  const all = await get(`/v1/usage?month=${month}`);
  const [year, number] = month.split("-").map(Number), count = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const days = new Map(all.days.map((/** @type {any} */ day) => [day.id, day]));
  const list = Array.from({length: count}, (_, i) => {
    const id = `${month}-${String(i + 1).padStart(2, "0")}`;
    return {name: String(i + 1), title: id, value: days.get(id)?.seconds ?? 0};
  });
  const stat = (/** @type {string} */ name, /** @type {string} */ value, unit = "") => h("div", {className: "stat"}, h("dt", {}, name), h("dd", {}, value, ...(unit ? [" ", h("small", {}, unit)] : [])));
  const parts = (/** @type {string} */ title, /** @type {any[]} */ rows, /** @type {string} */ none) => h("section", {className: "card"}, h("header", {}, h("h2", {}, title)),
    rows.length ? table(title, ["Name", "Sessions", "Time", "Credits"], rows.map((one) => [h("span", {}, one.name || one.id || none), {kind: "num", text: String(one.sessions)}, {kind: "num", text: minutes(one.seconds)}, {kind: "num end", text: credits(one.micro_credits)}]))
      : h("p", {className: "dim"}, "Nothing yet."));
  place.replaceChildren(
    h("dl", {className: "stats"}, stat("Session time", ...minutes(all.seconds).split(" ")), stat("Sessions", all.sessions.toLocaleString()),
      stat("Credits spent", credits(all.micro_credits)), stat("Credits left", credits(all.balance))),
    h("div", {className: "stack"}, h("section", {className: "card"}, h("header", {}, h("h2", {}, "By day")), bars(`Session time by day, ${named(month)}`, list, minutes, Math.max(...list.map((day) => day.value)) >= 3600 ? 3600 : 60)),
      h("div", {className: "cols"}, parts("By key", all.secrets, "in the studio"), parts("By avatar", all.avatars, "a picture"))));
}

/** @param {HTMLElement} place @param {Map<string, string>} names @param {() => any} again */
async function fillLive(place, names, again) {
  if (place.contains(document.activeElement) && place.childElementCount) return; // somebody is using it
  const {items} = await get("/v1/sessions?state=open&limit=100");
  const since = (/** @type {any} */ one) => one.joined_at ? minutes((Date.now() - Date.parse(one.joined_at)) / 1000) : one.state;
  place.replaceChildren(h("header", {}, h("h2", {}, "Live now"), h("span", {className: `badge ${items.length ? "good" : ""}`}, `${items.length} ${items.length === 1 ? "session" : "sessions"}`)),
    items.length ? table("Live sessions", ["Avatar", "Room", "State", "Since", ""], items.map((/** @type {any} */ one) => [
      h("strong", {}, names.get(one.avatar_id) ?? one.avatar_id ?? "a picture"), h("span", {className: "mono"}, one.room), one.state, {kind: "num", text: since(one)},
      {kind: "end", text: may("sessions") ? h("span", {className: "line", role: "group"}, tool("talk", "Let it say something", () => say(one)), button("Stop", async () => {
        await post(`/v1/sessions/${one.id}/stop`);
        notice("It has left the room.");
        /** @type {HTMLElement} */ (document.activeElement)?.blur();
        await again();
      }, {kind: "small danger"})) : ""},
    ])) : empty("talk", "Nobody is in a room", "Sessions that your agents launch appear here while they run.", link("/developer", "Use an avatar in an agent", {kind: "small"})));
}

/** @param {any} session */
const say = (session) => dialog("Let it say something", (close) => {
  const text = input({name: "text", required: true, maxLength: 2000});
  return [form([field("What it says, with the offline voice", text)], "Say it", async () => {
    await post(`/v1/sessions/${session.id}/say`, {text: text.value});
    close();
  })];
});

/** @param {HTMLElement} place */
async function fillBudget(place) {
  const {soft, hard, spent} = await get("/v1/budget");
  const share = hard ? Math.min(spent / hard, 1) : 0, bar = h("i", {});
  bar.style.transform = `scaleX(${share})`;
  const change = () => dialog("The month's budget", (close) => {
    const amount = (/** @type {number | null} */ value) => value === null ? "" : String(value / 1e6);
    const tell = input({name: "soft", type: "number", min: 0, step: "any", value: amount(soft), inputMode: "decimal"});
    const end = input({name: "hard", type: "number", min: 0, step: "any", value: amount(hard), inputMode: "decimal"});
    const micro = (/** @type {string} */ text) => text.trim() ? Math.round(Number(text) * 1e6) : null;
    return [form([field("Tell us at, credits", tell, "Sends the event budget.reached to your webhooks. Empty: never."), field("Stop at, credits", end, "No session is launched beyond it. Empty: no limit.")], "Save", async () => {
      await ask("PUT", "/v1/budget", {soft: micro(tell.value), hard: micro(end.value)});
      close();
      await fillBudget(place);
    })];
  });
  place.replaceChildren(h("header", {}, h("h2", {}, "Budget of this month"), ...(may("billing") ? [button("Change", change, {kind: "small"})] : [])),
    h("p", {className: "dim"}, `${credits(spent)} credits spent`, hard === null ? "; no limit is set." : ` of ${credits(hard)}.`, soft === null ? "" : ` You are told at ${credits(soft)}.`),
    ...(hard === null ? [] : [h("div", {className: "bar gap", role: "progressbar", "aria-label": "Spent of the budget", "aria-valuenow": Math.round(100 * share), "aria-valuemin": 0, "aria-valuemax": 100}, bar)]));
}
