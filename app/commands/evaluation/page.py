"""A report as one page that needs nothing else: no scripts, no files, no network."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from app.commands.evaluation.charts import curve_diagram, reliability_diagram
from app.commands.evaluation.markup import Html, join, tag, text
from app.commands.evaluation.report import Report
from app.commands.evaluation.style import CSS
from app.commands.evaluation.tables import figure, figures_of, notes, percent, subject_line
from app.domain.evaluation import JudgedPhoto, Row, Said, missed_first, worst_first, wrong_first

#: Photos shown in each of the two sections, and rows of a table before the rest is folded away.
PHOTOS, ROWS = 24, 40

#: Words that a photo's caption holds at most; the right and wrong ones stand first.
_WORDS = 14

#: What the browser may load: nothing but what stands in the page.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

#: A photo's file name to the bytes of a JPEG; ``None`` if it cannot be shown.
Thumbnails = Callable[[str], bytes | None]


def page(report: Report, thumbnails: Thumbnails) -> str:
    """The whole document."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("title", f"How good the tags are: {report.run.subject.engine}"),
        tag("style", Html(CSS)),
    )
    body = tag(
        "main",
        _head(report),
        _tiles(report),
        _panels(report),
        _mistakes(report, thumbnails),
        _rows(report.classes, "class", "Classes of objects") if report.classes else "",
        _rows(report.known_words, "word", "Words"),
        _unknown(report),
    )
    return join(Html("<!doctype html>\n"), tag("html", head, tag("body", body), lang="en"), "\n")


def _head(report: Report) -> Html:
    run = report.run
    lines = notes(report)
    return tag(
        "header",
        tag("h1", "How good the tags are"),
        tag("p", subject_line(run.subject), class_="break"),
        tag(
            "p",
            f"{report.count} photos of {run.directory}, judged by {run.labels_file} at a "
            f"threshold of {run.threshold:g}, {run.at:%Y-%m-%d %H:%M} UTC",
            class_="soft break",
        ),
        tag("ul", *(tag("li", line) for line in lines), class_="notes soft") if lines else "",
    )


def _tiles(report: Report) -> Html:
    run, now = report.run, report.now
    tiles = [
        (percent(now.precision), "precision: said words that are right"),
        (percent(now.recall), "recall: true things that are found"),
        (
            percent(report.recall_known if report.unknown_words else None),
            "recall of what the engine has words for",
        ),
        (percent(report.top1), "top-1: the first true word comes first"),
        (percent(report.top5), "top-5: it is among the first five"),
        (percent(report.ece), "calibration error of confidences"),
        (f"{report.per_photo(now.said):.1f}", "words a photo"),
        (percent(report.per_photo(now.untagged)), "photos without a tag"),
        (percent(report.per_photo(now.nothing_found)), "photos with nothing found"),
        (
            f"{run.speed.images_per_second:.1f}",
            f"images a second, {run.speed.cpu_ms_per_image:.1f} CPU ms each",
        ),
    ]
    shown = [tile for tile in tiles if tile[0] != "–"]
    return tag(
        "div",
        *(tag("div", tag("b", value), tag("span", name), class_="tile") for value, name in shown),
        class_="tiles",
    )


def _panels(report: Report) -> Html:
    marks = [item for item in report.thresholds if item.threshold != report.now.threshold]
    return tag(
        "div",
        tag(
            "section",
            tag("h2", "Does a confidence mean what it says?"),
            tag(
                "p",
                "Each bar is the share right of the words in that range of confidence, its dot at "
                "their mean. On the dashed line seven of ten words with 70 % are right; bars that "
                "end below it are too sure of themselves. Underneath: how many words there are "
                "(square roots).",
            ),
            reliability_diagram(report.bins),
            class_="panel",
        ),
        tag(
            "section",
            tag("h2", "What a threshold costs"),
            tag(
                "p",
                "Precision over recall. A higher threshold says fewer words and more of them "
                f"right. Numbers are thresholds; the red dot is {report.now.threshold:g}.",
            ),
            curve_diagram(report.curve, marks, report.now),
            class_="panel",
        ),
        tag("section", tag("h2", "By threshold"), _thresholds(report), class_="panel"),
        class_="panels",
    )


def _thresholds(report: Report) -> Html:
    rows = []
    figures = {item.threshold: item for item in (*report.thresholds, report.now)}
    for threshold, item in sorted(figures.items()):
        cells = (
            f"{threshold:g}",
            percent(item.precision),
            percent(item.recall),
            f"{report.per_photo(item.said):.1f}",
            percent(report.per_photo(item.untagged)),
        )
        on = "on" if threshold == report.now.threshold else None
        rows.append(tag("tr", *(tag("td", cell) for cell in cells), class_=on))
    names = ("from", "precision", "recall", "words", "untagged")
    return _table(names, rows)


