"""Makes the pictures of the documentation, from the characters that come with Visavis.

Comes in: nothing. Goes out: `docs/img/*.webp`. Run it in an environment with the extra `demo`:
`python docs/_make/pictures.py [NAME ...]`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

import visavis
from visavis import imx, pose
from visavis.agent.espeak import EspeakVoice
from visavis.library import find

ROOT = Path(__file__).resolve().parents[2]

OUT = ROOT / "docs" / "img"
HERO_SIZE, HERO_FPS, HERO_QUALITY = 220, 12.5, 40
PAPER, INK, TEAL, RUST = (255, 255, 255), (60, 66, 72), (0, 128, 122), (202, 98, 34)

Picture = npt.NDArray[np.uint8]


def spoken(
    text: str, voice: str, rate: int = 160, pitch: int = 50
) -> tuple[npt.NDArray[np.int16], int]:
    """A sentence as int16 samples, and their rate, Hz."""
    said = EspeakVoice(voice, rate, pitch).synthesise(text)
    return said.samples, said.sample_rate


def save(name: str, picture: Picture | Image.Image, quality: int = 82) -> None:
    """Writes a picture of the documentation."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(OUT / f"{name}.webp", quality=quality, method=6)


def labelled(cells: dict[str, Picture], columns: int, gap: int = 6) -> Image.Image:
    """Pictures of one size in a grid, their names beneath."""
    height, width = next(iter(cells.values())).shape[:2]
    line = 20
    rows = -(-len(cells) // columns)
    size = (columns * (width + gap) - gap, rows * (height + line + gap) - gap)
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for k, (name, cell) in enumerate(cells.items()):
        x, y = k % columns * (width + gap), k // columns * (height + line + gap)
        sheet.paste(Image.fromarray(cell), (x, y))
        pen.text((x + width / 2, y + height + 3), name, INK, font=font, anchor="ma")
    return sheet


CAST = {
    "ada": ("Hello! I am Ada.", "en-us+f4", 150, 55),
    "rufus": ("Rufus. Nice scarf, right?", "en-us+m3", 155, 40),
    "mei": ("My name is Mei. I was painted.", "en-us+f2", 150, 70),
    "otto": ("And I am Otto. Bleep!", "en-us+m1", 150, 20),
}
"""Who speaks in the hero picture, one after the other: text, voice, words a minute, pitch."""


def hero() -> None:
    """The four characters speak in turn."""
    said = {name: spoken(*words) for name, words in CAST.items()}
    rate = next(iter(said.values()))[1]
    lengths = [len(sound) for sound, _ in said.values()]
    pause = int(0.25 * rate)
    whole = sum(lengths) + pause * (len(said) + 1)
    runs, at = [], pause
    for seed, (name, (sound, _)) in enumerate(said.items(), 3):
        track = np.zeros(whole, np.int16)
        track[at : at + len(sound)] = sound
        at += len(sound) + pause
        with visavis.open(name) as avatar:
            frames = avatar.frames((track, rate), fps=HERO_FPS, size=HERO_SIZE, seed=seed)
            runs.append([frame.image for frame in frames])
    rows = [Image.fromarray(np.hstack(four)) for four in zip(*runs, strict=True)]
    rows[0].save(
        OUT / "hero.webp", save_all=True, append_images=rows[1:], duration=round(1000 / HERO_FPS),
        loop=0, quality=HERO_QUALITY, method=4,
    )  # fmt: skip


def sheet() -> None:
    """The contact sheet of Ada."""
    from visavis.sheet import contact_sheet

    with visavis.open("ada") as avatar:
        save("sheet", contact_sheet(avatar, columns=8, size=150), 72)


def mouths() -> None:
    """Ada's mouth in the fifteen visemes."""
    from visavis.motion import VISEMES

    with visavis.open("ada") as avatar:
        renderer = avatar.renderer(1024)
        scale = 1024 / avatar.size[1]
        x, y = avatar.model.face.mouth.stomion[:2]
        centre = ((x - avatar.size[0] / 2) * scale + 512, y * scale)
        left, top = round(centre[0] - 130), round(centre[1] - 90)
        cells = {}
        for name, shape in VISEMES.items():
            crop = renderer.draw(shape)[top : top + 190, left : left + 260]
            cells[name] = cv2.resize(crop, (156, 114), interpolation=cv2.INTER_AREA)
    save("mouths", labelled(cells, 5))


def faces() -> None:
    """Rufus at rest and moving."""
    poses = {
        "rest": pose.make(),
        "blink": pose.make(eyeBlink=1.0),
        "gaze aside": pose.make(gazeX=9.0),
        "smile": pose.make(mouthSmile=1.0, cheekSquint=0.5, eyeSquint=0.4),
        "turned": pose.make(headYaw=6.0, headRoll=3.0),
    }
    with visavis.open("rufus") as avatar:
        renderer = avatar.renderer(384)
        cells = {
            name: cv2.resize(renderer.draw(p), (192, 192), interpolation=cv2.INTER_AREA)
            for name, p in poses.items()
        }
    save("faces", labelled(cells, 5))


def layers() -> None:
    """The mesh over Ada, and her layers."""
    with visavis.open("ada") as avatar:
        model = imx.read(find("ada"))
        width, height = avatar.size
        left = (width - height) // 2

        def square(picture: Picture, scale: float) -> Picture:
            part = picture[:, round(left * scale) : round((left + height) * scale)]
            return cv2.resize(part, (256, 256), interpolation=cv2.INTER_AREA).astype(np.uint8)

        person = model.images["person"].astype(np.float32)
        paper = np.full(person.shape[:2], 236, np.float32)
        step = int(16 * model.manifest.texture_scale)
        rows, columns = np.indices(person.shape[:2]) // step
        paper[(rows + columns) % 2 == 1] = 250
        alone = person[..., :3] + paper[..., None] * (1 - person[..., 3:] / 255)
        rest = avatar.renderer(512).draw(pose.make())
        mesh = cv2.resize(rest, (1024, 1024), interpolation=cv2.INTER_CUBIC)
        uv = model.rig["uv"] - [left, 0]
        edges = np.round(uv[model.rig["triangles"].astype(int)] * 2 * 16).astype(np.int32)
        over = mesh.copy()
        cv2.polylines(over, list(edges), True, (255, 255, 255), 1, cv2.LINE_AA, 4)
        mesh = cv2.addWeighted(over, 0.7, mesh, 0.3, 0)
        cells = {
            "the mesh": cv2.resize(mesh, (256, 256), interpolation=cv2.INTER_AREA),
            "background": square(model.images["background"], 1),
            "person": square(alone.astype(np.uint8), model.manifest.texture_scale),
            "teeth, tongue, lids, irises": _small_parts(model.images),
            "together": avatar.renderer(256).draw(pose.make(jawOpen=0.35, mouthSmile=0.3)),
        }
    save("layers", labelled(cells, 5))


def _small_parts(images: dict[str, Picture]) -> Picture:
    """The small textures on one square."""
    square = np.full((256, 256, 3), (74, 44, 42), np.uint8)
    places = {
        "teeth_upper": (8, 12, 240), "teeth_lower": (8, 98, 240), "tongue": (8, 164, 110),
        "lid_right": (130, 160, 56), "lid_left": (192, 160, 56),
        "eye_right_iris": (130, 206, 56), "eye_left_iris": (192, 206, 56),
    }  # fmt: skip
    for name, (x, y, width) in places.items():
        part = images[name]
        height = round(part.shape[0] * width / part.shape[1])
        part = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA).astype(float)
        place = square[y : y + height, x : x + width]
        place[:] = part[..., :3] + place * (1 - part[..., 3:] / 255)
    return square


