"""Every figure of lip sync on the development data: what the network hears and what is seen.

Comes in: the development data, characters to render (built from portraits nobody trained on).
Goes out: a table of figures with the mouth that loudness drives beside them, and its bar; a line
that has no data says so. docs/lipsync.md says what each figure means.

    python benchmarks/lipsync.py                    # `make evaluate`
    python benchmarks/lipsync.py --quick            # a few minutes
    python benchmarks/lipsync.py --only lj grid     # some parts
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import visavis
from visavis.avatar import Avatar
from visavis.evaluate import FilmedClip, filmed_clips
from visavis.evaluate.calm import jitter
from visavis.evaluate.figures import Closure, agreement, closure, lag, r
from visavis.evaluate.heard import heard, row_r, row_times
from visavis.evaluate.hearing import Sound, sound_of
from visavis.evaluate.lipsync import ears, read_mono
from visavis.evaluate.phones import Phone, read_phones
from visavis.evaluate.watch import Watched, avatar_pictures, watch
from visavis.motion import MotionSettings
from visavis.speech import mouth_rows

ROOT = Path(__file__).resolve().parents[1]
PORTRAITS = ("001", "057", "066", "080")
"""Of the development data, seen from the front with their mouths shut: three women, one with hair
over half her face, and a bearded man in the shade. Nothing was trained on any portrait."""
SAID: dict[str, tuple[str, ...]] = {
    "en-us": (
        "The boy put a big apple and some bread on the table before he came back home.",
        "Maybe Bob and Mary bought a map of the mountains, but Peter keeps nothing but maps.",
    ),
    "de": (
        "Am Abend bringt mein Bruder immer Brot und Butter mit, aber manchmal nur Pommes.",
        "Die Mama baut im Park ein paar bunte Burgen, bis am Montag der Besuch kommt.",
    ),
    "fr": (
        "Mon petit frère boit beaucoup, mais il mange peu de pain, même pendant les repas.",
        "Le bateau blanc part demain matin, et ma mère prépare déjà un bon panier pour nous.",
    ),
    "es": (
        "Mi abuelo compra pan y pimientos, pero mi mamá siempre busca el mejor mercado.",
        "El barco blanco pasa por el puente, y un perro pequeño corre por la playa.",
    ),
    "it": (
        "Mio padre mangia sempre pane e pomodori, ma la bambina beve solo un po' di latte.",
        "Domani mattina la barca parte presto, e mamma prepara un bel pacco per noi.",
    ),
    "pl": (
        "Mama kupiła dobry chleb i pomidory, bo po południu przyjdzie mój brat.",
        "Biały pies biegnie po plaży, a mały chłopiec buduje piękny zamek z piasku.",
    ),
    "tr": (
        "Babam bu sabah pazardan ekmek ve biber aldı, ama annem bir pasta yapmak istiyor.",
        "Beyaz gemi limandan ayrıldı, küçük bir çocuk parkta köpekle oynuyor.",
    ),
    "cmn": ("爸爸妈妈买了面包和苹果，但是朋友们不明白。", "白色的小马跑得慢，我们明天去爬山吧。"),
    "sw": (
        "Baba na mama wanapenda kupika mboga pamoja na samaki, lakini mimi napenda ubwabwa.",
        "Mbwa mweupe anakimbia pwani, na mtoto mdogo anapanda mlima mrefu.",
    ),
    "cy": (
        "Mae fy mam yn pobi bara bob bore, ond mae fy mrawd bach yn prynu afalau.",
        "Bydd y bws melyn yn mynd i fyny'r mynydd, a phawb yn bwyta pysgod poeth.",
    ),
    "et": (
        "Minu ema küpsetab hommikul pehmet leiba, aga väike poiss mängib palliga pargis.",
        "Valge paat läheb homme merele, ja me sööme pärast pikka päeva sooja suppi.",
    ),
}  # fmt: skip
"""Sentences of our own, rich in p, b and m; espeak-ng says them and tells when each phone is."""
LANGUAGES = ("en-us", "de", "fr", "es", "it", "pl", "tr", "cmn")
HELD_LANGUAGES, HELD_VARIANTS = ("sw", "cy", "et"), ("f4", "m3")
"""Languages and voices the training never heard."""

Closures = list[Closure]
Floats = npt.NDArray[np.float64]


@dataclass
class Line:
    """A line of the table."""

    part: str
    what: str
    value: str
    naive: str = ""
    bar: str = ""


@dataclass
class Bench:
    """What there is to measure with.

    Attributes:
        data: the development data.
        avatars: characters to render, by name.
        quick: a part of everything.
        lines: what was found.
        figures: the same as numbers.
    """

    data: Path
    avatars: dict[str, Avatar]
    quick: bool
    lines: list[Line] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def say(self, part: str, what: str, value: str, naive: str = "", bar: str = "") -> None:
        """Add a line to the table, and show it while the rest is worked on."""
        self.lines.append(Line(part, what, value, naive, bar))
        beside = f"  (loudness {naive or '-'}; bar {bar or '-'})" if naive or bar else ""
        print(f"  {part}: {what}: {value}{beside}", file=sys.stderr)
        self.figures[f"{part}: {what}"] = {"value": value, "loudness": naive, "bar": bar}

    def skip(self, part: str, why: str) -> None:
        """Add a line that says why there are no figures."""
        self.say(part, "skipped", why)

    @cached_property
    def lj(self) -> list[tuple[str, Sound, list[Phone]]]:
        """LJ Speech sentences with their phones."""
        paths = sorted((self.data / "speech/ljspeech").glob("*.wav"))
        paths = paths[:6] if self.quick else paths
        return [(p.stem, read_mono(p), read_phones(p.with_suffix(".TextGrid"))) for p in paths]

    @cached_property
    def people(self) -> list[FilmedClip]:
        """Filmed people kept out of the training."""
        tracks = self.data / "video/grid_more_tracks"
        return list(filmed_clips(tracks, most=4 if self.quick else None)) if tracks.is_dir() else []

    @cached_property
    def s1(self) -> list[FilmedClip]:
        """Kept-out clips of the one person the training knows well."""
        tracks = self.data / "video/grid_s1_tracks"
        if not tracks.is_dir():
            return []
        clips = (c for c in filmed_clips(tracks, None) if zlib.crc32(c.name.encode()) % 10 == 0)
        return list(clips)[: 12 if self.quick else None]


def pcm(sound: Sound) -> tuple[npt.NDArray[np.int16], int]:
    """A sound as samples and rate."""
    return np.round(sound.samples * 32767).astype(np.int16), sound.rate


def rows_of(sound: Sound, lookahead: int = 80) -> npt.NDArray[np.float32]:
    """The mouth rows of a sound."""
    return mouth_rows(sound.samples.astype(np.float32), sound.rate, lookahead)


def seen(avatar: Avatar, sound: Sound, name: str, **options: Any) -> Watched:
    """An avatar speaking a sound, watched."""
    return watch(avatar_pictures(avatar, pcm(sound), **options), name)


def pooled(found: Closures) -> dict[str, float]:
    """Closure over several recordings, each p, b, m counting once."""

    def mean(name: str, count: str | None) -> float:
        pairs = [(getattr(c, name), getattr(c, count) if count else 1) for c in found]
        known = [(v, n) for v, n in pairs if v is not None and n]
        return sum(v * n for v, n in known) / sum(n for _, n in known) if known else float("nan")

    return {
        "shut": mean("bilabials_shut", "bilabials"),
        "held": mean("bilabials_held", "bilabials"),
        "vowels": mean("open_vowels_shut", "open_vowels"),
        "elsewhere": mean("elsewhere_shut", None),
        "narrow": mean("labiodentals_narrow", "labiodentals"),
        "release": mean("release_ms", "bilabials"),
        "n": sum(c.bilabials for c in found),
    }


def lj_heard(bench: Bench) -> None:
    """LJ Speech, as the network hears it."""
    if not bench.lj:
        bench.skip("LJ Speech, heard", "no speech/ljspeech in the data")
        return
    for ahead in (80, 40):
        found, naive, rows = [], [], []
        for _, sound, phones in bench.lj:
            made = rows_of(sound, ahead)
            rows.append((made, phones))
            at = row_times(made)
            found.append(closure(at, made[:, 0].astype(np.float64), phones))
            naive.append(closure(at, sound.naive(at), phones))
        _closure_lines(bench, f"LJ Speech, heard, {ahead} ms ahead", pooled(found), pooled(naive))
        told = heard(rows)
        bench.say(
            f"LJ Speech, heard, {ahead} ms ahead",
            "visemes told right",
            f"{told.visemes:.3f}",
            bar=">= 0.65",
        )
        bench.say(
            f"LJ Speech, heard, {ahead} ms ahead", "p, b, m found at precision 0.65",
            f"{told.bilabial_recall:.2f}", bar=">= 0.55",
        )  # fmt: skip
        if ahead == 80:
            clean = told.visemes
    for name, worse in (("cafe noise at 10 dB", _noisy(bench)), ("telephone band", _telephone)):
        if worse is None:
            bench.skip("LJ Speech, heard, " + name, "no noise/pst_cafe.wav in the data")
            continue
        told = heard((rows_of(worse(sound)), phones) for _, sound, phones in bench.lj)
        bench.say(
            "LJ Speech, heard, " + name,
            "visemes told right, of clean",
            f"{told.visemes / clean:.2f}",
            bar=">= 0.90",
        )


def _noisy(bench: Bench) -> Callable[[Sound], Sound] | None:
    path = bench.data / "noise/pst_cafe.wav"
    if not path.exists():
        return None
    noise = read_mono(path)

    def mix(sound: Sound) -> Sound:
        step = noise.rate / sound.rate
        at = (np.arange(len(sound.samples)) * step) % (len(noise.samples) - 1)
        looped = np.interp(at, np.arange(len(noise.samples)), noise.samples)
        gain = np.sqrt(np.mean(sound.samples**2) / np.mean(looped**2) / 10)
        return Sound(np.clip(sound.samples + gain * looped, -1, 1), sound.rate)

    return mix


def _telephone(sound: Sound) -> Sound:
    """300 to 3400 Hz at 8 kHz."""
    spectrum = np.fft.rfft(sound.samples)
    hertz = np.fft.rfftfreq(len(sound.samples), 1 / sound.rate)
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    narrow = np.fft.irfft(spectrum, len(sound.samples))
    at = np.arange(int(sound.seconds * 8000)) * sound.rate / 8000
    return Sound(np.interp(at, np.arange(len(narrow)), narrow), 8000)


def _closure_lines(
    bench: Bench, part: str, mouth: dict[str, float], naive: dict[str, float] | None
) -> None:
    def both(name: str, factor: float = 100, form: str = ".1f") -> tuple[str, str]:
        beside = "" if naive is None else f"{factor * naive[name]:{form}}"
        return f"{factor * mouth[name]:{form}}", beside

    bench.say(part, f"p, b, m shut (of {mouth['n']:.0f}), %", *both("shut"), bar=">= 95")
    bench.say(part, "… held for two pictures of 25, %", *both("held"))
    bench.say(part, "open vowels wrongly shut, %", *both("vowels"), bar="<= 3")
    bench.say(part, "shut elsewhere in speech, %", *both("elsewhere"), bar="<= 46")
    bench.say(part, "f, v narrow, %", *both("narrow"))
    bench.say(part, "lips part after the end of p, b, m, ms", *both("release", 1, "+.0f"))


def lj_seen(bench: Bench) -> None:
    """LJ Speech, as it is seen."""
    if not bench.lj:
        bench.skip("LJ Speech, seen", "no speech/ljspeech in the data")
        return
    found: Closures = []
    naive: Closures = []
    offsets, unclear = [], 0
    names = list(bench.avatars)
    for k, (_, sound, phones) in enumerate(bench.lj):  # each sentence by the next character
        name = names[k % len(names)]
        face = seen(bench.avatars[name], sound, name)
        found.append(closure(face.times, face.opening, phones))
        naive.append(closure(face.times, sound.naive(face.times), phones))
        offset, match = lag(face.times, face.opening, *ears(sound))
        offsets.append(offset)
        unclear += match < 0.6
    for k, name in enumerate(names):
        own = pooled(found[k :: len(names)])
        shut = f"{100 * own['shut']:.0f}, {100 * own['held']:.0f}"
        bench.say("LJ Speech, seen", f"{name}: p, b, m shut, held, %", shut)
    _closure_lines(bench, "LJ Speech, seen", pooled(found), pooled(naive))
    bench.say(
        "LJ Speech, seen", "AV offset of each file against what is heard, ms",
        f"{min(offsets):+.0f} to {max(offsets):+.0f}, median {statistics.median(offsets):+.0f}"
        + (f" ({unclear} unclear)" if unclear else ""),
        bar="-20 to 20",
    )  # fmt: skip


def grid(bench: Bench) -> None:
    """Filmed people nobody trained on, heard and seen."""
    for part, clips, bar in (
        ("GRID people kept out", bench.people, (">= 0.78", ">= 0.58")),
        ("GRID s1, clips kept out", bench.s1, (">= 0.90", "")),
    ):
        if not clips:
            bench.skip(part, "no landmark tracks in video/ of the data")
            continue
        _grid_heard(bench, part, clips, bar)
        _grid_seen(bench, part, clips)


def _by_person(values: list[tuple[str, float]]) -> float:
    """Mean of the means of each person."""
    people = {who for who, _ in values}
    return float(np.mean([np.mean([v for w, v in values if w == who]) for who in people]))


def _grid_heard(bench: Bench, part: str, clips: Sequence[FilmedClip], bar: tuple[str, str]) -> None:
    table: dict[str, list[tuple[str, float]]] = {}
    for clip in clips:
        sound = sound_of(clip.sound, clip.rate)
        for ahead in (80, 40):
            rows = rows_of(sound, ahead)
            for column, real in (("opening", clip.opening), ("width", clip.width)):
                value = row_r(rows, column, clip.times, real)
                table.setdefault(f"{column} {ahead}", []).append((clip.speaker, value))
        table.setdefault("loud", []).append(
            (clip.speaker, r(sound.naive(clip.times), clip.opening))
        )
    found = {name: _by_person(values) for name, values in table.items()}
    bench.say(
        part, f"opening r, heard ({len(clips)} clips, mean of people)",
        f"{found['opening 80']:.3f}", f"{found['loud']:.3f}", bar[0],
    )  # fmt: skip
    bench.say(part, "width r, heard", f"{found['width 80']:.3f}", bar=bar[1])
    cost = found["opening 80"] - found["opening 40"]
    bench.say(part, "… what 40 ms ahead costs", f"{cost:.3f}", bar="<= 0.02")


def _grid_seen(bench: Bench, part: str, clips: Sequence[FilmedClip]) -> None:
    chosen = _some(clips, 2 if bench.quick else 3)
    table: dict[str, list[tuple[str, float]]] = {}
    lates = []
    for k, clip in enumerate(chosen):
        sound = sound_of(clip.sound, clip.rate)
        name = list(bench.avatars)[k % len(bench.avatars)]
        face = seen(bench.avatars[name], sound, name)
        beside = agreement(
            face.times, face.opening, face.width, clip.times, clip.opening, clip.width
        )
        rows = rows_of(sound)
        track = row_r(rows, "opening", clip.times, clip.opening)
        wide = row_r(rows, "width", clip.times, clip.width)
        loud = agreement(face.times, sound.naive(face.times), None, clip.times, clip.opening, None)
        curve = rows[:, 0].astype(np.float64)
        raw = agreement(row_times(rows), curve, None, clip.times, clip.opening, None)
        for key, value in (
            ("r", beside.opening_r), ("width", beside.width_r or 0.0), ("track", track),
            ("track width", wide), ("loud", loud.opening_r), ("sd", beside.spread),
            ("p99", beside.speed), ("loud sd", loud.spread), ("loud p99", loud.speed),
            ("track p99", raw.speed / raw.spread if raw.spread else 0.0),
            ("relative p99", beside.speed / beside.spread if beside.spread else 0.0),
        ):  # fmt: skip
            table.setdefault(key, []).append((clip.speaker, value))
        if beside.opening_r_best > 0.6:
            lates.append(beside.offset_ms)
    found = {key: _by_person(values) for key, values in table.items()}
    middle = {key: statistics.median(v for _, v in values) for key, values in table.items()}
    bench.say(
        part, f"opening r, seen ({len(chosen)} clips)", f"{found['r']:.3f}", f"{found['loud']:.3f}"
    )
    bench.say(
        part, "… what drawing loses of r", f"{found['track'] - found['r']:+.3f}", bar="<= 0.03"
    )
    bench.say(part, "width r, seen", f"{found['width']:.3f} (heard {found['track width']:.3f})")
    bench.say(
        part, "opening's deviation, real 1 (median clip)", f"{middle['sd']:.2f}",
        f"{middle['loud sd']:.2f}", "0.9 to 1.1",
    )  # fmt: skip
    bench.say(
        part, "99th percentile of its change, real 1 (median clip)", f"{middle['p99']:.2f}",
        f"{middle['loud p99']:.2f}", "0.7 to 1.1",
    )  # fmt: skip
    if lates:
        bench.say(
            part, f"later than the filmed mouth, median of {len(lates)} clear clips, ms",
            f"{statistics.median(lates):+.0f}", bar="-20 to 20",
        )  # fmt: skip


def _some(clips: Sequence[FilmedClip], each: int) -> list[FilmedClip]:
    """Some clips of each person, or three times as many where there is only one."""
    people: dict[str, list[FilmedClip]] = {}
    for clip in clips:
        people.setdefault(clip.speaker, []).append(clip)
    most = each if len(people) > 1 else 3 * each
    return [clip for own in people.values() for clip in own[:: max(1, len(own) // most)][:most]]


def languages(bench: Bench) -> None:
    """espeak-ng's voices of eight languages, and of three nobody trained on, seen."""
    try:
        from training.speech.espeak import Espeak

        voice = Espeak()
    except (ImportError, OSError) as error:
        bench.skip("espeak-ng", f"{error}; pip install espeakng-loader")
        return
    avatar_name, avatar = next(iter(bench.avatars.items()))
    base = 0.0
    held: Closures = []
    held_naive: Closures = []
    for language in (*LANGUAGES, *HELD_LANGUAGES):
        out: Closures = []
        wide: list[float] = []
        variants = HELD_VARIANTS if language in HELD_LANGUAGES else ("f2", "m2")
        for variant in variants:
            for text in SAID[language][: 1 if bench.quick else 2]:
                samples, segments = voice.say(text, f"{language}+{variant}", 160, 50, 60)
                if not len(samples):
                    continue
                sound = sound_of(samples, voice.rate)
                phones = [Phone(a, b, tuple(c), "".join(c)) for a, b, c in segments]
                face = seen(avatar, sound, avatar_name)
                out.append(closure(face.times, face.opening, phones))
                wide.append(float(np.nanpercentile(face.opening, 95)))
                if language in HELD_LANGUAGES:
                    naive = sound.naive(face.times)
                    held_naive.append(closure(face.times, naive, phones))
        if not out:
            bench.skip("espeak-ng", f"no voice {language}")
            continue
        if language in HELD_LANGUAGES:
            held += out
        else:
            found = pooled(out)
            size = float(np.mean(wide))
            base = base or size
            bench.say(
                "espeak-ng, seen", f"{language}: p, b, m shut, %; opening, en-us 1",
                f"{100 * found['shut']:.0f}; {size / base:.2f}", bar=">= 90 of en-us; 0.9 to 1.1",
            )  # fmt: skip
    if held:
        _closure_lines(
            bench, "espeak-ng sw, cy, et by f4, m3, seen", pooled(held), pooled(held_naive)
        )


