"""The demo: builds a character from a photo and lets it, and a drawn one, speak.

Comes in: nothing (a sample photo and a voice from wheels), or a photo and a sound of one's own.
Goes out: files in `demo/`. Run it with `make demo`.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import visavis
from visavis.agent.espeak import EspeakVoice
from visavis.agent.transcription import wav

SENTENCES = (
    ("en-us+f3", "Hello! A minute ago I was one single photo. Now I speak, and I look at you."),
    ("en-us+f4", "My name is Ada. Nobody took a photo of me: I was drawn by lines of Python."),
)


def speak(text: str, out: Path, voice: str) -> Path:
    """Speaks a text into a WAV file."""
    said = EspeakVoice(voice).synthesise(text)
    out.write_bytes(wav(said.samples, said.sample_rate))
    return out


def sample_photo(out: Path) -> Path:
    """Writes the sample photo: Eileen Collins, NASA, public domain, inside scikit-image's wheel."""
    from PIL import Image
    from skimage import data

    Image.fromarray(data.astronaut()).save(out)  # type: ignore[no-untyped-call]
    return out


def timed(doing: str, started: float) -> None:
    """Says what was done and how long it took."""
    print(f"  {doing}  ({time.monotonic() - started:.1f} s)", flush=True)


def main() -> int:
    """Parses the command line and makes the demo's files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photo", type=Path, help="a portrait of your own")
    parser.add_argument("--sound", type=Path, help="a sound or video file of your own")
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder (default: demo)")
    options = parser.parse_args()
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    try:
        print("Sound")
        started = time.monotonic()
        if options.sound:
            sounds = [options.sound, options.sound]
        else:
            names = (folder / "photo.wav", folder / "ada.wav")
            sounds = [
                speak(text, out, voice) for (voice, text), out in zip(SENTENCES, names, strict=True)
            ]
            made += [(path, "a voice by espeak-ng") for path in sounds]
        timed("ready", started)

        print("A character from a photo")
        started = time.monotonic()
        photo = options.photo or sample_photo(folder / "photo.png")
        avatar = visavis.build(photo, folder / f"{photo.stem}.imx")
        made += [(folder / f"{photo.stem}.imx", f"a character, built from {photo}")]
        timed("built", started)
        for character, name, sound in (
            (avatar, photo.stem, sounds[0]),
            (visavis.open("ada"), "ada", sounds[1]),
        ):
            started = time.monotonic()
            report = character.render(sound, folder / f"{name}.mp4")
            made += [(folder / f"{name}.mp4", f"{name} speaking")]
            timed(f"{name} rendered, {report.frames} pictures", started)
    except visavis.VisavisError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    print("\nMade:")
    for path, what in made:
        print(f"  {path}  {path.stat().st_size / 1000:.0f} kB  {what}")
    print(f"\nTalk to it in the browser:\n  make talk AVATAR={folder / photo.stem}.imx")
    return 0


if __name__ == "__main__":
    sys.exit(main())
