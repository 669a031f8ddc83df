// The studio: which page is shown, the navigation around it, who is logged in.

import {ask, entered, findMe, may, onEntered, who} from "./api.js";
import {$, h, icon, menu, notice} from "./parts.js";

/** @typedef {{path: string, name: string, symbol?: string, group?: string, open?: boolean, bare?: boolean,
 *   needs?: () => boolean, from: () => Promise<{default: Show}>}} Page */
/** @typedef {(root: HTMLElement, at: {params: string[], query: URLSearchParams}) => any} Show */

/** @type {Page[]} */
const PAGES = [
  {path: "/explore", name: "Explore", symbol: "explore", open: true, from: () => import("./pages/explore.js")},
  {path: "/create", name: "Create", symbol: "create", needs: () => may("avatars"), from: () => import("./pages/create.js")},
  {path: "/library", name: "Library", symbol: "library", from: () => import("./pages/library.js")},
  {path: "/developer", name: "API Keys", symbol: "key", group: "Developer", needs: () => may("secrets"), from: () => import("./pages/keys.js")},
  {path: "/embeds", name: "Embed", symbol: "globe", needs: () => may("sessions"), from: () => import("./pages/embeds.js")},
  {path: "/webhooks", name: "Webhooks", symbol: "webhook", needs: () => may("secrets"), from: () => import("./pages/webhooks.js")},
  {path: "/usage", name: "Usage", symbol: "usage", from: () => import("./pages/usage.js")},
  {path: "/billing", name: "Billing", symbol: "billing", group: "Organisation", needs: () => may("billing"), from: () => import("./pages/billing.js")},
  {path: "/audit", name: "Audit log", symbol: "lock", needs: () => may("members"), from: () => import("./pages/audit.js")},
  {path: "/account", name: "Account", symbol: "account", from: () => import("./pages/account.js")},
  {path: "/admin", name: "Admin", symbol: "admin", needs: () => may("admin"), from: () => import("./pages/admin.js")},
  {path: "/avatars/([^/]+)", name: "Avatar", open: true, from: () => import("./pages/avatar.js")},
  {path: "/log-in", name: "Log in", open: true, bare: true, from: () => import("./pages/enter.js")},
  {path: "/sign-up", name: "Sign up", open: true, bare: true, from: () => import("./pages/enter.js")},
];
const ON_A_PHONE = ["/explore", "/create", "/library", "/developer"];

/** @type {(() => void) | undefined} */
let leave;
let turn = 0;

/** @param {string} path */
const found = (path) => {
  for (const page of PAGES) {
    const match = new RegExp(`^${page.path}/?$`).exec(path === "/" ? "/explore" : path);
    if (match) return {page, params: match.slice(1).map(decodeURIComponent)};
  }
  return null;
};

const listed = () => PAGES.filter((page) => page.symbol && (page.open || (who.me && (page.needs?.() ?? true))));

/** Go to a page of the studio. @param {string} to @param {boolean} [instead] of the one that is shown */
export function go(to, instead = false) {
  history[instead ? "replaceState" : "pushState"](null, "", to);
  return show();
}

async function show() {
  const mine = ++turn, at = found(location.pathname), root = h("div", {className: "page"});
  leave?.();
  leave = undefined;
  document.querySelectorAll("dialog").forEach((one) => one.close());
  if (at && !at.page.open && !who.me) return go(`/log-in?next=${encodeURIComponent(location.pathname + location.search)}`, true);
  document.body.classList.toggle("bare", (at?.page.bare ?? false) || !who.me);
  document.body.classList.toggle("entering", at?.page.bare ?? false);
  document.title = at ? `${at.page.name} · Visavis` : "Visavis";
  around();
  const waiting = setTimeout(() => mine === turn && $("main").replaceChildren(h("div", {className: "loading", role: "status", "aria-label": "Loading"})), 250);
  try {
    if (!at || (who.me && at.page.needs && !at.page.needs())) throw new Error("This page is not for you, or is none.");
    const left = await (await at.page.from()).default(root, {params: at.params, query: new URLSearchParams(location.search)});
    if (mine !== turn) return left?.();
    leave = left;
  } catch (error) {
    if (mine !== turn) return;
    const {failed} = await import("./failed.js");
    root.replaceChildren(failed(/** @type {Error} */ (error), show));
  } finally {
    clearTimeout(waiting);
  }
  $("main").replaceChildren(root);
  scrollTo(0, 0);
}

function around() {
  const here = found(location.pathname)?.page;
  const entry = (/** @type {Page} */ page) => h("a", {href: page.path, ...(page === here ? {"aria-current": "page"} : {})}, icon(page.symbol ?? ""), page.name);
  $("side").replaceChildren(...listed().flatMap((page) => page.group ? [h("p", {className: "group"}, page.group), entry(page)] : [entry(page)]));
  const more = h("button", {type: "button"}, icon("menu"), "More");
  $("tabs").replaceChildren(
    ...listed().filter((page) => ON_A_PHONE.includes(page.path)).map(entry),
    ...(who.me ? [menu(more, () => listed().filter((page) => !ON_A_PHONE.includes(page.path)).map(entry), "up")] : []));
  $("top-right").replaceChildren(...corner());
}

function corner() {
  const {me} = who;
  if (!me) return document.body.classList.contains("entering") ? [] : [
    h("a", {className: "btn small plain", href: "/log-in"}, "Log in"), h("a", {className: "btn small solid", href: "/sign-up"}, "Sign up")];
  const org = me.organisations.find((one) => one.id === me.org_id);
  const opener = h("button", {type: "button", className: "me", "aria-label": `${me.name}: account and organisations`},
    h("span", {className: "initial", "aria-hidden": "true"}, me.name.charAt(0).toUpperCase()), h("span", {}, org?.name ?? me.name), icon("down"));
  opener.lastElementChild.classList.add("small");
  return [menu(opener, () => [
    h("div", {className: "who"}, h("strong", {}, me.name), h("span", {}, me.email)),
    ...me.organisations.filter((one) => one.id !== me.org_id).map((one) => {
      const change = h("button", {type: "button"}, icon("people"), one.name);
      change.addEventListener("click", () => ask("POST", "/v1/me/organisation", {org_id: one.id}).then(async () => {
        await findMe();
        notice(`You look at ${one.name} now.`);
        go("/library");
      }, notice));
      return change;
    }),
    h("a", {href: "/account"}, icon("account"), "Account"),
    logOut(),
  ])];
}

function logOut() {
  const out = h("button", {type: "button"}, icon("out"), "Log out");
  out.addEventListener("click", async () => {
    await ask("POST", "/v1/log-out").catch(() => undefined);
    entered(null);
    go("/explore");
  });
  return out;
}

addEventListener("popstate", show);
addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest?.("a[href]");
  if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (link.origin !== location.origin || link.target || link.download || link.hash || !found(link.pathname)) return;
  event.preventDefault();
  go(link.pathname + link.search).then(() => $("main").focus({preventScroll: true}));
});
onEntered(around);

findMe().then(show);
