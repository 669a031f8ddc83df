// What one does with an avatar, wherever it is shown: rename, show to others, copy, download, delete.

import {ask, may, post} from "./api.js";
import {go} from "./app.js";
import {button, confirm, dialog, field, form, h, input, notice, radios} from "./parts.js";

export const SEEN_BY = {
  private: {label: "Private", hint: "Only your organisation.", icon: "lock"},
  unlisted: {label: "Unlisted", hint: "Whoever knows its id may look at it, use it and download it.", icon: "link"},
  public: {label: "Public", hint: "In the gallery: everybody may find it, use it and download it.", icon: "globe"},
};
export const CONSENT = {
  own_likeness: {label: "It is me", hint: "I agree that my likeness is used."},
  written_consent: {label: "Somebody who agreed", hint: "The person shown agreed in writing."},
  public_licence: {label: "A picture with a licence", hint: "Its licence allows this use; name it below."},
  no_person: {label: "Nobody real", hint: "A drawing, an animal, a made-up face."},
};

/** @param {string} [value] */
export const visibility = (value = "private") => radios("Who sees it", "visibility",
  Object.entries(SEEN_BY).map(([key, one]) => ({value: key, ...one})), value);

/** @param {string} text */
export const tagsOf = (text) => text.split(",").map((tag) => tag.trim().toLowerCase()).filter(Boolean);

/** Whether an avatar is the organisation's own, by the address of its file. @param {any} avatar */
export const isOwn = (avatar) => avatar.file.startsWith("/v1/avatars/");

/** @param {any} avatar @param {(changed: any) => any} then */
export const edit = (avatar, then) => dialog(`Edit ${avatar.name}`, (close) => {
  const name = input({name: "name", value: avatar.name, required: true, maxLength: 100});
  const about = h("textarea", {className: "in", name: "description", value: avatar.description, maxLength: 5000, rows: 3});
  const tags = input({name: "tags", value: avatar.tags.join(", "), placeholder: "friendly, teacher"});
  const seen = visibility(avatar.visibility);
  return [form([field("Name", name), field("Description", about), field("Tags", tags, "With commas between. “woman” and “man” choose the voice it tries out."), seen.box], "Save", async () => {
    const changed = await ask("PATCH", `/v1/avatars/${avatar.id}`, {name: name.value, description: about.value, tags: tagsOf(tags.value), visibility: seen.value});
    close();
    notice("Saved.");
    await then(changed);
  })];
});

/** @param {any} avatar */
export const clone = (avatar) => dialog(`Copy ${avatar.name}`, (close) => {
  const name = input({name: "name", value: isOwn(avatar) ? `${avatar.name} II` : avatar.name, required: true, maxLength: 100});
  return [h("p", {className: "dim"}, "The copy is yours, private at first, and stays when the first one goes."),
    form([field("Name of the copy", name)], "Copy it", async () => {
      const made = await post(`/v1/avatars/${avatar.id}/clone`, {name: name.value});
      close();
      await go(`/avatars/${made.id}`);
      notice(`${made.name} is in your library.`);
    })];
});

/** @param {any} avatar @param {() => any} then */
export const remove = (avatar, then) => confirm(`Delete ${avatar.name}?`, [
  "Its file, its picture and everything about it go, for good. Agents that use it are refused from then on.",
], "Delete for good", async () => {
  const {gone} = await ask("DELETE", `/v1/avatars/${avatar.id}`);
  await then();
  dialog("What is gone", (close) => [
    h("ul", {className: "gone"}, ...gone.map((/** @type {string} */ line) => h("li", {}, line))),
    h("footer", {}, button("Close", close, {kind: "solid"}))]);
});

/** @param {any} avatar */
export function download(avatar) {
  const link = h("a", {href: avatar.file, download: `${avatar.name}.imx`});
  document.body.append(link);
  link.click();
  link.remove();
}

export const mayMake = () => may("avatars");
