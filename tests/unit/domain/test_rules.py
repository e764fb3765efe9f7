"""Public ids, context, tags, thresholds, cursors, delivery paths: the written rules."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import addons, auto_tagging, context, cursors, public_ids, tag_words
from app.domain.assets import AssetQuery, Categorization, Cursor
from app.domain.categories import Category
from app.domain.delivery import DeliveryPath
from app.domain.errors import BadRequest

GOOD_IDS = [
    "a",
    "cats/tabby",
    "é b/x.jpg",
    "a:b=c,d",
    "v1",
    "x/v1.jpg",
    "_",
    "a" * 255,
    "sample.jpg",
]
BAD_IDS = [
    "",
    "/a",
    "a/",
    "a//b",
    " a",
    "a ",
    "v1/a",
    "x/v22/a",
    "a" * 256,
    "../a",
    "a/./b",
    "a\nb",
]


@pytest.mark.parametrize("public_id", GOOD_IDS)
def test_good_public_ids(public_id: str) -> None:
    assert public_ids.check(public_id) == public_id


@pytest.mark.parametrize("public_id", BAD_IDS + [f"a{char}b" for char in "?&#\\%<>+"])
def test_bad_public_ids(public_id: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        public_ids.check(public_id)
    assert refusal.value.message == f"public_id ({public_id}) is invalid"


@given(st.text(max_size=300), st.booleans())
def test_any_filename_makes_a_good_id(stem: str, unique: bool) -> None:
    made = public_ids.from_filename(stem, unique=unique)
    if "\ud800" <= max(made, default="") <= "\udfff":
        return  # no UTF-8 text holds lone surrogates
    assert public_ids.check(made) == made or re.fullmatch(r"v\d+", made)


def test_filename_rules() -> None:
    assert public_ids.from_filename("logo", unique=False) == "logo"
    assert re.fullmatch(r"logo_[a-z0-9]{6}", public_ids.from_filename("logo", unique=True))
    assert public_ids.from_filename("a&b?c", unique=False) == "a_b_c"
    assert public_ids.from_filename(" Screen Shot 1 ", unique=False) == "Screen_Shot_1"
    assert public_ids.split_filename("photo.JPG") == ("photo", "jpg")
    assert public_ids.split_filename(".bashrc") == (".bashrc", "")
    assert re.fullmatch(r"[a-z0-9]{20}", public_ids.random_id())


def test_context_escapes() -> None:
    assert context.parse(r"alt=x\=y\|z|b=2") == {"alt": "x=y|z", "b": "2"}
    assert context.parse("a=b=c") == {"a": "b=c"}
    assert context.parse("a=") == {"a": ""}
    assert context.parse("") == {}
    assert context.parse("alternative\\|alt\\=a=1") == {"alternative|alt=a": "1"}


@pytest.mark.parametrize("text", ["novalue", "=x", "a=1|b", "a=\x01", "a=" + "x" * 1025])
def test_bad_context(text: str) -> None:
    with pytest.raises(BadRequest):
        context.parse(text)


@given(
    st.dictionaries(
        st.text("abc=|\\é", min_size=1).filter(str.strip),
        st.text("xyz=|\\é "),
        min_size=1,
        max_size=5,
    )
)
def test_context_round_trip(pairs: dict[str, str]) -> None:
    # A backslash before anything but = and | stands for itself, so only those two are escaped.
    if any("\\" in text for pair in pairs.items() for text in pair):
        return

    def escape(text: str) -> str:
        return re.sub(r"([=|])", r"\\\1", text)

    wire = "|".join(f"{escape(key)}={escape(value)}" for key, value in pairs.items())
    assert context.parse(wire) == pairs


def test_tags_are_cleaned() -> None:
    assert tag_words.clean([" b", "a", "", "b", "a "]) == ("b", "a")
    with pytest.raises(BadRequest):
        tag_words.clean(["x" * 256])
    with pytest.raises(BadRequest):
        tag_words.clean(["a\x00b"])


def test_categorization_items() -> None:
    parsed = addons.parse_categorization(["imagga_tagging:fi:da", " google_tagging ", ""])
    assert parsed == (
        addons.AddonRequest("imagga_tagging", ("fi", "da")),
        addons.AddonRequest("google_tagging"),
    )
    for bad in ("imagga", "imagga_tagging:zz", "imagga_tagging:", "IMAGGA_TAGGING"):
        with pytest.raises(addons.InvalidItem):
            addons.parse_categorization([bad])
    assert len(addons.LANGUAGES) == 51


@pytest.mark.parametrize("text", ["-0.1", "1.01", "nan", "inf", "x", "0_1", ""])
def test_bad_thresholds(text: str) -> None:
    with pytest.raises(ValueError):
        auto_tagging.parse_threshold(text)


def result(addon: str, *pairs: tuple[str, float]) -> Categorization:
    categories = tuple(Category(word, confidence) for word, confidence in pairs)
    return Categorization(addon, "engine", "1", "complete", (), categories)


def test_equal_to_the_threshold_is_a_tag_and_the_order_is_by_confidence() -> None:
    one = result("imagga_tagging", ("Cat", 0.9), ("animal", 0.4), ("dog", 0.3999))
    two = result("google_tagging", ("pet", 0.5), ("cat", 0.45))
    earned = auto_tagging.tags_above([one, two], 0.4)
    assert [(tag.word, tag.source) for tag in earned] == [
        ("cat", "imagga_tagging"),
        ("pet", "google_tagging"),
        ("cat", "google_tagging"),
        ("animal", "imagga_tagging"),
    ]


def test_cursors_belong_to_their_query() -> None:
    query = AssetQuery(1, "image", tag="cat")
    cursor = Cursor("2026-01-01T00:00:00", "ab" * 16)
    token = cursors.encode(cursor, query)
    assert re.fullmatch(r"[0-9a-f]+", token)
    assert cursors.decode(token, replace(query, limit=500)) == cursor
    for other in (replace(query, tag="dog"), replace(query, cloud_id=2)):
        with pytest.raises(BadRequest):
            cursors.decode(token, other)
    for bad in ("zz", "00", "é", token[:-2], "22"):
        with pytest.raises(BadRequest):
            cursors.decode(bad, query)


@pytest.mark.parametrize(
    ("rest", "signature", "transformation", "name"),
    [
        ("cats/tabby.jpg", "", "", "cats/tabby.jpg"),
        ("v1/cats/tabby.jpg", "", "", "cats/tabby.jpg"),
        ("s--pHciVkaD--/v1700000000/cats/tabby.jpg", "pHciVkaD", "", "cats/tabby.jpg"),
        ("c_fill,w_10/e_sepia/v1/a.jpg", "", "c_fill,w_10/e_sepia", "a.jpg"),
        ("my_pets/v2/a.jpg", "", "", "my_pets/v2/a.jpg"),
        ("v1", "", "", "v1"),
        ("w_100", "", "", "w_100"),
    ],
)
def test_delivery_paths(rest: str, signature: str, transformation: str, name: str) -> None:
    path = DeliveryPath.parse(rest)
    assert (path.signature, path.transformation, path.name) == (signature, transformation, name)
