"""A character that speaks over a network: in step, without a jump, interruptible."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.synthetic import tiny_model
from tests.player.conftest import PAGE
from tests.player.speaker import LEVEL, SWING_DEG, SWING_S, Link, Speaker
from visavis import imx

BEGIN = """async ([url, muted]) => {
  await import("/player/visavis.js");
  const face = document.createElement("visavis-avatar");
  face.style.cssText = "width: 96px; height: 96px";
  window.face = face;
  window.told = [];
  const note = ({type, detail}) => told.push([type, detail.error ? String(detail.error) : detail]);
  for (const name of ["ready", "error", "started", "finished", "state", "caption"])
    face.addEventListener(name, note);
  for (const name of ["connected", "disconnected"]) face.addEventListener(name, note);
  face.setAttribute("src", "/tiny.imx");
  face.setAttribute("connect", url);
  face.toggleAttribute("muted", muted);
  window.drawn = [];
  face.pose = (pose) => {
    const sound = face.stream?.live.sound, clock = sound ? sound.heard() / sound.rate : 0;
    drawn.push([performance.now() / 1000, pose[17], pose[57], clock]);
  };
  document.body.append(face);
}"""

SPEAKS = """() => {
  let asked = false;
  const timer = setInterval(() => {
    if (!asked) asked = face.stream?.send({type: "say", text: "30"});
    if (face.state === "speaking" && drawn.at(-1)[1] > 0.3) {
      console.log(`spoken of in ${face.stream.live.sound.audible ? "sound" : "silence"}`);
      clearInterval(timer);
    }
  }, 300);
}"""

WATCH = """(level) => {
  const {live} = face.stream, {sound} = live, tap = new AnalyserNode(sound.context, {fftSize: 32});
  sound.volume.connect(tap);
  const samples = new Float32Array(32);
  window.pairs = [];
  face.pose = (pose) => {
    if (face.state !== "speaking") return;
    tap.getFloatTimeDomainData(samples);
    const late = sound.context.currentTime - sound.heard() / sound.rate;
    pairs.push([pose[17], samples[31] / level, late]);
  };
}"""


STARVE = """async (ms) => {
  const {context} = face.stream.live.sound, text = `registerProcessor("starve",
    class extends AudioWorkletProcessor {
      constructor() {
        super();
        this.port.onmessage = ({data}) => {
          for (const end = Date.now() + data; Date.now() < end;);
        };
      }
      process() { return true; }
    })`;
  const file = new Blob([text], {type: "text/javascript"});
  await context.audioWorklet.addModule(URL.createObjectURL(file));
  const node = new AudioWorkletNode(context, "starve", {numberOfInputs: 0});
  node.connect(context.destination);
  setInterval(() => node.port.postMessage(ms * Math.random()), 1000);
}"""


@pytest.fixture
def tiny(site: tuple[str, Path]) -> None:
    (site[1] / "tiny.imx").write_bytes(imx.encode(tiny_model(size=(96, 96))))


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    with Speaker() as made:
        yield made


def begin(page: Any, speaker: Speaker, muted: bool = False) -> None:
    page.evaluate(BEGIN, [speaker.url, muted])
    page.wait_for_function(
        "told.some(([n]) => n === 'ready') && told.some(([n]) => n === 'connected')"
    )
    page.wait_for_function("face.stream?.live.sound")


def offsets(pairs: list[list[float]]) -> list[float]:
    """How far mouth and sound are apart, seconds, the least first.

    A few are of pictures in whose middle a busy machine did something else.
    """
    return sorted(
        abs((shown - (heard - late) + 0.5) % 1 - 0.5)
        for shown, heard, late in pairs[8:]
        if 0.1 < shown < 0.9 and 0.1 < heard < 0.95
    )


def names(page: Any) -> list[str]:
    return [name for name, _ in page.evaluate("told")]


def test_it_says_what_it_is_told(page: Any, tiny: None, speaker: Speaker) -> None:
    begin(page, speaker)
    page.wait_for_function("face.stream.live.sound.audible && drawn.length > 8")  # warm by then
    page.evaluate(WATCH, LEVEL)
    assert page.evaluate("face.speak('2')") is True
    page.wait_for_function("told.some(([name]) => name === 'finished')")
    page.wait_for_function("face.state === 'idle' && face.captions === ''")
    told = page.evaluate("told")
    assert [detail for name, detail in told if name == "state"] == [
        {"state": "speaking"}, {"state": "idle"},
    ]  # fmt: skip
    assert [name for name, _ in told if name in ("caption", "started", "finished")] == [
        "started", "caption", "finished", "caption",
    ]  # fmt: skip
    captions = [detail["text"] for name, detail in told if name == "caption"]
    assert captions == ["utterance 1", ""]
    finished = next(detail for name, detail in told if name == "finished")
    assert finished["utterance"] == 1 and not finished["interrupted"]
    # what the mouth shows is what is heard: the fraction of the second in both
    apart = offsets(page.evaluate("pairs"))
    assert len(apart) >= 5 and apart[len(apart) * 19 // 20] < 0.025, apart


def test_in_step_though_the_audio_thread_starves(page: Any, tiny: None, speaker: Speaker) -> None:
    begin(page, speaker)
    page.wait_for_function("face.stream.live.sound.audible && drawn.length > 8")
    page.evaluate(STARVE, 60)
    page.evaluate(WATCH, LEVEL)
    page.evaluate("face.speak('4')")
    page.wait_for_function("told.some(([name]) => name === 'finished')")
    apart = offsets(page.evaluate("pairs"))
    assert len(apart) >= 20 and apart[len(apart) * 19 // 20] < 0.025, apart


def test_interrupt_is_at_once(page: Any, tiny: None, speaker: Speaker) -> None:
    begin(page, speaker)
    page.evaluate("face.speak('20')")
    page.wait_for_function("face.state === 'speaking' && drawn.at(-1)[1] > 0.4")
    after = page.evaluate(
        """() => new Promise((done) => {
          face.interrupt();
          const seen = [], before = face.pose;
          face.pose = (pose, now) => {
            seen.push(pose[17]);
            if (seen.length === 12) done(seen);
          };
        })"""
    )
    assert max(after) < 0.02  # the next picture already
    assert page.evaluate("face.state") == "idle"
    assert names(page).count("finished") == 1
    finished = dict(page.evaluate("told"))["finished"]
    assert finished["interrupted"] and 0 < finished["position"] < 15
    # and it says the next thing
    page.evaluate("face.speak('0.6')")
    page.wait_for_function("told.filter(([name]) => name === 'finished').length === 2")
    assert dict(page.evaluate("told"))["finished"]["interrupted"] is False


def test_it_comes_back_after_the_connection_broke(page: Any, tiny: None, speaker: Speaker) -> None:
    begin(page, speaker)
    page.evaluate("face.speak('20')")
    page.wait_for_function("face.state === 'speaking'")
    speaker.drop()
    page.wait_for_function("told.some(([name]) => name === 'disconnected')")
    page.wait_for_function("told.some(([name]) => name === 'finished')")
    page.wait_for_function("told.filter(([name]) => name === 'connected').length === 2")
    page.wait_for_function("face.speak('0.4').then((sent) => sent)")
    page.wait_for_function("told.filter(([name]) => name === 'finished').length >= 2")
    assert names(page).count("started") == names(page).count("finished")
    assert len(speaker.talks) == 2


def test_it_says_what_is_wrong_with_a_stream(page: Any, tiny: None) -> None:
    """A stream that breaks the format is left, once and for all; the face lives on."""

    class Broken(Speaker):
        async def _speak(self, talk: Any, packets: Any) -> None:
            packets.put_nowait((0.0, b"\0\0\0\0\1\5HELLO", True))

    with Broken() as speaker:
        page.evaluate(BEGIN, [speaker.url, False])
        page.wait_for_function("told.some(([name]) => name === 'disconnected')")
        told = dict(page.evaluate("told"))
        assert "InvalidStream" in told["error"] and told["disconnected"]["again"] is None
        assert len(speaker.talks) == 1
        before = page.evaluate("drawn.length")
        page.wait_for_function(f"drawn.length > {before} + 2")


@pytest.mark.parametrize(
    "link",
    [
        Link(jitter=0.08, loss=0.05),
        Link(jitter=0.08, loss=0.05, ordered=False),
    ],
    ids=["resent", "lost"],
)
def test_a_bad_network_makes_no_visible_jump(page: Any, tiny: None, link: Link) -> None:
    with Speaker(link, sawtooth=False) as speaker:
        begin(page, speaker)
        page.wait_for_function("face.stream.live.sound.audible")
        page.evaluate("face.speak('4')")
        page.wait_for_function("told.some(([name]) => name === 'started')")
        page.evaluate("drawn.length = 0")
        page.wait_for_function("told.some(([name]) => name === 'finished')", timeout=60_000)
        drawn = page.evaluate("drawn")
    fastest = 2 * 3.1416 * SWING_DEG / SWING_S  # degrees a second
    assert len(drawn) > 20
    for (t0, jaw0, yaw0, clock0), (t1, jaw1, yaw1, clock1) in pairwise(drawn):
        step = max(t1 - t0, clock1 - clock0) + 0.02  # a busy machine's sound comes in fits
        assert abs(yaw1 - yaw0) < 1.6 * fastest * step
        assert abs(jaw1 - jaw0) < 1.6 * 2.6 * step


def test_without_webgl_it_is_heard(page: Any, tiny: None, speaker: Speaker) -> None:
    """What stands inside the element is shown, and the voice goes on."""
    page.evaluate(
        """() => {
          const had = HTMLCanvasElement.prototype.getContext;
          HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind === "webgl2" ? null : had.call(this, kind, ...rest);
          };
        }"""
    )
    page.evaluate(BEGIN, [speaker.url, False])
    page.evaluate("face.append(Object.assign(document.createElement('b'), {textContent: 'video'}))")
    page.wait_for_function("told.some(([name]) => name === 'error')")
    assert "WebGL2" in dict(page.evaluate("told"))["error"]
    assert page.locator("b").is_visible()
    page.wait_for_function("face.stream?.live.sound?.audible")
    page.evaluate("face.speak('0.4')")
    page.wait_for_function("told.some(([name]) => name === 'finished')")


def test_less_motion(page: Any, tiny: None, speaker: Speaker) -> None:
    """The head hardly moves where less motion is asked for; the mouth does."""
    page.emulate_media(reduced_motion="reduce")
    begin(page, speaker)
    page.evaluate("drawn.length = 0, face.speak('2')")
    page.wait_for_function("told.some(([name]) => name === 'finished')")
    drawn = page.evaluate("drawn")
    assert max(abs(yaw) for _, _, yaw, _ in drawn) < 0.2 * SWING_DEG
    assert max(jaw for _, jaw, _, _ in drawn) > 0.4


def test_sound_waits_for_a_touch(
    shy_browser: Any, site: tuple[str, Path], tiny: None, speaker: Speaker
) -> None:
    """Until the page is touched the mouth speaks in silence; then it is heard, where it is."""
    begins = f"({BEGIN})(['{speaker.url}', false]).then(() => ({SPEAKS})())"
    (site[1] / "shy.html").write_text(f"{PAGE}<script type=module>{begins}</script>")
    page = shy_browser.new_page()
    with page.expect_console_message(lambda message: "spoken of" in message.text) as said:
        page.goto(f"{site[0]}/shy.html")  # nothing is evaluated in it: that would count as a touch
    assert said.value.text == "spoken of in silence"
    page.mouse.click(20, 20)
    page.wait_for_function("face.stream.live.sound.audible")
    assert page.evaluate("face.state") == "speaking"
    before, after = page.evaluate(
        "new Promise((done) => { const at = () => face.stream.live.sound.position() / 24000;"
        "const before = at(); setTimeout(() => done([before, at()]), 500); })"
    )
    assert 0.1 < after - before < 5
    assert names(page).count("started") == 1
    page.close()
