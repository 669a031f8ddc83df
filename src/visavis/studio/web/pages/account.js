// Account: oneself, the password, browsers that are logged in; the organisation and its members.

import {ask, entered, findMe, get, may, post, who} from "../api.js";
import {go} from "../app.js";
import {when} from "../format.js";
import {alertBox, button, code, confirm, dialog, field, form, h, head, input, notice, select, table} from "../parts.js";

const ROLES = {owner: "Owner: everything", developer: "Developer: avatars, keys, sessions", billing: "Billing: usage and bills"};

/** @type {import("../app.js").Show} */
export default async function show(root) {
  const org = h("section", {className: "card"}), browsers = h("section", {className: "card"});
  await Promise.all([fillOrg(org), fillBrowsers(browsers)]);
  root.append(head("Account", `Logged in as ${who.me?.email}.`), h("div", {className: "stack"},
    h("div", {className: "cols"}, person(), password()), org, browsers, danger()));
}

function person() {
  const name = input({name: "name", value: who.me?.name, required: true, maxLength: 100, autocomplete: "name"});
  return h("section", {className: "card"}, h("header", {}, h("h2", {}, "You")), form([field("Name", name)], "Save", async () => {
    entered(await ask("PATCH", "/v1/me", {name: name.value}));
    notice("Saved.");
  }));
}

function password() {
  const old = input({type: "password", name: "old", required: true, autocomplete: "current-password"});
  const fresh = input({type: "password", name: "new", required: true, minLength: 10, maxLength: 200, autocomplete: "new-password"});
  return h("section", {className: "card"}, h("header", {}, h("h2", {}, "Password")),
    form([field("Password now", old), field("New password", fresh, "At least 10 characters. You log in again afterwards, everywhere.")], "Change the password", async () => {
      await post("/v1/me/password", {old: old.value, new: fresh.value});
      entered(null);
      await go("/log-in");
      notice("The password is changed. Log in with it.");
    }));
}

/** @param {HTMLElement} place */
async function fillBrowsers(place) {
  const rows = await get("/v1/me/log-ins");
  place.replaceChildren(h("header", {}, h("h2", {}, "Logged in"), button("Log out everywhere", async () => {
    await post("/v1/log-out-everywhere");
    entered(null);
    await go("/log-in");
  }, {kind: "small"})), table("Browsers that are logged in", ["Browser", "Last seen", "Since", ""], rows.map((/** @type {any} */ one) => [
    h("span", {}, browser(one.agent)), when(one.seen_at), when(one.created_at),
    {kind: "end", text: one.is_this ? h("span", {className: "badge good"}, "this one") : button("Log out", async () => {
      await ask("DELETE", `/v1/me/log-ins/${one.id}`);
      await fillBrowsers(place);
    }, {kind: "small"})},
  ])));
}

/** A browser's name from what it calls itself. @param {string} agent */
export function browser(agent) {
  const name = [["Edg/", "Edge"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]].find(([sign]) => agent.includes(sign));
  const on = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Mac OS", "macOS"], ["Windows", "Windows"], ["Linux", "Linux"]].find(([sign]) => agent.includes(sign));
  return name ? `${name[1]}${on ? ` on ${on[1]}` : ""}` : agent.slice(0, 40) || "unknown";
}