def still(bench: Bench) -> None:
    """Sustained vowels and silence: does the mouth tremble?"""
    calm = MotionSettings(liveliness=0.0)
    vowels, silent, alive = [], [], []
    for name, avatar in bench.avatars.items():
        for formants in ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480)):
            face = seen(avatar, _vowel(formants), name, settings=calm)
            inside = (face.times > 1.2) & (face.times < 2.9)
            vowels.append(jitter(face.opening[inside] * face.px))
        quiet = Sound(np.random.default_rng(0).normal(0, 1e-4, 16_000 * 5), 16_000)
        for found, settings in ((silent, calm), (alive, MotionSettings())):
            face = seen(avatar, quiet, name, settings=settings)
            found.append(jitter(face.opening[face.times > 0.5] * face.px))
    bench.say(
        "Stillness",
        "jitter in sustained vowels, head still, worst, px of 512",
        f"{max(vowels):.2f}",
        bar="< 0.3",
    )
    bench.say(
        "Stillness",
        "jitter in silence, head still, worst, px of 512",
        f"{max(silent):.2f}",
        bar="< 0.3",
    )
    bench.say("Stillness", "jitter in silence, head moving, worst, px of 512", f"{max(alive):.2f}")


def _vowel(formants: Sequence[float]) -> Sound:
    """Three seconds of one vowel after half a second of silence, at 120 Hz."""
    rate = 16_000
    t = np.arange(3 * rate) / rate
    phase = 2 * np.pi * np.cumsum(120 + 1.5 * np.sin(2 * np.pi * 5 * t)) / rate
    voice = np.zeros_like(t)
    for harmonic in range(1, 40):
        hertz = 120.0 * harmonic
        level = sum(np.exp(-(((hertz - f) / 90) ** 2)) / (k + 1) for k, f in enumerate(formants))
        voice += (0.02 + level) * np.sin(harmonic * phase) / harmonic**0.3
    voice *= 0.15 / np.abs(voice).max() * np.minimum(1, np.minimum(t, 3 - t) / 0.05)
    hush = np.random.default_rng(0).normal(0, 1e-4, 4 * rate)
    hush[rate // 2 : rate // 2 + 3 * rate] += voice
    return Sound(hush, rate)


def cost(bench: Bench) -> None:
    """CPU of the network per second of sound, and the size of its weights."""
    import subprocess

    code = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks/speech.py"), "--json", "--runs", "3"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    spent = json.loads(code.stdout)["cpu_ms_per_second"]
    bench.say(
        "Cost",
        "CPU per second of sound, ms (16 kHz, 48 kHz)",
        f"{spent['16000 Hz']:.1f}, {spent['48000 Hz']:.1f}",
        bar="<= 10",
    )
    weights = Path(visavis.speech.__file__).with_name("weights.safetensors").stat().st_size
    bench.say("Cost", "weights, MB", f"{weights / 1e6:.2f}", bar="<= 1.5")


PARTS: dict[str, Callable[[Bench], None]] = {
    "cost": cost,
    "heard": lj_heard,
    "lj": lj_seen,
    "grid": grid,
    "languages": languages,
    "still": still,
}


def characters(data: Path, folder: Path, count: int) -> Iterator[tuple[str, Avatar]]:
    """Characters built from portraits of the data; those in the wheel where there are none."""
    for name in PORTRAITS[:count]:
        photo = data / "portraits" / f"{name}.jpg"
        if photo.exists():
            built = folder / f"{name}.imx"
            yield name, (visavis.open(built) if built.exists() else visavis.build(photo, built))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    default = Path(os.environ.get("VISAVIS_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=default, help="the development data")
    parser.add_argument("--avatars", type=Path, help="keep the built characters in this folder")
    parser.add_argument("--only", nargs="+", choices=sorted(PARTS), help="these parts")
    parser.add_argument("--quick", action="store_true", help="fewer clips and characters")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if not chosen.data.is_dir():
        print(f"skipped: the development data is not here ({chosen.data}; set VISAVIS_DATA)")
        return 0
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.avatars or Path(scratch)
        avatars = dict(characters(chosen.data, folder, 2 if chosen.quick else len(PORTRAITS)))
        if not avatars:
            print("skipped: no portraits in the development data to build characters from")
            return 0
        bench = Bench(chosen.data, avatars, chosen.quick)
        for name in chosen.only or PARTS:
            PARTS[name](bench)
    if chosen.json:
        print(json.dumps(bench.figures, indent=1, ensure_ascii=False))
        return 0
    print("| | | this mouth | loudness | bar |\n|---|---|---|---|---|")
    before = ""
    for line in bench.lines:
        part = line.part if line.part != before else ""
        print("| " + " | ".join((part, line.what, line.value, line.naive, line.bar)) + " |")
        before = line.part
    print(f"\n{', '.join(avatars)}; {(time.process_time() - begun) / 60:.1f} minutes of CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main())