def speech() -> None:
    """A sentence: its sound, the mouth's opening, the certainty that the lips are shut."""
    from visavis.speech import MOUTH_CHANNELS, mouth_rows

    text = "Papa may open the window, but Mama moves the lamp."
    samples, rate = spoken(text, "en-us", 140)
    rows = mouth_rows(samples, rate)
    size, k = (880, 300), 3
    chart = np.full((size[1] * k, size[0] * k, 3), 255, np.uint8)
    left, right = 90 * k, (size[0] - 10) * k

    def across(count: int) -> npt.NDArray[np.float64]:
        return np.linspace(left, right, count)

    def curve(values: npt.NDArray[np.float64], base: int, tone: tuple[int, ...]) -> None:
        x, y = across(len(values)), base - np.clip(values, 0, 1.2) * 60 * k
        line = np.stack([x, y], 1).round().astype(np.int32)
        area = np.concatenate([line, [[right, base], [left, base]]]).astype(np.int32)
        pale = tuple(int(255 - (255 - t) * 0.18) for t in tone)
        cv2.fillPoly(chart, [area], pale, cv2.LINE_AA)
        cv2.polylines(chart, [line], False, tone, 2 * k // 2, cv2.LINE_AA)

    wave = samples[: len(samples) // 880 * 880].reshape(880, -1) / 32768
    x = across(880)
    for place, low, high in zip(x, wave.min(1), wave.max(1), strict=True):
        ends = [(round(place), round((72 - v * 60) * k)) for v in (low, high)]
        cv2.line(chart, ends[0], ends[1], INK, k, cv2.LINE_AA)
    column = {name: rows[:, i].astype(float) for i, name in enumerate(MOUTH_CHANNELS)}
    curve(column["opening"], 200 * k, TEAL)
    curve(column["closed"], 292 * k, RUST)
    picture = Image.fromarray(cv2.resize(chart, size, interpolation=cv2.INTER_AREA))
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    for name, y, tone in (("sound", 64, INK), ("opening", 168, TEAL), ("lips shut", 260, RUST)):
        pen.text((8, y), name, tone, font=font)
    pen.text((left / k, 4), f"“{text}”", INK, font=font)
    save("speech", picture)


MAKERS: dict[str, Callable[[], None]] = {
    "hero": hero, "sheet": sheet, "mouths": mouths, "faces": faces, "layers": layers,
    "speech": speech,
}  # fmt: skip


def main() -> None:
    """Makes the pictures named, or all."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or MAKERS:
        MAKERS[name]()
        print(f"docs/img/{name}.webp: {(OUT / f'{name}.webp').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
