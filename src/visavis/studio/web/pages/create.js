// Create: a picture, the face found in it, what is said about it; then an avatar, seconds later.

import {ask, get} from "../api.js";
import {CONSENT, remove, visibility} from "../avatars.js";
import {go} from "../app.js";
import {takePicture} from "../camera.js";
import {editor} from "../landmarks.js";
import {alive} from "./avatar.js";
import {alertBox, button, field, form, h, head, icon, input, link, notice, radios} from "../parts.js";

const LEAD = "A photo or a drawing is enough. Seconds later it speaks.";

/** @type {import("../app.js").Show} */
export default async function show(root, {query}) {
  /** @type {(() => void) | undefined} */
  let leave;
  let here = true;
  const stage = h("div", {className: "stage"});
  root.append(head("Create", LEAD), stage);
  const put = (/** @type {(HTMLElement)[]} */ ...content) => {
    leave?.();
    leave = undefined;
    stage.replaceChildren(...content);
  };

  const begin = () => put(...chooser((file) => look(file)));

  /** @param {File} file */
  async function look(file) {
    if (/\.imx$/i.test(file.name)) return details(file, null);
    const waiting = h("div", {className: "found looking"}, h("p", {role: "status"}, "Looking for a face …"));
    const local = URL.createObjectURL(file), seen = h("img", {src: local, alt: ""});
    seen.addEventListener("error", () => seen.remove());
    waiting.prepend(seen);
    put(h("div", {className: "making"}, waiting));
    try {
      const found = await ask("POST", "/v1/studio/faces", new Blob([file], {type: "application/octet-stream"}));
      if (here) details(file, found);
    } catch (error) {
      notice(error);
      if (here) begin();
    } finally {
      URL.revokeObjectURL(local);
    }
  }

  /** @param {File} file @param {any} found faces and points; null for an .imx file */
  function details(file, found) {
    let face = 0, edits = null;
    const left = h("div", {className: "left"});
    const byHand = found && button("Place the points by hand", () => {
      edits = edits ? null : editor({picture: found.picture, points: structuredClone(found.points)});
      fill();
    }, {kind: "small"});
    const fill = () => {
      if (!found) return left.replaceChildren(h("div", {className: "found plain"}, icon("library"), h("p", {}, file.name)));
      byHand.textContent = edits ? "Let the face be found" : "Place the points by hand";
      const several = found.faces.length > 1;
      left.replaceChildren(...(edits ? [edits.box] : [picture()]), h("div", {className: "line below"},
        h("p", {className: "dim"}, edits ? "Drag the points onto eyes, brows, nose, mouth and outline; + moves all of a part. Left and right are the character's own."
          : several ? "Several faces: choose one." : found.faces.length ? "This face was found." : "No face was found. If there is one, place its points by hand."), byHand, button("Another picture", begin, {kind: "small"})));
      if (!found.faces.length && !edits) left.insertBefore(alertBox("No face was found here. For drawings and animals, say where it is: place the points by hand."), left.lastChild);
    };
    const picture = () => h("div", {className: "found"}, h("img", {src: found.picture, alt: "The picture"}),
      ...found.faces.map(([x, y, w, height], /** @type {number} */ i) => {
        const mark = h("button", {type: "button", className: "face-mark", "aria-pressed": String(i === face), "aria-label": found.faces.length > 1 ? `Face ${i + 1}` : "The face found"});
        for (const [side, value] of [["left", x], ["top", y], ["width", w], ["height", height]]) mark.style[/** @type {any} */ (side)] = `${100 * value}%`;
        mark.addEventListener("click", () => {
          face = i;
          fill();
        });
        return mark;
      }));
    if (found && !found.faces.length) edits = null;
    const title = file.name.replace(/\.[^.]+$/, "").replace(/[_-]+/g, " ").trim();
    const name = input({name: "name", required: true, maxLength: 100, value: /^(img|dsc|image|photo|\d)/i.test(title) ? "" : title.charAt(0).toUpperCase() + title.slice(1)});
    const consent = radios("Whose likeness is it?", "consent", Object.entries(CONSENT).map(([value, one]) => ({value, ...one})));
    const licence = input({name: "licence", maxLength: 500, placeholder: "CC0, CC BY 4.0, my own …"});
    const note = input({name: "consent_note", maxLength: 500, placeholder: "Who agreed, when; or where the picture is from"});
    const tags = input({name: "tags", placeholder: "friendly, teacher"});
    const seen = visibility();
    const more = h("details", {}, h("summary", {}, "Licence, tags, who sees it"), h("div", {className: "form gap"},
      field("Licence of the picture", licence), field("Note", note), field("Tags", tags, "With commas between. “woman” and “man” choose the voice it tries out."), seen.box));
    consent.box.addEventListener("change", () => {
      licence.required = consent.value === "public_licence";
      if (licence.required) more.open = true;
    });
    fill();
    put(h("div", {className: "making"}, left, form([field("Name", name), consent.box, more], "Make the avatar", async () => {
      const body = new FormData();
      body.set("file", file);
      for (const [key, value] of Object.entries({name: name.value, consent: consent.value, consent_note: note.value, licence: licence.value, tags: tags.value, visibility: seen.value})) body.set(key, value);
      if (edits) body.set("landmarks", JSON.stringify({...edits.points, kind: consent.value === "no_person" ? "drawn" : "photo"}));
      else body.set("face", String(face + 1));
      const {avatar, job} = await ask("POST", "/v1/avatars/upload", body);
      history.replaceState(null, "", `/create?avatar=${avatar.id}`);
      await wait(avatar, job.id, found?.picture);
    })));
  }

  /** @param {any} avatar @param {string} job @param {string} [picture] */
  async function wait(avatar, job, picture) {
    const bar = h("i", {}), step = h("p", {role: "status"}, "Waiting for its turn");
    const track = h("div", {className: "bar", role: "progressbar", "aria-label": "Progress", "aria-valuemin": 0, "aria-valuemax": 100}, bar);
    put(h("div", {className: "making-of"}, h("div", {className: "found looking"}, ...(picture ? [h("img", {src: picture, alt: ""})] : [])), h("h2", {}, `${avatar.name} is being made`), track, step));
    while (here) {
      const {state, step: doing, progress, error, result} = await get(`/v1/jobs/${job}`);
      if (!here) return;
      bar.style.transform = `scaleX(${Math.max(progress, 0.02)})`;
      track.setAttribute("aria-valuenow", String(Math.round(100 * progress)));
      if (doing) step.textContent = doing.charAt(0).toUpperCase() + doing.slice(1);
      if (state === "done") return made(await get(`/v1/avatars/${avatar.id}`), result.warnings ?? []);
      if (state === "failed") return failed(avatar, error);
      await new Promise((over) => setTimeout(over, 350));
    }
  }

  /** @param {any} avatar @param {string[]} warnings */
  function made(avatar, warnings) {
    const box = h("div", {className: "picture big"}, h("img", {src: avatar.preview, alt: ""}));
    const {face, stop} = alive(box, avatar);
    put(h("div", {className: "made"}, box, h("div", {className: "about"}, h("h1", {}, `Meet ${avatar.name}.`),
      h("p", {className: "lead"}, "Alive and yours. Say hello, or talk."),
      h("div", {className: "actions"}, link(`/talk/${avatar.id}`, "Talk", {icon: "talk", kind: "solid"}), button("Say hello", face, {icon: "sound"})),
      h("div", {className: "actions"}, link(`/avatars/${avatar.id}`, "Its page", {icon: "library"}), link("/developer", "Use it in an agent", {icon: "key"}),
        button("Make another", () => go("/create"), {icon: "create"})),
      ...(warnings.length ? [h("div", {className: "tips"}, h("h3", {}, "It could be better still"), h("ul", {}, ...warnings.map((text) => h("li", {}, text))))] : []))));
    leave = stop;
    face().catch(() => undefined);
  }

  /** @param {any} avatar @param {string} error */
  const failed = (avatar, error) => put(h("div", {className: "card failure"}, h("h2", {}, `${avatar.name} could not be made`), alertBox(error),
    h("div", {className: "actions gap"}, button("Try another picture", () => {
      ask("DELETE", `/v1/avatars/${avatar.id}`).catch(() => undefined);
      go("/create", true);
    }, {kind: "solid", icon: "refresh"}), button("Delete it", () => remove(avatar, () => go("/library")), {kind: "danger"}))));

  const id = query.get("avatar");
  if (!id) begin();
  else {
    const [avatar, jobs] = await Promise.all([get(`/v1/avatars/${encodeURIComponent(id)}`), get("/v1/jobs?limit=200")]);
    const job = jobs.items.find((/** @type {any} */ one) => one.avatar_id === id);
    if (avatar.status === "ready") made(avatar, []);
    else if (job && job.state === "failed") failed(avatar, job.error);
    else if (job) wait(avatar, job.id);
    else begin();
  }
  return () => {
    here = false;
    leave?.();
  };
}

