"""What the uploader makes of assets: text, sprites, animations, pages, archives."""

import time

from cases import PHOTO, case, main, refused, stored
from cloudinary import uploader


def tagged(name):
    """Two assets with a tag of their own: the tag and the URLs."""
    tag = name.replace("/", "-")
    urls = []
    for number, angle in ((1, 0), (2, 180)):
        upright = {"width": 60, "height": 40, "crop": "fill"}
        result = uploader.upload(
            PHOTO,
            public_id=f"{name}/{number}",
            tags=[tag],
            transformation=[upright, {"angle": angle}],
        )
        urls.append(result["url"])
    return tag, urls


@case
def text(name):
    """A text as a picture."""
    options = {"font_family": "Arial", "font_size": 40, "font_color": "red"}
    return {
        "made": uploader.text("Hello", public_id=name, **options),
        "longer": uploader.text("Hello, world", public_id=f"{name}-longer", **options),
        "stored": stored(name, type="text"),
    }


@case
def generate_sprite(name):
    """Of a tag, of URLs, and transformed."""
    tag, urls = tagged(name)
    return {
        "of_tag": uploader.generate_sprite(tag),
        "of_urls": uploader.generate_sprite(urls=urls),
        "narrow": uploader.generate_sprite(tag, transformation={"raw_transformation": "w_30"}),
        "jpg": uploader.generate_sprite(tag, format="jpg", width=30),
    }


@case
def download_generated_sprite(name):
    """A URL that gives the picture."""
    return {"url": uploader.download_generated_sprite(tagged(name)[0])}


@case
def multi(name):
    """An animation of a tag and of URLs, and a document."""
    tag, urls = tagged(name)
    return {
        "of_tag": uploader.multi(tag, transformation={"raw_transformation": "c_crop,w_0.5"}),
        "of_urls": uploader.multi(urls=urls),
        "pdf": uploader.multi(tag, width=30, format="pdf"),
    }


@case
def download_multi(name):
    """A URL that gives the animation."""
    return {"url": uploader.download_multi(tagged(name)[0])}


@case
def explode(name):
    """A picture for each page, a moment later."""
    uploader.upload("pages.tif", public_id=name)
    reply = uploader.explode(name, page="all", format="png")
    until = time.monotonic() + 20
    while len(stored(name)["derived"]) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    return {"reply": reply, "stored": stored(name)}


@case
def create_archive(name):
    """A tar archive of a tag."""
    tag, _ = tagged(name)
    return {
        "made": uploader.create_archive(
            tags=[tag], target_format="tgz", target_public_id=f"{name}.tgz", target_tags=["made"]
        ),
        "stored": stored(f"{name}.tgz", resource_type="raw"),
        "missing": refused(lambda: uploader.create_archive(public_ids=[f"{name}/none"])),
    }


@case
def create_zip(name):
    """Transformed twice."""
    tag, _ = tagged(name)
    return {
        "made": uploader.create_zip(tags=[tag], transformations=[{"width": 0.5}, {"width": 2.0}]),
    }


@case
def create_slideshow(name):
    """It is refused: nothing makes videos here."""
    manifest = {"w": 100, "h": 100, "du": 2, "vars": {"slides": [{"media": f"i:{name}"}]}}
    return refused(lambda: uploader.create_slideshow(manifest_json=manifest, public_id=name))


if __name__ == "__main__":
    main()
