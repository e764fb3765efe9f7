"""The card of taught heads: what they are, and how good, in Markdown."""

from __future__ import annotations

from app.tagging.gates import BINS, LEAST_ABOVE, PRECISION, Figures
from app.tagging.teaching import Origin, Taught


def write_card(name: str, version: str, taught: Taught, origin: Origin) -> str:
    """The whole card."""
    said = [item for item in taught.figures if item.gate is not None]
    unsaid = [item for item in taught.figures if item.gate is None]
    sections = [
        _introduction(name, version, taught, origin),
        _table(said, taught.folds),
        _left_out(unsaid),
        _reliability(said),
        _limits(),
    ]
    return "\n\n".join(filter(None, sections)) + "\n"


def _introduction(name: str, version: str, taught: Taught, origin: Origin) -> str:
    return f"""# {name} {version}: words of one's own

**What it is.** Linear heads on the embedding of `{origin.classifier}`: logistic regressions, one
a word.

**Where it comes from.** Trained on {origin.today.isoformat()} by `lenticular heads train` on
{taught.photos} photos of the operator ({_plain(origin.material)}).

**Parts of a picture.** A word is read off the centre; a thorough look adds nothing to it."""


def _table(said: list[Figures], folds: int) -> str:
    rows = [
        f"| {_plain(item.word)} | {item.positives} | {item.negatives} "
        f"| {item.average_precision:.3f} | {item.gate:.2f} | {item.precision:.3f} "
        f"| {item.recall:.3f} | {100 * item.calibration_error:.1f} |"
        for item in said
    ]
    return "\n".join(
        [
            "## Figures",
            "",
            "On the same photos, each judged by heads that had not seen it "
            f"({folds} parts, one left out at a time).",
            "Strength, calibration and gate were chosen by these figures: they flatter a bit.",
            "",
            "| word | photos with it | without | average precision | gate | precision | recall "
            "| ECE (%) |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            "A word is said from its gate on: the least confidence above which "
            f"{PRECISION:.0%} of the photos are right",
            f"(at least {LEAST_ABOVE} photos; one right and one wrong added).",
        ]
    )


def _left_out(unsaid: list[Figures]) -> str:
    if not unsaid:
        return ""
    words = "\n".join(
        f"* {_plain(item.word)}: {item.positives} photos with it, "
        f"average precision {item.average_precision:.3f}"
        for item in unsaid
    )
    return f"## Left out\n\nNever reliable enough to be said:\n\n{words}"


def _reliability(said: list[Figures]) -> str:
    heads = " | ".join(f"{n / BINS:.1f}–" for n in range(BINS))
    rows = [
        f"| {_plain(item.word)} | "
        + " | ".join(f"{b.right}/{b.photos}" if b.photos else "" for b in item.reliability)
        + " |"
        for item in said
    ]
    return "\n".join(
        [
            "## Reliability",
            "",
            "By confidence: photos with the word / photos. "
            "From 0.7 to 0.8, seven or eight of ten should be right.",
            "",
            f"| word | {heads} |",
            "|---|" + "---|" * BINS,
            *rows,
        ]
    )


def _limits() -> str:
    return """## Limits

The figures hold for photos like those it was trained on, with words as frequent as there. Photos of
one series, or copies at other sizes, make them too good: what was left out had then been seen."""


def _plain(text: str) -> str:
    """Text inside a table."""
    return text.replace("\\", "\\\\").replace("|", "\\|")