/** @param {(file: File) => any} then @returns {HTMLElement[]} */
function chooser(then) {
  const file = h("input", {type: "file", accept: "image/*,.heic,.imx", className: "name", id: "file", tabIndex: -1});
  const choose = button("Choose a picture", () => file.click(), {icon: "upload", kind: "solid"});
  const drop = h("div", {className: "drop"}, icon("upload"), h("h2", {}, "Drop a photo or a drawing here"), h("p", {className: "dim"}, "JPEG, PNG, WebP, HEIC, up to 20 MB. Or an .imx file."),
    h("div", {className: "actions"}, choose, button("Take one", async () => {
      const taken = await takePicture();
      if (taken) await then(taken);
    }, {icon: "camera"})), h("label", {className: "name", htmlFor: "file"}, "A picture"), file);
  file.addEventListener("change", () => file.files[0] && then(file.files[0]));
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (/** @type {Event} */ event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    const given = event.dataTransfer?.files[0];
    if (given) then(given);
  });
  const hint = (/** @type {string} */ title, /** @type {string} */ text) => h("li", {}, h("strong", {}, title), h("span", {className: "dim"}, text));
  return [h("div", {className: "choosing"}, drop, h("ul", {className: "hints"},
    hint("Into the camera", "Turned by up to 35° works; profiles do not."),
    hint("Mouth shut, at ease", "A smile with teeth works, too."),
    hint("Head and shoulders", "With some room around; 600 pixels of face are best."),
    hint("Only with consent", "Yourself, somebody who agreed, or nobody real.")))];
}
