"""What the heads and colours add to a look, and what a thorough look costs, in CPU milliseconds.

    python -m benchmarks.heads [--rounds 5]

The same photos, decoded and tagged on one thread, with everything switched off and on in turn;
medians over the rounds of the CPU time of one photo.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from app.domain.detail import Detail
from app.domain.faces import Faces
from app.domain.images import InputSpec
from app.imaging.imager import PillowImager
from app.tagging.catalogue import load_faces, load_tagger
from app.tagging.faces import MtcnnDetector
from app.tagging.tagger import Tagger
from benchmarks import pictures

MODELS = Path(__file__).parents[1] / "models"


def cost(
    tagger: Tagger, contents: list[bytes], detail: Detail, detector: MtcnnDetector | None = None
) -> float:
    """CPU milliseconds a photo."""
    imager = PillowImager(max_pixels=10**8)
    started = time.process_time()
    for content in contents:
        specs = list(tagger.inputs(detail))
        faces = None
        if detector is not None:
            view = InputSpec(detector.long_side, resample="bilinear", fit="inside")
            seen = imager.inspect(content, [*specs, view]).inputs
            faces = Faces(detector.detect(seen[view][0]), "mtcnn")
        else:
            seen = imager.inspect(content, specs).inputs
        tagger.categorize(seen, detail, faces)
    return 1000 * (time.process_time() - started) / len(contents)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    contents = pictures.make(40, seed=3)
    bare = load_tagger(MODELS, "lite2-int8", [], colours=False)
    heads = load_tagger(MODELS, "lite2-int8", ["lite2-core"], colours=False)
    whole = load_tagger(MODELS, "lite2-int8", ["lite2-core"])
    detector = load_faces(MODELS, "mtcnn")
    rounds: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        for name, value in (
            ("classifier alone", cost(bare, contents, "fast")),
            ("with lite2-core", cost(heads, contents, "fast")),
            ("with lite2-core and colours", cost(whole, contents, "fast")),
            ("thorough, with faces", cost(whole, contents, "thorough", detector)),
        ):
            rounds.setdefault(name, []).append(value)
    alone = statistics.median(rounds["classifier alone"])
    for name, values in rounds.items():
        median = statistics.median(values)
        print(
            f"{name}: {median:.1f} CPU ms a photo (+{median - alone:.1f}, ÷ {median / alone:.2f})"
        )


if __name__ == "__main__":
    main()