/** @param {HTMLElement} place */
async function fillOrg(place) {
  if (!who.me?.org_id) return place.replaceChildren(h("header", {}, h("h2", {}, "Organisation")), found());
  const owner = may("members");
  const [mine, members, open] = await Promise.all([get("/v1/organisation"), get("/v1/members"), owner ? get("/v1/invitations") : []]);
  const again = () => fillOrg(place);
  const change = (/** @type {any} */ member) => {
    const choice = select({owner: "Owner", developer: "Developer", billing: "Billing"}, member.role, {"aria-label": `Role of ${member.name}`});
    choice.classList.add("slim");
    choice.addEventListener("change", () => ask("PATCH", `/v1/members/${member.account_id}`, {role: choice.value}).then(() => notice(`${member.name} is ${choice.value} now.`), notice).then(again));
    return choice;
  };
  const out = (/** @type {any} */ member) => button(member.account_id === who.me?.account_id ? "Leave" : "Take out", () =>
    confirm(member.account_id === who.me?.account_id ? `Leave ${mine.name}?` : `Take ${member.name} out of ${mine.name}?`, ["Access ends at once."], "Yes", async () => {
      await ask("DELETE", `/v1/members/${member.account_id}`);
      await findMe();
      await (member.account_id === who.me?.account_id ? go("/explore") : again());
    }), {kind: "small"});
  place.replaceChildren(
    h("header", {}, h("div", {}, h("h2", {}, mine.name), h("p", {className: "dim"}, `Organisation · ${members.length} ${members.length === 1 ? "member" : "members"}`)),
      h("div", {className: "actions"}, ...(owner ? [button("Rename", () => rename(mine, again), {kind: "small"}), button("Invite", () => invite(again), {kind: "small solid", icon: "create"})] : []))),
    table("Members", ["Who", "Role", "Since", ""], [
      ...members.map((/** @type {any} */ one) => [h("span", {}, h("strong", {}, one.name), h("span", {className: "sub"}, one.email)),
        owner ? change(one) : one.role, when(one.since), {kind: "end", text: owner || one.account_id === who.me?.account_id ? out(one) : ""}]),
      ...open.map((/** @type {any} */ one) => [h("span", {}, one.email, h("span", {className: "sub"}, "invited")), one.role, `until ${when(one.expires_at)}`,
        {kind: "end", text: button("Take back", async () => {
          await ask("DELETE", `/v1/invitations/${one.id}`);
          await again();
        }, {kind: "small"})}]),
    ]));
}

function found() {
  const name = input({name: "name", required: true, maxLength: 100});
  return form([h("p", {className: "dim"}, "You are in no organisation. Make one, or ask to be invited."), field("Name", name)], "Make an organisation", async () => {
    const made = await post("/v1/organisations", {name: name.value});
    await post("/v1/me/organisation", {org_id: made.id});
    await findMe();
    await go("/account", true);
  });
}

/** @param {{name: string}} mine @param {() => any} again */
const rename = (mine, again) => dialog("Rename the organisation", (close) => {
  const name = input({name: "name", value: mine.name, required: true, maxLength: 100});
  return [form([field("Name", name)], "Rename", async () => {
    await ask("PATCH", "/v1/organisation", {name: name.value});
    close();
    await findMe();
    await again();
  })];
});

/** @param {() => any} again */
const invite = (again) => dialog("Invite somebody", (close) => {
  const email = input({type: "email", name: "email", required: true, maxLength: 254});
  const role = select(ROLES, "developer", {name: "role"});
  return [form([field("E-mail", email), field("Role", role)], "Make the invitation", async () => {
    const made = await post("/v1/invitations", {email: email.value, role: role.value});
    close();
    dialog("The invitation", (shut) => [alertBox(`Send this link to ${made.email}. It is shown this once, works once, and for a week.`, "info"), code(made.link, "Link"),
      h("footer", {}, button("Done", shut, {kind: "solid"}))], {broad: true});
    await again();
  })];
});

function danger() {
  const ask_ = (/** @type {string} */ title, /** @type {string} */ text, /** @type {string} */ path) => {
    const password = input({type: "password", name: "password", required: true, autocomplete: "current-password"});
    confirm(title, [text, field("Your password, to confirm", password)], "Delete for good", async () => {
      const {gone} = await post(path, {password: password.value});
      await findMe();
      await go("/explore");
      dialog("What is gone", (close) => [h("ul", {}, ...gone.map((/** @type {string} */ line) => h("li", {}, line))), h("footer", {}, button("Close", close))]);
    });
  };
  return h("section", {className: "card"}, h("header", {}, h("h2", {}, "Delete")),
    h("p", {className: "dim"}, "Deleting is real: rows and files go at once, and you see the list of what went."),
    h("div", {className: "line gap"},
      button("Delete my account", () => ask_("Delete your account?", "It goes with every organisation that nobody else is in: avatars, keys, usage. This cannot be undone.", "/v1/me/delete"), {kind: "danger"}),
      ...(may("members") ? [button("Delete this organisation", () => ask_("Delete this organisation?", "All its avatars, keys, usage and bills go, for all members. This cannot be undone.", "/v1/organisation/delete"), {kind: "danger"})] : [])));
}
