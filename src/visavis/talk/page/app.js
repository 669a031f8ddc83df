// The page: brings connection, microphone, captions and buttons together.

import { Captions } from "./captions.js";
import { $, face, make, notice, panel, remembered, sentence } from "./dom.js";
import { canDraw, Drawn } from "./drawn.js";
import { Figures } from "./figures.js";
import { Link, post, site } from "./link.js";
import { Microphone } from "./microphone.js";

/** @typedef {{key: string, name: string, tint: string, poster?: string}} Member */

/** @param {Member} member */
const poster = (member) => member.poster ?? `${site.api}/cast/${member.key}.webp`;

const DOING = {
  live: "Here for you", listening: "Listening", hearing: "Understanding", thinking: "Thinking",
  speaking: "Speaking",
};
const IDEAS = {
  repeat: [
    "Hello! Nice to meet you.",
    "Peter Piper picked a peck of pickled peppers.",
    "Sound in, a face out.",
  ],
  answers: ["Who are you?", "Tell me something surprising.", "What can we do together?"],
};
const LABELS = { nod: "Nod", shake: "Shake head", smile: "Smile", laugh: "Laugh", surprised: "Gasp", think: "Think" };

const video = /** @type {HTMLVideoElement} */ ($("face"));
const filmed = new Link(video), drawn = new Drawn($("drawn"));
/** The character as video, or drawn here. @type {Link | Drawn} */
let link = filmed;
const captions = new Captions($("captions"));
const figures = new Figures($("figures"), link);
const microphone = new Microphone($("microphone"), link, update);
const input = /** @type {HTMLInputElement} */ ($("text"));

const state = {
  /** @type {Member[]} */ cast: [],
  character: "",
  photos: false,
  name: "",
  answers: false,
  hears: true,
  doing: "live",
  listening: false,
  wantsSound: true,
  tries: 0,
  last: "",
};

// Connecting

const { back } = document.documentElement.dataset;
if (back) Object.assign($("back"), { href: back, hidden: false });

async function begin() {
  try {
    const response = await fetch(`${site.api}/cast`);
    const found = await response.json();
    if (response.status === 401 && site.logIn) return location.replace(site.logIn);
    if (!response.ok) return lost(found.detail ?? "The server refuses.");
    site.headers = found.headers ?? {};
    state.cast = found.cast;
    state.photos = found.photos;
    choose(found);
    const wanted = location.hash.slice(1);
    if (wanted.startsWith("photo-")) { // of this visitor's own making, which no list shows
      const own = await fetch(`${site.api}/cast/${wanted}`);
      if (own.ok) state.cast.push(await own.json());
    }
    state.character = state.cast.some((m) => m.key === wanted) ? wanted : found.first;
  } catch {
    return lost("The server does not answer. Is visavis talk still running?");
  }
  present();
  connect();
}

/** @param {{drawing?: boolean, video?: boolean}} found what the server can do, and what it would rather */
function choose({ drawing = false, video: rather = false }) {
  const film = remembered("video", undefined, rather), able = drawing && canDraw();
  $("video-button").hidden = !able;
  face($("video-button"), "film", film ? "Draw the character here" : "Video from the server");
  $("video-button").setAttribute("aria-pressed", String(film));
  link = figures.link = microphone.link = able && !film ? drawn : filmed;
  document.body.classList.toggle("drawing", link === drawn);
}
$("video-button").addEventListener("click", () => {
  remembered("video", link === drawn);
  link.close();
  location.reload();
});

async function connect() {
  document.body.dataset.phase = "connecting";
  $("lost").hidden = true;
  update();
  try {
    await link.open(state.character, screenSize());
    await play();
    await microphone.attach();
  } catch (error) {
    lost(error instanceof Error ? error.message : String(error));
  }
}

let again = 0;
/** @param {string} why */
function lost(why) {
  document.body.dataset.phase = "lost";
  $("lost-why").textContent = why;
  $("lost").hidden = false;
  captions.clear();
  state.listening = false;
  update();
  clearTimeout(again);
  if (state.tries < 5) again = window.setTimeout(connect, 1000 * 2 ** state.tries++);
}

for (const way of [filmed, drawn]) {
  way.addEventListener("live", () => {
    document.body.dataset.phase = "live";
    state.tries = 0;
    document.body.classList.remove("changing");
    update();
  });
  way.addEventListener("lost", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    lost(detail ? sentence(detail) : "The connection was lost. Trying again …");
  });
  way.addEventListener("message", (event) => told(/** @type {CustomEvent} */ (event).detail));
}
$("retry").addEventListener("click", () => {
  clearTimeout(again);
  state.tries = 0;
  if (state.cast.length) connect();
  else begin();
});

const screenSize = () => ({ width: Math.max(innerWidth, 1), height: Math.max(innerHeight, 1) });

let resized = 0;
addEventListener("resize", () => {
  if (document.activeElement === input && matchMedia("(hover: none)").matches) return; // its keyboard
  clearTimeout(resized);
  resized = window.setTimeout(() => link.send({ type: "screen", screen: screenSize() }), 400);
});

