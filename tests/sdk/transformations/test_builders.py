"""What the builders can make is all tried: no server is needed for these."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.sdk.conftest import Sdk
from tests.sdk.transformations.case import Case
from tests.sdk.transformations.catalogue import all_cases, built
from tests.sdk.transformations.refusals import REFUSED, refused_part

#: Functions of @cloudinary/url-gen that no case calls, with the reason.
LEFT_OUT = {
    "Transcode": "only pictures of the class for videos have it",
    "VideoEdit": "only pictures of the class for videos have it",
    "AnimatedFormat": "for videos that become animations",
    "PSDTools": "layers of Photoshop files, which are stored as they are",
    "Delivery.colorSpaceFromICC": "needs a profile stored as a raw file",
    "Region.ocr": "text is found by an add-on of another maker",
    "Region.rectangle": "for generative removal",
    "Source.audio": "audio",
    "Variable.setFromMetadata": "structured metadata is not stored",
}
#: Groups of qualifiers of which a few examples stand for all.
BY_EXAMPLE = {"Flag", "FocusOn", "Format"}


@pytest.fixture(scope="module")
def made(
    node: Sdk, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Case], list[str], dict[str, list[str]]]:
    cases = all_cases("http://127.0.0.1:1/logo.png")
    urls, exports = built(cases, "127.0.0.1:1", node, tmp_path_factory.mktemp("calls"))
    return cases, urls, exports


Made = tuple[list[Case], list[str], dict[str, list[str]]]


def test_there_are_hundreds_of_different_transformations(made: Made) -> None:
    cases, urls, _ = made
    failures = [url for url in urls if not url.startswith("http://127.0.0.1:1/acme/image/")]
    assert not failures, failures[:5]
    calls = Counter(map(str, cases))
    assert [call for call, count in calls.items() if count > 1] == []
    different = {url.partition("?")[0] for url in urls}
    assert len(cases) >= 800 and len(different) >= 750
    for builder in ("python", "node", "url-gen"):
        own = {url for case, url in zip(cases, urls, strict=True) if case.builder == builder}
        assert len(own) >= 190, builder


def test_every_action_and_qualifier_is_tried(made: Made) -> None:
    cases, _, exports = made
    text = "\n".join(case.call for case in cases)
    used = set(re.findall(r"\b([A-Z][A-Za-z]+\.[a-z]\w*)\(", text))
    missing = [
        f"{group}.{name}"
        for group, names in exports.items()
        for name in names
        if not {group, f"{group}.{name}"} & (LEFT_OUT.keys() | BY_EXAMPLE | used)
    ]
    assert missing == []
    known = {f"{group}.{name}" for group, names in exports.items() for name in names}
    assert used - known == set()
    unused = [name for name in LEFT_OUT if name not in exports and name in used]
    assert unused == [], "it is tried, so it need not be left out"


def test_few_are_refused_and_each_has_its_reason(made: Made) -> None:
    cases, urls, _ = made
    parts = Counter(part for url in urls if (part := refused_part(url)))
    assert set(parts) == set(REFUSED), "each line of refused.txt has a case"
    assert sum(parts.values()) <= len(cases) * 0.05
    for case, url in zip(cases, urls, strict=True):
        assert (case.kind == "refused") == bool(refused_part(url)), case


def test_the_list_of_refusals_names_a_reason_for_each() -> None:
    kinds = ("video", "generative", "third party", "clipping path")
    assert all(reason.startswith(kinds) for reason in REFUSED.values())
    lines = (Path(__file__).parent / "refused.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) - 1 == len(REFUSED)
