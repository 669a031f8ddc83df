"""When what a stream says is heard: as soon as it is there, whole, later where it has to be."""

from __future__ import annotations

from typing import Any


def test_a_beginning_is_heard_whole(page: Any) -> None:
    """However late its order reaches the audio thread; and no later than that."""
    told, first, rest = page.evaluate(
        """async () => {
          const {Playout} = await import("/player/stream/playout.js");
          const told = [], playout = new Playout((change) => told.push(change));
          const out = new Float32Array(128);
          const play = (frame) => (playout.render(frame, out), [...out]);
          for (let frame = 0; frame < 1024; frame += 128) play(frame);
          const speech = {from: 5000, to: 9000, reserve: 480};
          playout.take({speech, place: {at: 4990, frame: 512}}); // was to begin at frame 522
          play(1024); // its sound is still being decoded
          playout.take({pieces: [{at: 5000, samples: new Float32Array(960).fill(0.5)}]});
          const samples = [...play(1152), ...play(1280)];
          return [told, samples.findIndex((v) => v > 0), samples.at(-1)];
        }"""
    )
    assert told[0] == {"at": 5000, "frame": 1024, "moves": True, "placed": True}
    assert [change["late"] for change in told if not change["moves"]] == [False]
    assert told[-1] == {"at": 5000, "frame": 1152, "moves": True}
    assert first == 0 and rest == 0.5


def test_the_delay_is_what_a_beginning_needs(page: Any) -> None:
    """It is chosen for each, longer by what came too late after one, and not for ever."""
    found = page.evaluate(
        """async () => {
          const {Delay} = await import("/player/stream/delay.js"), delay = new Delay(), found = [];
          const note = () => found.push(Math.round(1000 * delay.seconds));
          const begin = (time, due) => {
            delay.clock(time, time - 0.03); // the network takes 30 ms
            delay.begin(time, due, 0.04);
            delay.media(time, due);
            note();
          };
          begin(10, 9.95); // comes 20 ms after it is due by the server's clock
          begin(15, 15.01); // 40 ms before, as long as the loudspeaker takes
          begin(16, 19); // long before: heard when it is due
          begin(20, 19.97);
          delay.media(20.5, 20.4); // 70 ms later than what began
          note();
          begin(30, 29.97);
          begin(60, 59.97);
          return found;
        }"""
    )
    assert found == [25, -35, -35, 5, 75, 75, 5]