def _table(names: Sequence[str], rows: Sequence[Html]) -> Html:
    header = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in names)))
    return tag("div", tag("table", header, tag("tbody", *rows)), class_="scroll")


def _mistakes(report: Report, thumbnails: Thumbnails) -> Html:
    photos, threshold = report.run.photos, report.run.threshold
    wrong, missed = wrong_first(photos, threshold), missed_first(photos, threshold)
    nothing = sum(photo.nothing_found(threshold) for photo in missed)
    legend = tag(
        "p",
        tag("span", "right", class_="word right"),
        " ",
        tag("span", "✗ wrong", class_="word wrong"),
        " ",
        tag("span", "not judged", class_="word"),
        " ",
        tag("span", "missed", class_="word missed"),
    )
    return join(
        tag("h2", "The surest wrong words"),
        tag("p", f"{_of(wrong, report)} have a wrong word.", class_="soft"),
        legend if wrong or missed else "",
        _photos(wrong, threshold, thumbnails),
        tag("h2", "What was missed"),
        tag(
            "p",
            f"{_of(missed, report)} miss something; {nothing} of them, which stand first, have "
            "nothing right.",
            class_="soft",
        ),
        _photos(missed, threshold, thumbnails),
    )


def _of(photos: Sequence[JudgedPhoto], report: Report) -> str:
    return f"{len(photos)} of {report.count} photos"


def _photos(photos: Sequence[JudgedPhoto], threshold: float, thumbnails: Thumbnails) -> Html:
    shown = photos[:PHOTOS]
    return tag("div", *(_photo(photo, threshold, thumbnails) for photo in shown), class_="photos")


def _photo(photo: JudgedPhoto, threshold: float, thumbnails: Thumbnails) -> Html:
    data = thumbnails(photo.file)
    picture = tag("div", "no picture", class_="none")
    if data is not None:
        source = f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
        picture = tag("img", src=source, alt=photo.file, loading="lazy")
    missed = set(photo.missed(threshold))
    words = [_word(item) for item in _judged_first(photo.above(threshold))]
    truth = [
        tag("span", name, class_="word missed" if name in missed else "word right")
        for name in photo.sought
    ]
    return tag(
        "figure",
        picture,
        tag("figcaption", photo.file),
        tag(
            "dl",
            tag("dt", "said"),
            tag("dd", *(words or [text("nothing")])),
            tag("dt", "true"),
            tag("dd", *(truth or [text("nothing listed")])),
        ),
        class_="photo",
    )


def _judged_first(words: Sequence[Said]) -> list[Said]:
    """Wrong words, right ones, then those that are not judged; not all of a long answer."""
    order = {"wrong": 0, "right": 1, "unknown": 2}
    return sorted(words, key=lambda item: order[item.verdict])[:_WORDS]


def _word(item: Said) -> Html:
    mark = "✗ " if item.verdict == "wrong" else ""
    return tag(
        "span",
        f"{mark}{item.word} ",
        tag("small", f"{100 * item.confidence:.0f}"),
        class_="word" if item.verdict == "unknown" else f"word {item.verdict}",
        title=item.source or None,
    )


def _rows(rows: Sequence[Row], kind: str, title: str) -> Html:
    columns = figures_of(rows)
    lines = [
        tag("tr", tag("td", row.name), *(tag("td", figure(row, name)) for name in columns))
        for row in worst_first(rows)
    ]
    names = (kind, *columns)
    rest = lines[ROWS:]
    folded = tag(
        "details",
        tag("summary", f"{len(rest)} more"),
        _table(names, rest),
    )
    return join(
        tag("h2", title),
        tag("p", "Those with most mistakes (wrong or missed) first.", class_="soft"),
        _table(names, lines[:ROWS]) if lines else tag("p", "None was judged."),
        folded if rest else "",
    )


def _unknown(report: Report) -> Html:
    """True words that the engine cannot say, and of how many photos."""
    words = report.unknown_words
    if not words:
        return Html()
    shown = (f"{row.name} ({row.photos})" if row.photos > 1 else row.name for row in words)
    return join(
        tag("h2", "Words that the engine does not have"),
        tag(
            "p",
            f"{len(words)} true words, with the number of photos where it is more than one. "
            "They count as missed.",
            class_="soft",
        ),
        tag("p", ", ".join(shown), class_="break"),
    )