let hiding = 0;
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = window.setTimeout(() => link.close(), 60000);
  else if (!link.connected && document.body.dataset.phase !== "lost") connect();
});
addEventListener("pagehide", () => link.close());
addEventListener("pageshow", (event) => event.persisted && connect());

// Sound: browsers want a touch before a page may be heard

function mute() {
  video.muted = !state.wantsSound;
  drawn.face.toggleAttribute("muted", !state.wantsSound);
}

async function play() {
  mute();
  if (link === filmed) {
    try {
      await video.play();
    } catch {
      video.muted = true;
      await video.play().catch(() => undefined);
    }
    showSound();
  }
}

function showSound() {
  const on = state.wantsSound && (link === drawn || link.audible);
  $("sound-button").setAttribute("aria-pressed", String(on));
  face($("sound-button"), on ? "sound" : "mute", on ? "Mute" : "Turn sound on");
  $("unmute").hidden = !state.wantsSound || link.audible || document.body.dataset.phase !== "live";
}

function unlock() {
  if (!state.wantsSound || link.audible) return;
  if (link === drawn) return; // the player sees to it
  video.muted = false;
  video.play().catch(() => (video.muted = true)).finally(showSound);
}
for (const kind of ["pointerup", "keydown"]) addEventListener(kind, unlock, { capture: true });
setInterval(() => link === drawn && showSound(), 500); // nothing tells when it may be heard

$("sound-button").addEventListener("click", () => {
  state.wantsSound = $("sound-button").getAttribute("aria-pressed") !== "true";
  mute();
  showSound();
});

// What the server says

/** @param {any} message */
function told(message) {
  switch (message.type) {
    case "hello":
      Object.assign(state, { character: message.character, name: message.name, answers: message.answers, hears: message.hears });
      offer(message.gestures, message.emotions);
      present();
      setTimeout(() => document.body.classList.remove("changing"), 250);
      break;
    case "activity":
      state.doing = message.what === "idle" ? "live" : message.what;
      if (message.what === "idle") $("heard").hidden = true;
      break;
    case "caption":
      $("heard").hidden = true;
      captions.delay = figures.delay;
      captions.show(message);
      break;
    case "heard":
      $("heard").textContent = message.text;
      $("heard").hidden = false;
      break;
    case "silent":
      captions.clear();
      break;
    case "listening":
      state.listening = message.on;
      if (message.on) captions.clear();
      else if (message.seconds === 0 && microphone.mode === "off") notice("Nothing was heard. Hold the button while you speak.");
      break;
    case "error":
      notice(message.message, "bad");
      document.body.classList.remove("changing");
      break;
  }
  update();
}

// Words

/** @param {string} text */
function say(text) {
  if (!text.trim()) return;
  if (!link.send({ type: "say", text: text.trim().slice(0, 2000) })) return notice("Not connected yet.", "bad");
  state.last = text;
  $("ideas").replaceChildren();
  captions.clear();
}

$("composer").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  if (!input.value.trim() && busy()) return interrupt();
  say(input.value);
  input.value = "";
  update();
});
input.addEventListener("input", update);
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowUp" && !input.value) {
    input.value = state.last;
    event.preventDefault();
    update();
  }
});

const busy = () => state.doing !== "live";

function interrupt() {
  link.send({ type: "interrupt" });
  captions.clear();
}

// Keys: Escape stops, holding the space bar speaks

const typing = () => document.activeElement instanceof HTMLInputElement;
const onButton = () => document.activeElement instanceof HTMLButtonElement;
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !castPanel.close() && !expressPanel.close()) interrupt();
  if (event.code === "Space" && !event.repeat && !typing() && !onButton() && state.hears) {
    event.preventDefault();
    microphone.press();
  }
});
addEventListener("keyup", (event) => {
  if (event.code === "Space" && !typing() && !onButton()) microphone.letGo();
});
addEventListener("blur", () => microphone.letGo());

// Panels

const castPanel = panel($("who"), $("cast-panel"));
const expressPanel = panel($("express"), $("express-panel"));

function present() {
  const member = state.cast.find((m) => m.key === state.character);
  if (!member) return;
  document.documentElement.style.setProperty("--tint", member.tint);
  $("who-name").textContent = member.name;
  $("who-face").src = $("poster").src = poster(member);
  document.title = `${member.name} · Visavis`;
  for (const shown of [video, drawn.face]) shown.setAttribute("aria-label", `${member.name}, live`);
  const who = member.name.startsWith("Your photo") ? "it" : member.name;
  input.placeholder = state.answers ? `Talk with ${who}` : `What shall ${who} say?`;
  $("cast").replaceChildren(...state.cast.map(card));
  $("photo").hidden = !state.photos;
  if (!state.last) {
    const ideas = IDEAS[state.answers ? "answers" : "repeat"];
    $("ideas").replaceChildren(...ideas.map((text) => {
      const button = make("button", { type: "button" }, text);
      button.addEventListener("click", () => say(text));
      return button;
    }));
  }
}

