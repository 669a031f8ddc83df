// Organisation → Audit log: what members and keys have changed, for its owners.

import {all, get} from "../api.js";
import {log} from "../auditing.js";
import {h, head} from "../parts.js";

/** @type {import("../app.js").Show} */
export default async function show(root) {
  const [members, keys] = await Promise.all([get("/v1/members"), all("/v1/secrets").catch(() => [])]);
  const names = new Map([...members.map((/** @type {any} */ one) => [one.account_id, one.name]), ...keys.map((/** @type {any} */ one) => [one.id, `key ${one.name}`])]);
  const place = h("section", {className: "card"});
  await log(place, "/v1/audit", (actor) => names.get(actor) ?? actor);
  root.append(head("Audit log", "Who changed what in this organisation, from where, and when. Nothing in it can be changed."), place);
}
