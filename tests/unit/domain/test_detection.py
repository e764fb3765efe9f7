"""Results of object models as they are stored and shown, and the tags they earn."""

from __future__ import annotations

from typing import Any

from app.domain.assets import Tag
from app.domain.auto_tagging import labels_above
from app.domain.detection import DetectedObject, Detection, with_objects

DOG = DetectedObject("Dog", 0.25, 0.5, 0.5, 0.25, 0.91)
SMALLER = DetectedObject("Dog", 0.0, 0.0, 0.333333, 0.1, 0.4)
CAR = DetectedObject("car", 0.5, 0.5, 0.5, 0.5, 0.3999)


def said(model: str, *objects: DetectedObject, version: str = "2.1.0") -> Detection:
    return Detection(model, "mine", version, objects)


def failed(model: str) -> Detection:
    return Detection(model, "mine", "2.1.0", None)


def shape(info: dict[str, Any]) -> Any:
    """Status and labels by model."""
    result = info["detection"]["object_detection"]
    data = result.get("data", {})
    return result["status"], {name: list(entry["tags"]) for name, entry in data.items()}


def test_the_shape() -> None:
    info = with_objects({}, [said("coco", CAR, SMALLER, DOG)], 200, 100)
    assert info == {
        "detection": {
            "object_detection": {
                "status": "complete",
                "data": {
                    "coco": {
                        "model_name": "coco",
                        "model_version": 2,
                        "schema_version": 1,
                        "tags": {
                            "Dog": [
                                {
                                    "bounding-box": [50.0, 50.0, 100.0, 25.0],
                                    "categories": [],
                                    "confidence": 0.91,
                                },
                                {
                                    "bounding-box": [0.0, 0.0, 66.67, 10.0],
                                    "categories": [],
                                    "confidence": 0.4,
                                },
                            ],
                            "car": [
                                {
                                    "bounding-box": [100.0, 50.0, 100.0, 50.0],
                                    "categories": [],
                                    "confidence": 0.3999,
                                }
                            ],
                        },
                    }
                },
            }
        }
    }
    assert list(info["detection"]["object_detection"]["data"]["coco"]["tags"]) == ["Dog", "car"]


def test_models_are_put_together() -> None:
    first = with_objects({"ocr": {"kept": 1}}, [said("coco", DOG)], 10, 10)
    second = with_objects(first, [said("lvis", CAR), said("coco")], 10, 10)
    assert shape(first) == ("complete", {"coco": ["Dog"]})
    assert shape(second) == ("complete", {"lvis": ["car"], "coco": []})
    assert second["ocr"] == {"kept": 1}
    assert with_objects(second, [], 10, 10) == second


def test_a_failure_speaks_for_all_and_costs_only_its_own() -> None:
    before = with_objects({}, [said("coco", DOG), said("lvis", CAR)], 10, 10)
    after = with_objects(before, [failed("coco"), said("unidet", DOG)], 10, 10)
    assert shape(after) == ("failed", {"lvis": ["car"], "unidet": ["Dog"]})
    assert with_objects({}, [failed("coco")], 10, 10) == {
        "detection": {"object_detection": {"status": "failed"}}
    }
    assert shape(with_objects(after, [said("coco", DOG)], 10, 10))[0] == "complete"


def test_labels_that_are_sure_enough_become_tags() -> None:
    results = [said("unidet", CAR, DOG), failed("lvis"), said("coco", SMALLER, DOG, CAR)]
    assert labels_above(results, 0.4) == (
        Tag("dog", "coco", "mine", "2.1.0"),
        Tag("dog", "unidet", "mine", "2.1.0"),
    )
    assert [tag.word for tag in labels_above(results, 0.3999)] == ["car", "car", "dog", "dog"]
