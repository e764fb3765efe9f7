"""The words of transformations: what is offered, and what is known but not offered.

What is known but not offered is refused with words of its own, so that whoever moves over from
Cloudinary can tell a slip of the pen from a gap: video, generative and third-party effects.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain import formats
from app.domain.errors import BadRequest
from app.domain.transformation import effect_names

#: Parameters of videos, custom functions and prefixes.
REFUSED_PARAMETERS = frozenset("ac af bl br du eo fn fps ki p so sp vc vs".split())

MODES = frozenset(
    "scale fit limit mfit fill lfill fill_pad pad lpad mpad crop thumb auto auto_pad "
    "imagga_crop imagga_scale".split()
)

#: Effects that ``w h x y`` of their component bound to a part of the picture.
REGION_EFFECTS = frozenset(("blur_region", "pixelate_region"))
#: Effects that look for faces.
FACE_EFFECTS = frozenset("adv_redeye blur_faces pixelate_faces redeye".split())
REFUSED_EFFECTS = effect_names.REFUSED | frozenset(
    "blur_plate detect lightroom morphology tilt_shift visualize_audio".split()
)

#: Flags that change pixels.
PIXEL_FLAGS = frozenset(
    "cutter ignore_aspect_ratio layer_apply no_overflow region_relative relative "
    "text_disallow_overflow text_no_trim tiled".split()
)
#: Flags that change the file.
FILE_FLAGS = frozenset(
    "apng force_icc force_strip keep_attribution keep_iptc lossy png24 png32 png8 "
    "preserve_transparency progressive".split()
)
#: Flags that change the answer.
ANSWER_FLAGS = frozenset(("attachment", "getinfo"))
#: Flags that are accepted and change nothing, to the reason: what they ask for is so without
#: them, or they allow what is never made use of.
IDLE_FLAGS: Mapping[str, str] = {
    "animated": "animations stay animated in every format that can hold them, but PNG",
    "any_format": "allows automatic quality to choose PNG with a palette, which it never does",
    "awebp": "animations stay animated in WebP",
    "ignore_mask_channels": "only a TIFF's channel that says it is opacity is read as such",
    "immutable_cache": "URLs with the asset's present version are immutable to caches anyway",
    "rasterize": "sources are pixels, and every step works on pixels",
    "sanitize": "an SVG that is made here holds shapes and nothing else",
    "strip_profile": "pixels are converted to sRGB, and profiles are left out",
    "tiff8_lzw": "every TIFF is written with 8 bits a channel and LZW",
}
FLAGS = PIXEL_FLAGS | FILE_FLAGS | ANSWER_FLAGS | IDLE_FLAGS.keys()
#: Flags of videos and of three-dimensional scenes; of Photoshop's clipping paths.
REFUSED_FLAGS = frozenset(
    "alternate c2pa clip clip_evenodd draco hlsv3 keep_dar mono no_stream replace_image splice "
    "streaming_attachment truncate_ts waveform".split()
)

#: Formats that are written, as ``f_`` names them, to their extension.
FORMATS = {"auto": "auto"} | {
    name: entry.extension
    for entry in formats.FORMATS.values()
    if entry.written
    for name in (entry.extension, *entry.aliases)
}
REFUSED_FORMATS = frozenset(
    "3g2 3gp aac ai aiff amr arw avi cr2 cr3 dng djvu eps eps3 ept fbx flac flif flv fxb gltf glb "
    "hdp heic heif indd jpc jpx jxl jxr m2ts m3u8 m4a mkv mov mp3 mp4 mpd mpeg mts mxf obj "
    "ogg ogv opus ply ps psd psdc spd splat tga ts u3ma usdz wav wdp webm wmv".split()
)

COLOUR_SPACES = frozenset("srgb srgb:truecolor tinysrgb cmyk no_cmyk keep_cmyk".split())

COMPASS = frozenset(
    "center north south east west north_east north_west south_east south_west".split()
)
#: Kinds of things that a crop can look for: the classes of COCO and of Pascal VOC.
OBJECTS = frozenset(
    "aeroplane airplane apple backpack banana baseball_bat baseball_glove bear bed bench bicycle "
    "bird boat book bottle bowl broccoli bus cake car carrot cat cell_phone chair clock couch cow "
    "cup diningtable dining_table dog donut elephant fire_hydrant fork frisbee giraffe "
    "hair_drier handbag horse hot_dog keyboard kite knife laptop microwave motorbike motorcycle "
    "mouse orange oven parking_meter person pizza potted_plant pottedplant refrigerator remote "
    "sandwich scissors sheep sink skateboard skis snowboard sofa spoon sports_ball stop_sign "
    "suitcase surfboard teddy_bear tennis_racket tie toaster toilet toothbrush traffic_light "
    "train truck tv tvmonitor umbrella vase wine_glass zebra background".split()
)
#: Gravities of add-ons and of videos.
REFUSED_GRAVITIES = frozenset(("liquid", "track_person"))

#: What a layer may show beside images, texts and colour tables.
REFUSED_LAYERS = frozenset("audio raw subtitles video".split())


def not_offered(part: str) -> BadRequest:
    """The refusal of what Cloudinary knows and this service does not offer."""
    return BadRequest(f"Transformation not supported: {part}")
