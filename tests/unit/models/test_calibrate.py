"""The calibration report's figures, tables and pictures on small made data."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from app.commands.evaluation.charts import reliability_diagram
from app.domain.evaluation import JudgedPhoto, Row, Said, Tally, calibration_error
from app.domain.photo_labels import Truth
from app.tagging.taxonomy import Taxonomy
from models.build import calibrate
from models.build.calibration_report import (
    Correction,
    Effect,
    Findings,
    Grid,
    Trial,
    markdown,
    report,
    standalone,
    temperature_row,
    thresholds_diagram,
)

SVG = "{http://www.w3.org/2000/svg}"

TAXONOMY = Taxonomy(
    ["beagle", "tabby", "mug"],
    {"beagle": ["animal"], "tabby": ["animal"], "mug": [], "animal": []},
    {},
)


def truth(*words: str) -> Truth:
    sought = {word: frozenset((word,)) for word in words}
    return Truth(frozenset(words), frozenset(("beagle", "tabby", "mug", "animal")), sought)


#: Two photos of which one is told rightly, one wrongly.
PHOTOS = (
    JudgedPhoto(
        "a.jpg",
        (Said("beagle", 0.9, "right"), Said("mug", 0.01, "wrong")),
        truth("beagle"),
        {"beagle": 0.9},
    ),
    JudgedPhoto("b.jpg", (Said("tabby", 0.5, "wrong"),), truth("mug"), {"mug": -1.0}),
)


def findings() -> Findings:
    figures = Tally(PHOTOS).at(0.4)
    quality = calibrate.quality(PHOTOS, 0.05)
    return Findings(
        command="python -m models.build.calibrate P L",
        engine="made 1.0.0",
        heads=("made-core 1.0.0",),
        photos=2,
        temperature=0.7,
        floor=0.05,
        optimum=0.62,
        top1=0.5,
        top5=1.0,
        trials=(Trial(0.6, 0.5, 0.1, figures), Trial(0.7, 0.6, None, figures)),
        words=(Row("beagle", right=1), Row("tabby", wrong=2)),
        corrections=(Correction("tabby", ((1, 0.3),), Effect(0, 2)),),
        candidates=((Row("tabby", wrong=2), Effect(1, 2)),),
        alone=quality,
        complete=quality,
    )


def test_likelihood_of_even_and_of_sure_answers() -> None:
    classes = np.array([0, 1])
    even = np.zeros((2, 4))
    assert calibrate.negative_log_likelihood(even, classes, 0.7) == pytest.approx(math.log(4))
    sure = np.array([[math.log(3), 0.0], [0.0, math.log(3)]])
    # At T = 1 the true class has 3/4, at T = 1/2 it has 9/10.
    assert calibrate.negative_log_likelihood(sure, classes, 1.0) == pytest.approx(-math.log(0.75))
    assert calibrate.negative_log_likelihood(sure, classes, 0.5) == pytest.approx(-math.log(0.9))


def test_likelihood_stands_large_logits() -> None:
    value = calibrate.negative_log_likelihood(np.array([[5000.0, 0.0]]), np.array([0]), 0.5)
    assert value == 0.0


def test_best_temperature_undoes_what_the_logits_were_multiplied_by() -> None:
    # 3 of 4 photos are of the first class, so 3/4 is the probability that fits best.
    classes = np.array([0, 0, 0, 1])
    logits = 0.8 * np.tile([math.log(3), 0.0], (4, 1))
    assert calibrate.best_temperature(logits, classes) == 0.8


def test_top_counts_the_most_likely_classes() -> None:
    logits = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]])
    assert calibrate.top(logits, np.array([0, 1]), 1) == 0.5
    assert calibrate.top(logits, np.array([0, 1]), 2) == 1.0


def test_words_below_the_floor_do_not_enter_the_error() -> None:
    bins = calibrate.bins_above(PHOTOS, 0.05)
    assert sum(item.count for item in bins) == 2
    assert calibration_error(bins) == pytest.approx((0.1 + 0.5) / 2)
    assert sum(item.count for item in calibrate.bins_above(PHOTOS, 0.0)) == 3


def test_corrections_count_the_words_above_too() -> None:
    probabilities = np.array([[0.6, 0.1, 0.3], [0.6, 0.0, 0.4]])
    truths = (truth("beagle", "animal"), truth("mug"))
    corrector = calibrate.Corrector(TAXONOMY, probabilities, truths)
    assert corrector.effect_on("beagle", 0.9) == Effect(0, 0)
    assert corrector.effect_on("beagle", 0.1) == Effect(lost=2, avoided=2)


def test_corrections_of_the_table_go_by_word() -> None:
    leaves = [{"word": w, "odds": o} for w, o in (("beagle", "0.1"), ("tabby", ""), ("mug", "1"))]
    truths = (truth("beagle", "animal"),)
    corrector = calibrate.Corrector(TAXONOMY, np.array([[0.6, 0.1, 0.3]]), truths)
    assert calibrate.corrections(leaves, corrector) == (
        Correction("beagle", ((0, 0.1),), Effect(2, 0)),
        Correction("mug", ((2, 1.0),), Effect(0, 0)),
    )


def test_rows_mark_the_best_temperature_and_the_manifests() -> None:
    found = findings()
    first, second = (temperature_row(item, found) for item in found.trials)
    assert first == ("0.60", "0.5000", "10.0 %", "50.0 %", "50.0 %", "0.0 %", "least NLL")
    assert second[:3] == ("0.70", "0.6000", "–")
    assert second[-1] == "manifest"


def test_report_says_on_which_side_of_the_optimum_the_manifest_is() -> None:
    assert "a little higher than the optimum on purpose" in " ".join(
        block for block in report(findings()) if isinstance(block, str)
    )
    low = replace(findings(), optimum=0.8)
    assert "is not above the optimum" in " ".join(b for b in report(low) if isinstance(b, str))


def test_report_is_markdown_and_always_the_same() -> None:
    text = markdown(report(findings()))
    assert text == markdown(report(findings()))
    assert "python -m models.build.calibrate P L" in " ".join(text.split())
    assert "| tabby | 0 | 2 | 1 | 2 |" in text
    assert "| tabby | 1: 0.3 | 0 | 2 | 0 | 2 |" in text
    assert "](thresholds.svg)" in text and "](reliability.svg)" in text


def test_grid_as_markdown() -> None:
    assert Grid(("a", "b"), (("x", "1"),)).markdown() == "| a | b |\n| --- | --: |\n| x | 1 |"


@pytest.mark.parametrize("name", ["reliability", "thresholds"])
def test_pictures_stand_alone(name: str) -> None:
    alone = findings().alone
    drawing = (
        reliability_diagram(alone.bins)
        if name == "reliability"
        else thresholds_diagram(alone.curve)
    )
    root = ET.fromstring(standalone(drawing))
    assert root.tag == f"{SVG}svg"  # so it has its xmlns
    kinds = [child.tag for child in root]
    assert kinds[:3] == [f"{SVG}title", f"{SVG}style", f"{SVG}rect"]
    ground = root[2]
    assert ground.get("fill") == "#ffffff"
    assert (ground.get("width"), ground.get("height")) == (root.get("width"), root.get("height"))
    assert "var(" not in standalone(drawing)


def test_pictures_of_nothing() -> None:
    empty = calibrate.quality((), 0.05)
    for drawing in (reliability_diagram(empty.bins), thresholds_diagram(empty.curve)):
        ET.fromstring(standalone(drawing))


def test_a_drawing_needs_its_size() -> None:
    with pytest.raises(ValueError, match="viewBox"):
        standalone("<svg></svg>")
