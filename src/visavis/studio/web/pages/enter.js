// Log in, sign up, accept an invitation.

import {entered, findMe, get, post, who} from "../api.js";
import {go} from "../app.js";
import {alive} from "./avatar.js";
import {field, form, h, input} from "../parts.js";

/** @param {string | null} next only ever a page of ours */
const safe = (next) => next && /^\/(?!\/)/.test(next) && !next.includes("\\") ? next : "/explore";

/** @type {import("../app.js").Show} */
export default function show(root, {query}) {
  const token = query.get("invitation"), setup = query.get("setup"), next = safe(query.get("next"));
  if (who.me && token) return accept(root, token);
  const fresh = location.pathname !== "/log-in";
  document.title = fresh ? "Sign up · Visavis" : "Log in · Visavis";
  const email = input({type: "email", name: "email", autocomplete: "username", required: true, maxLength: 254});
  const password = input({type: "password", name: "password", required: true, maxLength: 200, autocomplete: fresh ? "new-password" : "current-password"});
  const name = input({name: "name", autocomplete: "name", required: true, maxLength: 100});
  const organisation = input({name: "organisation", autocomplete: "organization", maxLength: 100});
  if (fresh) password.minLength = 10;
  const done = (/** @type {any} */ me) => {
    document.documentElement.dataset.logIn = "perhaps";
    entered(me);
    return go(next, true);
  };
  const parts = fresh
    ? [field("Your name", name), field("E-mail", email), field("Password", password, "At least 10 characters; a sentence is good."),
      ...(token ? [] : [field("Organisation", organisation, "Optional. Others can join it later.")])]
    : [field("E-mail", email), field("Password", password)];
  const made = form(parts, fresh ? (setup ? "Make the administrator" : "Sign up") : "Log in", async () => {
    if (!fresh) return done(await post("/v1/log-in", {email: email.value, password: password.value}));
    done(await post("/v1/sign-up", {
      name: name.value, email: email.value, password: password.value, organisation: organisation.value.trim() || null,
      setup, invitation: token,
    }));
  }, {kind: "wide"});
  const keep = location.search;
  root.className = "page enter";
  root.append(h("div", {className: "enter-box"},
    h("h1", {}, setup ? "Welcome. Let us begin." : token ? "You are invited" : fresh ? "Give your agent a face" : "Welcome back"),
    h("p", {className: "lead"}, setup ? "The first account operates this cloud: it sees the Admin page and lets others in."
      : token ? "Make an account to join, with the e-mail address the invitation was sent to."
      : fresh ? "An account holds your avatars, API keys and usage." : "Log in to your avatars, keys and usage."),
    made,
    h("p", {className: "dim other"}, fresh ? "There is an account already? " : "No account yet? ",
      h("a", {href: (fresh ? "/log-in" : "/sign-up") + (token ? `?next=${encodeURIComponent(`/sign-up${keep}`)}` : "")}, fresh ? "Log in" : "Sign up"))));
  requestAnimationFrame(() => (fresh ? name : email).focus());
  return company(root);
}

/** Somebody from the gallery beside the form, where there is room. @param {HTMLElement} root */
function company(root) {
  if (!matchMedia("(min-width: 980px)").matches) return undefined;
  let over = false, stop = () => undefined;
  get("/v1/gallery?limit=8").then(({items}) => {
    if (over || !items.length) return;
    const one = items[Math.floor(Math.random() * items.length)];
    const box = h("div", {className: "picture big company"}, h("img", {src: one.preview, alt: ""}));
    root.append(box);
    stop = alive(box, one).stop;
  }).catch(() => undefined);
  return () => {
    over = true;
    stop();
  };
}

/** @param {HTMLElement} root @param {string} token */
function accept(root, token) {
  root.className = "page enter";
  root.append(h("div", {className: "enter-box"}, h("h1", {}, "You are invited"),
    h("p", {className: "lead"}, `Join as ${who.me?.email}?`),
    form([], "Join", async () => {
      await post("/v1/invitations/accept", {token});
      await findMe();
      await go("/library", true);
    }, {kind: "wide"})));
}
