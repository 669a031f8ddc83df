// Meet an agent with a face: its video and sound, captions, what it is doing; text and microphone
// to it, gestures of its character. Everything Visavis adds to a room is in `director`, `nod` and,
// for an agent that leaves the drawing to its listeners (draw="client"), `draw`.

import {Room, RoomEvent, Track} from "./livekit-client.mjs";

const $ = (id) => document.getElementById(id);
const GESTURES = ["nod", "shake", "smile", "laugh", "surprised", "think"];
const room = new Room({adaptiveStream: false, dynacast: false});
let director = null;   // identity of whoever publishes the face: it takes the RPCs visavis.*
let figuring = 0;

async function join(name) {
  const answer = await fetch(`token?room=${encodeURIComponent(name)}`);
  if (!answer.ok) throw new Error(await answer.text());
  const {url, token} = await answer.json();
  await room.connect(url, token);
  await room.startAudio();
  doing("Waiting for the agent");
}

function doing(text) { $("doing").textContent = text; }

function agents() {
  return [...room.remoteParticipants.values()].filter((p) => "lk.agent.state" in p.attributes);
}

// The character is drawn here: its element plays the agent's sound, too.
async function draw(participant) {
  if (director === participant.identity) return;
  director = participant.identity;
  await import("./player/visavis.js");
  const drawn = $("drawn");
  drawn.hidden = false;
  drawn.setAttribute("src", "avatar.imx");
  drawn.room = room;
  drawn.addEventListener("error", ({detail}) => doing(detail.error.message));
  document.body.dataset.phase = "here";
  doing(participant.attributes["lk.agent.state"] ?? "Here");
}

const draws = (participant) => participant.attributes["visavis.draw"] === "client";

room.on(RoomEvent.TrackSubscribed, (track, publication, participant) => {
  if (draws(participant)) return void draw(participant);
  if (track.kind === Track.Kind.Video) {
    director = participant.identity;
    track.attach($("face"));
    document.body.dataset.phase = "here";
    doing(agents()[0]?.attributes["lk.agent.state"] ?? "Here");
  } else {
    document.body.append(track.attach());
  }
});

room.on(RoomEvent.TrackUnsubscribed, (track) => {
  for (const element of track.detach()) if (element.id !== "face") element.remove();
});

room.on(RoomEvent.ParticipantAttributesChanged, (changed, participant) => {
  if (changed["visavis.draw"]) draw(participant);
  if (changed["lk.agent.state"]) doing(changed["lk.agent.state"]);
});

room.on(RoomEvent.Reconnecting, () => doing("Reconnecting"));
room.on(RoomEvent.Reconnected, () => doing("Here"));
room.on(RoomEvent.Disconnected, () => {
  document.body.dataset.phase = "away";
  director = null;
  $("drawn").hidden = true;
  $("captions").textContent = "";
  $("microphone").setAttribute("aria-pressed", "false");
  doing("Not connected");
});

room.registerTextStreamHandler("lk.transcription", async (reader) => {
  let text = "";
  for await (const piece of reader) {
    text += piece;
    $("captions").textContent = text;
  }
});

async function nod(name) {
  await room.localParticipant.performRpc({
    destinationIdentity: director, method: "visavis.gesture", payload: name,
  });
}

for (const name of GESTURES) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.onclick = () => nod(name).catch((error) => doing(error.message));
  $("gestures").append(button);
}

$("door").onsubmit = async (event) => {
  event.preventDefault();
  $("problem").textContent = "";
  try {
    await join($("room").value.trim());
  } catch (error) {
    $("problem").textContent = error.message;
    doing("Not connected");
  }
};

$("say").onsubmit = async (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  $("text").value = "";
  if (text) await room.localParticipant.sendText(text, {topic: "lk.chat"});
};

$("microphone").onclick = async () => {
  const on = !room.localParticipant.isMicrophoneEnabled;
  try {
    await room.localParticipant.setMicrophoneEnabled(on);
    $("microphone").setAttribute("aria-pressed", String(on));
  } catch (error) {
    doing(`No microphone: ${error.message}`);
  }
};

$("leave").onclick = () => room.disconnect();

// Pictures a second and size, as shown.
const face = $("face");
let shown = 0;
const count = () => { shown += 1; face.requestVideoFrameCallback(count); };
face.requestVideoFrameCallback(count);
figuring = setInterval(() => {
  $("figures").textContent = shown ? `${shown} fps  ${face.videoWidth}×${face.videoHeight}` : "";
  shown = 0;
}, 1000);
addEventListener("pagehide", () => { clearInterval(figuring); room.disconnect(); });

$("room").value = new URLSearchParams(location.search).get("room") ?? "visavis";
