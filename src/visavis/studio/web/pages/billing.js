// Billing: the plan, credits, invoices.

import {ask, get, post} from "../api.js";
import {credits, money} from "../format.js";
import {button, confirm, dialog, empty, field, form, h, head, input, notice, table} from "../parts.js";

/** @type {import("../app.js").Show} */
export default async function show(root) {
  const [mine, plans, invoices, prices] = await Promise.all([get("/v1/billing"), get("/v1/plans"), get("/v1/invoices?limit=100"), get("/v1/prices")]);
  const again = () => import("../app.js").then(({go}) => go("/billing", true));
  const minute = prices.filter((/** @type {any} */ one) => !one.valid_from || Date.parse(one.valid_from) <= Date.now()).pop();
  const pay = (/** @type {any} */ body) => post("/v1/billing/checkout", body).then(({url}) => location.assign(url));
  const choose = async (/** @type {any} */ plan) => {
    if (mine.stripe && plan.cents) return pay({plan_id: plan.id});
    confirm(`Choose ${plan.name}?`, [plan.cents ? `${money(plan.cents, plan.currency)} a month, from now on. The invoice comes at the month's end.` : "It costs nothing."], "Choose it", async () => {
      await ask("PUT", "/v1/billing/plan", {plan_id: plan.id});
      notice(`${plan.name} it is.`);
      await again();
    });
  };
  const card = (/** @type {any} */ plan) => {
    const here = mine.plan?.id === plan.id;
    return h("section", {className: `card plan ${here ? "here" : ""}`}, h("h2", {}, plan.name),
      h("p", {className: "price"}, plan.cents ? money(plan.cents, plan.currency) : "Free", ...(plan.cents ? [h("small", {}, " a month")] : [])),
      h("ul", {}, h("li", {}, `${credits(plan.micro_credits)} credits each month`), h("li", {}, plan.sessions ? `${plan.sessions} ${plan.sessions === 1 ? "session" : "sessions"} at once` : "As many sessions as fit")),
      here ? h("span", {className: "badge good"}, `yours since ${new Date(mine.since).toLocaleDateString()}`) : button("Choose", () => choose(plan), {kind: mine.plan ? "" : "solid"}));
  };
  const buy = () => dialog("Buy credits", () => {
    const amount = input({name: "credits", type: "number", min: 1, max: 1000000, step: 1, required: true, value: "100"});
    return [form([field("Credits", amount)], "To the payment", () => pay({credits: Number(amount.value)}))];
  });
  root.append(head("Billing", minute ? `A minute of a session costs ${credits(minute.micro_credits)} ${minute.micro_credits === 1e6 ? "credit" : "credits"}.` : "",
    ...(mine.stripe ? [button("Buy credits", buy, {icon: "create", kind: "solid"}), button("Cards and subscriptions", () => post("/v1/billing/portal").then(({url}) => location.assign(url)))] : [])),
  h("dl", {className: "stats"}, h("div", {className: "stat"}, h("dt", {}, "Credits left"), h("dd", {}, credits(mine.balance))),
    h("div", {className: "stat"}, h("dt", {}, "Plan"), h("dd", {}, mine.plan?.name ?? "none"))),
  h("div", {className: "stack"},
    plans.length ? h("div", {className: "plans"}, ...plans.map(card)) : h("section", {className: "card"}, h("h2", {}, "Plans"), h("p", {className: "dim"}, "This cloud offers no plans. Ask its operator for credits.")),
    ...(mine.plan ? [h("p", {className: "dim"}, button("Give the plan up", () => confirm(`Give ${mine.plan.name} up?`, ["What is left of its credits stays yours."], "Give it up", async () => {
      await ask("PUT", "/v1/billing/plan", {plan_id: null});
      await again();
    }), {kind: "small"}))] : []),
    h("section", {className: "card"}, h("header", {}, h("h2", {}, "Invoices")), invoices.items.length ? table("Invoices", ["Number", "Month", "Amount", "State", ""], invoices.items.map((/** @type {any} */ one) => [
      h("strong", {}, one.number), one.month, {kind: "num", text: money(one.cents, one.currency)}, h("span", {className: `badge ${one.state === "paid" ? "good" : "warn"}`}, one.state),
      {kind: "end", text: button("Lines", () => lines(one), {kind: "small"})}])) : empty("billing", "No invoice yet", "One is made at the end of each month that something was due."))));
}

/** @param {any} invoice */
const lines = (invoice) => dialog(`Invoice ${invoice.number}`, (close) => [
  table("Lines", ["What", "Amount"], [...invoice.lines.map((/** @type {any} */ line) => [line.what, {kind: "num end", text: money(line.cents ?? 0, invoice.currency)}]),
    [h("strong", {}, "In all"), {kind: "num end", text: h("strong", {}, money(invoice.cents, invoice.currency))}]]),
  h("footer", {}, button("Close", close))], {broad: true});