/** @param {Member} member */
function card(member) {
  const picture = make("img", { src: poster(member), alt: "", loading: "lazy" });
  const button = make("button", { role: "option", "aria-selected": member.key === state.character }, picture, make("span", {}, member.name));
  button.addEventListener("click", () => {
    castPanel.close();
    if (member.key !== state.character) change(member);
  });
  return button;
}

/** @param {Member} member */
function change(member) {
  if (!link.send({ type: "character", key: member.key })) return notice("Not connected yet.", "bad");
  document.body.classList.add("changing");
  $("poster").src = poster(member);
  history.replaceState(null, "", `#${member.key}`);
  captions.clear();
}

const chosen = /** @type {HTMLInputElement} */ ($("photo-file"));
chosen.addEventListener("change", async () => {
  const file = chosen.files?.[0];
  chosen.value = "";
  if (!file) return;
  $("photo").classList.add("busy");
  $("photo-words").textContent = "Drawing you …";
  try {
    const member = await post("/photo", file);
    state.cast.push(member);
    castPanel.close();
    change(member);
  } catch (error) {
    notice(error instanceof Error ? error.message : String(error), "bad");
  } finally {
    $("photo").classList.remove("busy");
    $("photo-words").textContent = "Your photo";
  }
});

/**
 * @param {string[]} gestures
 * @param {string[]} emotions
 */
function offer(gestures, emotions) {
  const title = (/** @type {string} */ name) => /** @type {any} */ (LABELS)[name] ?? sentence(name);
  $("gestures").replaceChildren(...gestures.map((name) => {
    const button = make("button", {}, title(name));
    button.addEventListener("click", () => link.send({ type: "gesture", name }));
    return button;
  }));
  const radios = emotions.map((name) => {
    const label = sentence(name);
    const button = make("button", { role: "radio", "aria-checked": name === "neutral" }, label);
    button.addEventListener("click", () => {
      link.send({ type: "emotion", name });
      for (const radio of radios) radio.setAttribute("aria-checked", String(radio === button));
    });
    return button;
  });
  $("emotions").replaceChildren(...radios);
}

// Buttons above

$("captions-button").addEventListener("click", () => setCaptions(!captions.on));
/** @param {boolean} on */
function setCaptions(on) {
  captions.on = remembered("captions", on, true);
  $("captions-button").setAttribute("aria-pressed", String(on));
  if (!on) captions.clear();
}
setCaptions(remembered("captions", undefined, true));

$("figures-button").addEventListener("click", () => setFigures($("figures").hidden));
/** @param {boolean} on */
function setFigures(on) {
  $("figures").hidden = !remembered("figures", on);
  $("figures-button").setAttribute("aria-pressed", String(on));
  figures.show();
}
setFigures(remembered("figures"));

$("full-button").hidden = !document.fullscreenEnabled;
$("full-button").addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen().catch(() => notice("Full screen is not possible here.", "bad"));
});
document.addEventListener("fullscreenchange", () => {
  $("full-button").setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
  wake();
});
let calm = 0;
function wake() {
  document.body.classList.remove("quiet");
  clearTimeout(calm);
  if (document.fullscreenElement) {
    calm = window.setTimeout(() => {
      const open = !$("cast-panel").hidden || !$("express-panel").hidden;
      document.body.classList.toggle("quiet", !open && !input.value && microphone.mode === "off");
    }, 4000);
  }
}
for (const kind of ["pointermove", "pointerdown", "keydown"]) addEventListener(kind, wake);

// What is seen of all this

function update() {
  const phase = document.body.dataset.phase;
  const doing = state.listening ? "listening" : state.doing;
  document.body.dataset.doing = phase === "live" ? doing : "";
  const words = phase === "lost" ? "Not connected" : phase === "connecting" ? "Connecting" : /** @type {any} */ (DOING)[doing];
  if ($("doing").textContent !== words) $("doing").textContent = words;
  const stop = phase === "live" && busy() && !input.value.trim();
  $("send").classList.toggle("stop", stop);
  face($("send"), stop ? "stop" : "send", stop ? "Stop" : state.answers ? "Send" : "Say it");
  $("microphone").hidden = !state.hears;
  const name = state.name || "the character";
  const touch = matchMedia("(hover: none)").matches;
  const hint =
    microphone.mode === "open" ? (state.answers ? "The microphone is on: just talk. Tap it to turn it off." : `The microphone is on: ${name} says after you what you say.`)
    : microphone.mode === "hold" ? "Speak; let go when you are done."
    : busy() && phase === "live" ? (touch ? "" : "<kbd>Esc</kbd> stops it")
    : !state.hears ? ""
    : touch ? "Hold the microphone to speak, tap to leave it on"
    : "Hold the microphone or <kbd>Space</kbd> to speak; click it to leave it on";
  setHint(hint);
}

/** @param {string} text with <kbd> marks and a name that came from the server */
function setHint(text) {
  const place = $("hint");
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(...text.split(/(<kbd>.*?<\/kbd>)/).map((part) => {
    const key = /^<kbd>(.*)<\/kbd>$/.exec(part);
    return key ? make("kbd", {}, key[1]) : part;
  }));
}

/** For measuring, and for whoever is curious in the browser's console. */
Object.assign(window, { visavis: { filmed, drawn, figures } });

begin();
