"""A report as JSON. Its keys are a promise: docs/evaluate.md lists them."""

from __future__ import annotations

from typing import Any

from app import __version__
from app.commands.evaluation.report import Report, Run
from app.domain.evaluation import Bin, Figures, JudgedPhoto, Row

#: Grows when a key goes or changes its meaning, not when one is added.
FORMAT = 1


def document(report: Report) -> dict[str, Any]:
    """Everything, ready for :func:`json.dumps`. Shares are 0 … 1; what has none is null."""
    run, now = report.run, report.now
    return {
        "format": FORMAT,
        "lenticular": __version__,
        "measured_at": run.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "engine": _engine(run),
        "labels": {
            "file": run.labels_file,
            "form": run.labels.form,
            "photos": len(run.labels.photos),
            "unknown": list(run.labels.unknown),
            "unlisted": list(run.labels.unlisted),
        },
        "directory": run.directory,
        "photos": report.count,
        "failed": [{"file": file, "error": error} for file, error in run.failed],
        "unlabelled": list(run.unlabelled),
        "threshold": run.threshold,
        "words_per_photo": _round(report.per_photo(now.said)),
        "answered_per_photo": _round(report.per_photo(sum(len(p.said) for p in run.photos))),
        "untagged": _round(report.per_photo(now.untagged)),
        "nothing_found": _round(report.per_photo(now.nothing_found)),
        "top1": _round(report.top1),
        "top5": _round(report.top5),
        "precision": _round(now.precision),
        "recall": _round(now.recall),
        "recall_known": _round(report.recall_known),
        "thresholds": [_figures(report, item) for item in report.thresholds],
        "ece": _round(report.ece),
        "reliability": [_bin(item) for item in report.bins],
        "words": [_row(item, "word") for item in report.words],
        "classes": [
            _row(item, "class") | {"accepted": sorted(run.labels.accepted[item.name])}
            for item in report.classes
        ],
        "speed": {
            "images_per_second": round(run.speed.images_per_second, 2),
            "cpu_ms_per_image": round(run.speed.cpu_ms_per_image, 3),
            "seconds": round(run.speed.wall, 3),
            "threads": run.speed.threads,
        },
        "results": [_result(photo, run.threshold) for photo in run.photos],
    }


def _engine(run: Run) -> dict[str, Any]:
    subject = run.subject
    return {
        "addon": subject.addon,
        "name": subject.engine,
        "version": subject.version,
        "detail": subject.detail,
        "heads": list(subject.heads),
        "face_model": subject.face_model,
        "sources": list(subject.sources),
    }


def _figures(report: Report, item: Figures) -> dict[str, Any]:
    return {
        "threshold": item.threshold,
        "precision": _round(item.precision),
        "recall": _round(item.recall),
        "right": item.right,
        "wrong": item.wrong,
        "found": item.found,
        "missed": item.missed,
        "words_per_photo": _round(report.per_photo(item.said)),
        "untagged": _round(report.per_photo(item.untagged)),
        "nothing_found": _round(report.per_photo(item.nothing_found)),
    }


def _bin(item: Bin) -> dict[str, Any]:
    return {
        "from": _round(item.low),
        "to": _round(item.high),
        "count": item.count,
        "confidence": _round(item.confidence),
        "right": _round(item.right),
    }


def _row(item: Row, key: str) -> dict[str, Any]:
    return {
        key: item.name,
        "photos": item.photos,
        "found": item.found,
        "missed": item.missed,
        "right": item.right,
        "wrong": item.wrong,
        "precision": _round(item.precision),
        "recall": _round(item.recall),
    }


def _result(photo: JudgedPhoto, threshold: float) -> dict[str, Any]:
    return {
        "file": photo.file,
        "first": photo.truth.first,
        "sought": list(photo.sought),
        "missed": photo.missed(threshold),
        "tags": [
            {
                "tag": item.word,
                "confidence": item.confidence,
                "verdict": item.verdict,
                "source": item.source,
            }
            for item in photo.said
        ],
    }


def _round(number: float | None) -> float | None:
    return None if number is None else round(number, 6)
