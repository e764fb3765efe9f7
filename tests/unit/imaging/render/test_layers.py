"""Placing layers: every pixel, against a calculation with plain numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation.steps import Gravity, Placement
from app.imaging.render.layers import cut, place, regions
from app.imaging.render.picture import Area, Metadata, Picture

LIMITS = RenderLimits()
GREY, RED, GREEN = (90, 90, 90), (255, 0, 0), (0, 255, 0)
W, H = 40, 30

#: Where a layer of 9 × 6 lies on 40 × 30, and where positive offsets move it: from the
#: documented table of directions. Half pixels of room go to the left and up.
COMPASS = {
    "north_west": (0, 0, 1, 1),
    "north": (16, 0, 1, 1),
    "north_east": (31, 0, -1, 1),
    "west": (0, 12, 1, 1),
    "center": (16, 12, 1, 1),
    "east": (31, 12, -1, 1),
    "south_west": (0, 24, 1, -1),
    "south": (16, 24, 1, -1),
    "south_east": (31, 24, -1, -1),
}


def still(colour: tuple[int, ...], size: tuple[int, int] = (W, H), **more: object) -> Picture:
    mode = "RGB" if len(colour) == 3 else "RGBA"
    return replace(Picture((Image.new(mode, size, colour),)), **more)  # type: ignore[arg-type]  # names are the fields'


def moving(colours: list[tuple[int, ...]], size: tuple[int, int] = (W, H), ms: int = 70) -> Picture:
    frames = tuple(still(colour, size).frames[0] for colour in colours)
    return Picture(frames, (ms,) * len(frames), 3)


def at(name: str, x: float = 0, y: float = 0, **more: object) -> Placement:
    return replace(Placement(gravity=Gravity((name,)), x=x, y=y), **more)  # type: ignore[arg-type]  # names are the fields'


def pixels(picture: Picture, frame: int = 0) -> np.ndarray:
    return np.asarray(picture.frames[frame].convert("RGBA"), dtype=int)


def covered(picture: Picture, colour: tuple[int, ...], frame: int = 0) -> tuple[int, int, int, int]:
    """The rectangle of exactly this colour; fails if it is none."""
    same = (pixels(picture, frame)[:, :, :3] == colour).all(axis=2)
    rows, columns = np.flatnonzero(same.any(axis=1)), np.flatnonzero(same.any(axis=0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    assert same[box[1] : box[3], box[0] : box[2]].all()
    return box


@pytest.mark.parametrize("name", COMPASS)
@pytest.mark.parametrize(("x", "y"), [(0, 0), (5, 3), (2.5, 1.4)])
def test_compass_gravity_to_the_pixel(name: str, x: float, y: float) -> None:
    left, top, across, down = COMPASS[name]
    result = place(still(GREY), still(RED, (9, 6)), at(name, x, y, no_overflow=True), LIMITS)
    left += across * int(x + 0.5)
    top += down * int(y + 0.5)
    expected = np.full((H, W, 4), (*GREY, 255))
    expected[top : top + 6, left : left + 9] = (*RED, 255)
    assert (pixels(result) == expected).all()
    assert result.frames[0].mode == "RGB" and result.size == (W, H)


@pytest.mark.parametrize(
    ("placement", "size", "base_at", "layer_at"),
    [
        (at("north_west", -4, -3), (44, 33), (4, 3), (0, 0)),
        (at("south_east", -4, -3), (44, 33), (0, 0), (35, 27)),
        (at("east", -20, 0), (60, 30), (0, 0), (51, 12)),
        (at("west", 100, 0), (109, 30), (0, 0), (100, 12)),
    ],
)
def test_a_layer_that_sticks_out_enlarges_the_picture(
    placement: Placement, size: tuple[int, int], base_at: tuple[int, int], layer_at: tuple[int, int]
) -> None:
    result = place(still(GREY), still(RED, (9, 6)), placement, LIMITS)
    assert result.size == size
    expected = np.zeros((size[1], size[0], 4), dtype=int)
    expected[base_at[1] : base_at[1] + H, base_at[0] : base_at[0] + W] = (*GREY, 255)
    expected[layer_at[1] : layer_at[1] + 6, layer_at[0] : layer_at[0] + 9] = (*RED, 255)
    seen = pixels(result)
    assert (seen[:, :, 3] == expected[:, :, 3]).all()
    assert (seen[expected[:, :, 3] > 0] == expected[expected[:, :, 3] > 0]).all()
    clipped = place(still(GREY), still(RED, (9, 6)), replace(placement, no_overflow=True), LIMITS)
    assert clipped.size == (W, H) and clipped.frames[0].mode == "RGB"
    with pytest.raises(BadRequest, match="fit"):
        place(still(GREY), still(RED, (9, 6)), replace(placement, disallow_overflow=True), LIMITS)


def test_a_larger_layer_covers_all() -> None:
    result = place(still(GREY), still(RED, (60, 31)), at("center"), LIMITS)
    assert result.size == (60, 31)
    assert result.frames[0].mode == "RGB", "every pixel is opaque"
    assert covered(result, RED) == (0, 0, 60, 31)
    clipped = place(still(GREY), still(RED, (60, 31)), at("center", no_overflow=True), LIMITS)
    assert clipped.size == (W, H) and covered(clipped, RED) == (0, 0, W, H)


def test_what_fits_may_disallow_overflow() -> None:
    placement = at("center", disallow_overflow=True)
    assert place(still(GREY), still(RED, (W, H)), placement, LIMITS).size == (W, H)


@pytest.mark.parametrize("name", COMPASS)
def test_an_underlay_lies_behind_and_carries_the_picture(name: str) -> None:
    left, top, across, down = COMPASS[name]
    placement = at(name, 2, 1, under=True)
    result = place(still(RED, (9, 6)), still(GREY), placement, LIMITS)
    left, top = left + 2 * across, top + down
    assert result.size == (W, H) and result.frames[0].mode == "RGB"
    assert covered(result, RED) == (left, top, left + 9, top + 6)
    clipped = place(still(RED, (9, 6)), still(GREY), replace(placement, no_overflow=True), LIMITS)
    assert clipped.size == (9, 6) and covered(clipped, RED) == (0, 0, 9, 6)


def test_an_underlay_is_seen_through_what_is_transparent() -> None:
    base = still((200, 0, 0, 128))
    result = place(base, still((0, 100, 0), (20, 30)), at("center", under=True), LIMITS)
    assert result.size == (W, H)
    assert tuple(pixels(result)[5, 20]) == pytest.approx((100, 50, 0, 255), abs=1)
    assert tuple(pixels(result)[5, 2]) == (200, 0, 0, 128)


def test_a_translucent_layer_is_composited() -> None:
    result = place(still((0, 0, 200)), still((100, 0, 0, 51), (9, 6)), at("center"), LIMITS)
    assert result.frames[0].mode == "RGB"
    assert result.frames[0].getpixel((18, 14)) == pytest.approx((20, 0, 160), abs=1)
    on_glass = place(still((0, 0, 200, 102)), still((100, 0, 0, 51), (9, 6)), at("center"), LIMITS)
    # α = 0.2 + 0.4·0.8 = 0.52; red = 0.2·100 / 0.52, blue = 0.32·200 / 0.52
    assert tuple(pixels(on_glass)[14, 18]) == pytest.approx((38.5, 0, 123, 132.6), abs=1.5)


FACES: tuple[Area, ...] = ((20, 10, 30, 20), (2, 2, 8, 8))


def test_a_layer_goes_on_the_largest_face_or_on_all() -> None:
    base = still(GREY, faces=FACES)
    one = place(base, still(RED, (4, 2)), at("face"), LIMITS)
    assert covered(one, RED) == (23, 14, 27, 16)
    moved = place(base, still(RED, (4, 2)), at("face", 3, -2), LIMITS)
    assert covered(moved, RED) == (26, 12, 30, 14)
    every = place(base, still(RED, (4, 2)), at("faces"), LIMITS)
    seen = (pixels(every)[:, :, :3] == RED).all(axis=2)
    assert seen.sum() == 16 and seen[14:16, 23:27].all() and seen[4:6, 3:7].all()


def test_without_what_its_gravity_follows_there_is_no_layer() -> None:
    for name in ("face", "faces", "custom"):
        base = still(GREY)
        placement = replace(at(name), gravity=Gravity((name, "north")))
        assert place(base, still(RED, (4, 2)), placement, LIMITS) is base
        assert cut(base, still(RED, (4, 2)), placement) is base
    # The first one of several that is there; a face of an animation may have moved on.
    custom = still(GREY, custom=((0, 0, 10, 10),))
    assert regions(custom, Gravity(("face", "custom", "center"))) == ((0, 0, 10, 10),)
    film = replace(moving([GREY, GREEN]), faces=FACES)
    result = place(film, still(RED, (9, 6)), at("face"), LIMITS)
    assert covered(result, RED) == (16, 12, 25, 18)


def test_an_area_of_its_own_stands_for_the_gravity() -> None:
    base = still(GREY, faces=FACES)
    areas = regions(base, Gravity(("faces", "center")))
    assert areas == FACES
    result = place(base, still(RED, (4, 2)), at("faces"), LIMITS, areas[1])
    assert covered(result, RED) == (3, 4, 7, 6)


@pytest.mark.parametrize(
    ("names", "box"),
    [
        (("xy_center",), (6, 8, 10, 10)),
        (("auto",), (26, 23, 30, 25)),
        (("cat", "auto"), (26, 23, 30, 25)),
    ],
)
def test_other_gravities(names: tuple[str, ...], box: tuple[int, int, int, int]) -> None:
    placement = Placement(gravity=Gravity(names), x=8, y=9)
    assert covered(place(still(GREY), still(RED, (4, 2)), placement, LIMITS), RED) == box


def test_regions_move_along_when_the_picture_grows() -> None:
    meta = Metadata(exif=b"Exif")
    base = still(GREY, faces=FACES, custom=((1, 1, 3, 3),), metadata=meta)
    result = place(base, still(RED, (9, 6)), at("north_west", -4, -3), LIMITS)
    assert result.faces == ((24, 13, 34, 23), (6, 5, 12, 11))
    assert result.custom == ((5, 4, 7, 6),) and result.metadata is meta


@pytest.mark.parametrize(("name", "phase"), [("north_west", (0, 0)), ("center", (19, 14))])
def test_tiles_cover_the_picture_from_the_gravity_on(name: str, phase: tuple[int, int]) -> None:
    tile = Image.new("RGB", (3, 2))
    for index in range(6):
        tile.putpixel((index % 3, index // 3), (index * 40, 7, 255 - index))
    result = place(still(GREY), Picture((tile,)), at(name, tiled=True), LIMITS)
    assert result.size == (W, H)
    for x, y in ((0, 0), (1, 0), (39, 29), (17, 23)):
        expected = tile.getpixel(((x - phase[0]) % 3, (y - phase[1]) % 2))
        assert result.frames[0].getpixel((x, y)) == expected, (x, y)
    large = place(still(GREY), still(RED, (99, 99)), at(name, tiled=True), LIMITS)
    assert large.size == (W, H) and covered(large, RED) == (0, 0, W, H)


def test_a_still_layer_goes_on_every_frame() -> None:
    result = place(moving([GREY, GREEN, GREY]), still(RED, (9, 6)), at("west"), LIMITS)
    assert len(result.frames) == 3
    assert result.durations == (70, 70, 70) and result.loop == 3
    assert all(covered(result, RED, frame) == (0, 12, 9, 18) for frame in range(3))
    assert result.frames[1].getpixel((9, 12)) == GREEN


def test_a_moving_layer_makes_a_still_picture_move() -> None:
    result = place(still(GREY), moving([RED, GREEN], (9, 6), 40), at("center"), LIMITS)
    assert result.durations == (40, 40) and result.loop == 3
    assert covered(result, RED, 0) == covered(result, GREEN, 1) == (16, 12, 25, 18)
    behind = place(
        still((0, 0, 0, 0), (9, 6)), moving([RED, GREEN]), at("center", under=True), LIMITS
    )
    assert behind.size == (W, H) and covered(behind, GREEN, 1) == (0, 0, W, H)


def test_of_two_animations_the_pictures_frames_count() -> None:
    film = moving([GREY] * 5)
    result = place(film, moving([RED, GREEN], (9, 6), 40), at("center"), LIMITS)
    assert result.durations == film.durations
    for frame, colour in enumerate([RED, GREEN, RED, GREEN, RED]):
        assert covered(result, colour, frame) == (16, 12, 25, 18)


def test_frames_share_a_mode() -> None:
    film = moving([GREY, GREEN], (W, H))
    layer = moving([(255, 0, 0, 255), (255, 0, 0, 9)], (W + 10, H), 40)
    result = place(film, layer, at("center"), LIMITS)
    assert {frame.mode for frame in result.frames} == {"RGBA"}
    assert {frame.size for frame in result.frames} == {(W + 10, H)}


def test_blend_modes_are_handed_on() -> None:
    result = place(
        still((200, 100, 50)),
        still((100, 100, 100), (9, 6)),
        at("center", blend="multiply"),
        LIMITS,
    )
    assert result.frames[0].getpixel((18, 14)) == pytest.approx((78, 39, 19), abs=1)
    assert result.frames[0].getpixel((2, 2)) == (200, 100, 50)
    under = place(
        still((200, 100, 50)),
        still((100, 100, 100)),
        at("center", blend="screen", under=True),
        LIMITS,
    )
    assert under.frames[0].getpixel((2, 2)) == pytest.approx((222, 161, 130), abs=1)
    with pytest.raises(BadRequest, match="dissolve"):
        place(still(GREY), still(RED), at("center", blend="dissolve"), LIMITS)


@pytest.mark.parametrize("mode", ["mask", "cut_out"])
def test_masks_never_enlarge_the_picture(mode: str) -> None:
    result = place(still(GREY), still(RED, (9, 6)), at("east", -5, 0, blend=mode), LIMITS)
    assert result.size == (W, H)
    opaque = pixels(result)[:, :, 3] == 255
    inside = np.zeros((H, W), dtype=bool)
    inside[12:18, 36:] = True
    assert (opaque == (inside if mode == "mask" else ~inside)).all()


def test_displacement_reads_x_and_y_as_its_strength(photo: Image.Image) -> None:
    layer = still((0, 127, 0), photo.size)
    result = place(Picture((photo,)), layer, at("center", 30, 0, blend="displace"), LIMITS)
    assert result.size == photo.size
    assert (pixels(result)[:, 30:] == pixels(Picture((photo,)))[:, :-30]).all()


def test_a_cutter_keeps_what_lies_under_the_layer() -> None:
    shape = Image.new("RGBA", (9, 6), (0, 0, 0, 0))
    shape.paste((5, 5, 5, 255), (2, 1, 7, 5))
    shape.putpixel((0, 0), (5, 5, 5, 100))
    result = cut(still(GREY), Picture((shape,)), at("south_east", 1, 2))
    assert result.size == (W, H)
    expected = np.zeros((H, W), dtype=int)
    expected[23:27, 32:37] = 255
    expected[22, 30] = 100
    assert (pixels(result)[:, :, 3] == expected).all()
    assert (pixels(result)[23:27, 32:37, :3] == GREY).all()
    film = cut(still(GREY), moving([RED, GREEN]), at("center"))
    assert len(film.frames) == 2 and film.frames[1].mode == "RGB"


@pytest.mark.parametrize(
    ("limits", "placement"),
    [
        (RenderLimits(side=60), at("west", 60, 0)),
        (RenderLimits(pixels_out=2000), at("west", 60, 0)),
        (RenderLimits(frames=2), at("center")),
        (RenderLimits(frame_pixels=3 * W * H - 1), at("center")),
        (LIMITS, at("west", 1e12, 0)),
        (LIMITS, at("west", float("inf"), 0)),
        (LIMITS, at("west", 0, float("nan"))),
    ],
)
def test_what_is_beyond_a_limit_is_refused(limits: RenderLimits, placement: Placement) -> None:
    with pytest.raises(BadRequest):
        place(still(GREY), moving([RED, GREEN, RED], (9, 6)), placement, limits)


def test_the_pictures_given_stay_as_they_are() -> None:
    base, layer = still((9, 8, 7, 100)), still((1, 2, 3, 4), (9, 6))
    before = base.frames[0].tobytes(), layer.frames[0].tobytes()
    for placement in (at("center"), at("center", under=True), at("center", tiled=True)):
        place(base, layer, placement, LIMITS)
    cut(base, layer, at("center"))
    assert (base.frames[0].tobytes(), layer.frames[0].tobytes()) == before
