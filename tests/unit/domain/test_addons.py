"""The register of add-ons, and what is read of parameters and settings with it."""

from __future__ import annotations

import pytest

from app.domain.addons import (
    LABELS,
    OBJECT_MODELS,
    AddonRequest,
    InvalidItem,
    parse_detection_models,
    parse_names,
    unsubscribed,
)
from app.domain.moderation import KINDS


def test_models_of_detection_and_their_versions() -> None:
    found = parse_names("detection", ["coco_v2", "adv_face", "coco", "watermark-detection_v12"])
    names = ["coco", "adv_face", "watermark-detection"]
    assert found == tuple(AddonRequest(name, parameter="detection") for name in names)


@pytest.mark.parametrize(
    ("parameter", "item"),
    [
        ("detection", "illegal"),
        ("detection", "coco_v"),
        ("detection", "coco_v1_v2"),
        ("detection", "coco_v1\n"),
        ("detection", "coco:1"),
        ("detection", "_v1"),
        ("ocr", "adv_ocr_v1"),
        ("ocr", "coco"),
        ("raw_convert", ":srt"),
        ("background_removal", "Cloudinary_AI"),
    ],
)
def test_names_that_do_not_exist(parameter: str, item: str) -> None:
    with pytest.raises(InvalidItem) as raised:
        parse_names(parameter, [item])
    assert raised.value.args == (item,)


def test_arguments_are_the_add_ons() -> None:
    for parameter, item, name in (
        ("ocr", "adv_ocr:document:ja", "adv_ocr"),
        ("raw_convert", "google_speech:srt:vtt:en-US", "google_speech"),
        ("background_removal", "cloudinary_ai:fine_edges", "cloudinary_ai"),
    ):
        assert parse_names(parameter, [item]) == (AddonRequest(name, parameter=parameter),)


def test_the_answer_without_subscription() -> None:
    for parameter, labels in LABELS.items():
        for name, label in labels.items():
            error = unsubscribed(parameter, name)
            assert error.status == 420
            assert error.message == f"You don't have an active subscription for {label}"
    assert set(OBJECT_MODELS) < set(LABELS["detection"])
    assert set(KINDS) == {"manual", "duplicate", *LABELS["moderation"]}


def test_setting_of_detectors() -> None:
    text = " coco = mine , cld-fashion=clothes,,"
    assert parse_detection_models(text) == {"coco": "mine", "cld-fashion": "clothes"}
    assert parse_detection_models("") == {}
    for bad in ("coco", "coco=", "=mine"):
        with pytest.raises(ValueError, match="is not name=model"):
            parse_detection_models(bad)
    with pytest.raises(ValueError, match="'captioning' gives no labelled boxes; those that do"):
        parse_detection_models("captioning=mine")
