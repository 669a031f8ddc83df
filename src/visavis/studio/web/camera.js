// A picture from the visitor's camera. Nothing leaves the page before it is taken.

import {alertBox, button, dialog, h} from "./parts.js";

/** @returns {Promise<File | null>} a JPEG; null where none was taken */
export const takePicture = () => new Promise((done) => {
  const video = h("video", {muted: true, playsInline: true, autoplay: true, "aria-label": "Your camera"});
  const view = h("div", {className: "camera"}, video, h("div", {className: "guide", "aria-hidden": "true"})), said = h("div", {});
  /** @type {MediaStream | null} */
  let stream = null;
  /** @type {File | null} */
  let taken = null, over = false;
  const take = button("Take the picture", async () => {
    const canvas = h("canvas", {width: video.videoWidth, height: video.videoHeight});
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await new Promise((got) => canvas.toBlob(got, "image/jpeg", 0.95));
    taken = new File([/** @type {Blob} */ (blob)], "Me.jpg", {type: "image/jpeg"});
    box.close();
  }, {icon: "camera", kind: "solid"});
  take.disabled = true;
  const box = dialog("Take a picture", (close) => [view, said,
    h("p", {className: "dim"}, "Look into the camera, mouth shut, light from the front, head and shoulders in the picture."),
    h("footer", {}, button("Cancel", close), take)], {
    onClose: () => {
      over = true;
      stream?.getTracks().forEach((track) => track.stop());
      done(taken);
    },
  });
  if (!navigator.mediaDevices) return said.append(alertBox("This browser gives no camera to this page: it needs https, or localhost."));
  navigator.mediaDevices.getUserMedia({video: {facingMode: "user", width: {ideal: 1280}, height: {ideal: 960}}}).then((got) => {
    stream = got;
    if (over) return got.getTracks().forEach((track) => track.stop());
    video.srcObject = got;
    video.addEventListener("loadeddata", () => (take.disabled = false));
  }, (error) => said.append(alertBox(error.name === "NotAllowedError" ? "The camera was not allowed. Allow it in the browser's address bar, or choose a file." : "There is no camera here. Choose a file instead.")));
});
