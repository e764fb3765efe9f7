"""Uploads in every way that the uploader offers."""

import io
from pathlib import Path

from cases import PHOTO, case, main, refused, stored
from cloudinary import api, uploader, utils
from cloudinary.cache.adapter.key_value_cache_adapter import KeyValueCacheAdapter
from cloudinary.cache.responsive_breakpoints_cache import instance as cache
from cloudinary.cache.storage.file_system_key_value_storage import FileSystemKeyValueStorage

LARGE = "large.bmp"
CHUNK = 5_243_000


@case
def upload(name):
    """From a path, a stream, a data URI and a URL."""
    with_everything = uploader.upload(
        PHOTO,
        public_id=f"{name} é",
        tags=["b", "a"],
        context={"alt": "alternative|alt=a", "by": "me"},
        eager=[{"width": 100, "crop": "scale", "format": "png"}],
    )
    streamed = uploader.upload(io.BytesIO(Path(PHOTO).read_bytes()), public_id=f"{name}-stream")
    named = uploader.upload(
        io.BytesIO(Path(PHOTO).read_bytes()),
        filename="clé-mer.jpg",
        folder=name,
        use_filename=True,
        unique_filename=False,
    )
    other_name = uploader.upload(PHOTO, public_id=f"{name}-named", filename_override="other.png")
    again = uploader.upload(PHOTO, public_id=f"{name} é", overwrite=False, tags="c")
    return {
        "with_everything": with_everything,
        "stored": stored(f"{name} é", context=True),
        "streamed": streamed,
        "named": named,
        "other_name": other_name,
        "again": again,
        "refused": refused(lambda: uploader.upload(PHOTO, allowed_formats=["png"])),
        "converted": uploader.upload(PHOTO, allowed_formats=["png"], format="png", folder=name),
        "request_id": with_everything.get("request_id"),
    }


@case
def unsigned_upload(name):
    """With a preset."""
    preset = name.replace("/", "-")
    api.create_upload_preset(name=preset, unsigned=True, tags="preset", folder=name)
    try:
        return {
            "uploaded": uploader.unsigned_upload(PHOTO, preset, tags="mine", public_id="own"),
            "refused": refused(
                lambda: uploader.unsigned_upload(PHOTO, preset, transformation={"width": 9})
            ),
        }
    finally:
        api.delete_upload_preset(preset)


@case
def upload_image(name):
    """The image that is returned builds URLs."""
    image = uploader.upload_image(PHOTO, public_id=name)
    return {"url": image.build_url(width=100, crop="scale"), "uploaded": image.metadata}


@case
def upload_resource(name):
    """The resource that is returned builds URLs."""
    resource = uploader.upload_resource(PHOTO, public_id=f"{name}.bin", resource_type="raw")
    return {"url": resource.url, "uploaded": resource.metadata}


@case
def upload_large(name):
    """In chunks: raw when nothing is said; and a URL, which needs none."""
    image = uploader.upload_large(
        LARGE, public_id=name, chunk_size=CHUNK, resource_type="image", tags=["x", "y"]
    )
    raw = uploader.upload_large(LARGE, public_id=f"{name}.bin", chunk_size=CHUNK)
    url = image["url"].replace("/upload/", "/upload/w_40/", 1)
    return {
        "image": image,
        "stored": stored(name),
        "raw": raw,
        "url": uploader.upload_large(url, public_id=f"{name}-url"),
    }


@case
def upload_large_part(name):
    """Two parts by hand."""
    content = Path(LARGE).read_bytes()
    parts = []
    for start in (0, CHUNK):
        part = content[start : start + CHUNK]
        last = start + len(part) - 1
        parts.append(
            uploader.upload_large_part(
                ("parts.bmp", part),
                public_id=name,
                http_headers={
                    "Content-Range": f"bytes {start}-{last}/{len(content)}",
                    "X-Unique-Upload-Id": name.replace("/", "-"),
                },
            )
        )
    return {"first": parts[0], "last": parts[1]}


@case
def call_api(name):
    """An action called by its name."""
    uploaded = uploader.call_api("upload", utils.build_upload_params(public_id=name), file=PHOTO)
    missing = uploader.call_api(
        "explicit",
        {"timestamp": utils.now(), "public_id": f"{name}-none", "type": "upload"},
        return_error=True,
    )
    return {"uploaded": uploaded, "missing": missing}


@case
def call_cacheable_api(name):
    """Breakpoints land in the cache of the SDK."""
    cache.set_cache_adapter(KeyValueCacheAdapter(FileSystemKeyValueStorage(".")))
    options = {
        "public_id": name,
        "responsive_breakpoints": {
            "create_derived": False,
            "min_width": 100,
            "max_width": 300,
            "bytes_step": 2000,
            "max_images": 3,
            "transformation": {"angle": 90},
            "format": "png",
        },
    }
    params = utils.build_upload_params(**options)
    uploaded = uploader.call_cacheable_api("upload", params, file=PHOTO, use_cache=True)
    return {
        "uploaded": uploaded,
        "cached": cache.get(name, raw_transformation="a_90", format="png"),
    }


if __name__ == "__main__":
    main()
