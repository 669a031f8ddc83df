// The cloud's API as the pages use it: who is logged in, requests, refusals.

/** @typedef {{account_id: string, email: string, name: string, is_admin: boolean, org_id: string,
 *   role: string | null, rights: string[], organisations: {id: string, name: string, role: string}[],
 *   csrf: string}} Me */

/** A request that was refused; `message` is for people. */
export class Refused extends Error {
  /** @param {number} status @param {any} said problem+json, or what was instead of it */
  constructor(status, said) {
    const detail = typeof said?.detail === "string" ? said.detail : `The server answers ${status}.`;
    super(said?.todo && status !== 422 ? `${detail} ${said.todo}` : detail);
    this.status = status;
    this.code = said?.code ?? "";
    /** @type {{where: string, why: string}[]} */
    this.fields = said?.fields ?? [];
    this.said = said;
  }
}

/** Who is logged in. @type {{me: Me | null}} */
export const who = {me: null};

/** Whether somebody may. @param {string} right */
export const may = (right) => who.me?.rights.includes(right) ?? false;

const CHANGES = "visavis:me";

/** @param {Me | null} me */
export function entered(me) {
  who.me = me;
  dispatchEvent(new Event(CHANGES));
}

/** @param {() => void} what */
export const onEntered = (what) => addEventListener(CHANGES, what);

/**
 * Ask the API.
 * @param {string} method
 * @param {string} path from /v1 on
 * @param {any} [body] an object, sent as JSON; or FormData
 * @param {{signal?: AbortSignal, keep?: boolean}} [more]
 * @returns {Promise<any>} what it answers; null for nothing
 * @throws {Refused}
 */
export async function ask(method, path, body, more = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (method !== "GET" && who.me) headers["X-CSRF-Token"] = who.me.csrf;
  const form = body instanceof FormData || body instanceof Blob;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method, headers, signal: more.signal, keepalive: more.keep,
      body: body === undefined ? undefined : form ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (more.signal?.aborted) throw error;
    throw new Refused(0, {detail: "The server does not answer. Are you online?"});
  }
  if (response.status === 204) return null;
  const said = await response.json().catch(() => null);
  if (response.ok) return said;
  if (response.status === 401 && who.me) entered(null);
  throw new Refused(response.status, said);
}

/** @param {string} path @param {AbortSignal} [signal] */
export const get = (path, signal) => ask("GET", path, undefined, {signal});
/** @param {string} path @param {any} [body] */
export const post = (path, body) => ask("POST", path, body);

/**
 * Everything of a list that comes in pages, up to a number.
 * @param {string} path
 * @param {number} [most]
 * @returns {Promise<any[]>}
 */
export async function all(path, most = 500) {
  const found = [];
  let cursor = "";
  do {
    const page = await get(path + (path.includes("?") ? "&" : "?") + "limit=100" + (cursor && `&cursor=${encodeURIComponent(cursor)}`));
    if (Array.isArray(page)) return page;
    found.push(...page.items);
    cursor = page.next;
  } while (cursor && found.length < most);
  return found;
}

/** Find out who is logged in. @returns {Promise<void>} */
export async function findMe() {
  if (!document.documentElement.dataset.logIn) return entered(null);
  try {
    entered(await get("/v1/me"));
  } catch {
    entered(null);
  }
}
