"""What the uploader does with assets that are there."""

from cases import PHOTO, case, main, refused, stored
from cloudinary import api, uploader


def two(name, **options):
    """Upload the photo twice; both public ids."""
    names = [f"{name}/1", f"{name}/2"]
    for one in names:
        uploader.upload(PHOTO, public_id=one, **options)
    return names


def tags(names):
    """The tags of assets; nothing for one that has none."""
    return [stored(name).get("tags") for name in names]


def contexts(names):
    """The context of assets; nothing for one that has none."""
    return [stored(name, context=True).get("context") for name in names]


@case
def explicit(name):
    """Tags, context, coordinates and a derived image for an asset that is there."""
    uploader.upload(PHOTO, public_id=name, tags=["old"], context={"kept": "yes"})
    return {
        "changed": uploader.explicit(
            name,
            type="upload",
            tags=["b", "a"],
            custom_coordinates=[1, 2, 30, 40],
            eager=[{"width": 100, "crop": "scale", "format": "png"}],
        ),
        "stored": stored(name, context=True, coordinates=True),
        "missing": refused(lambda: uploader.explicit(f"{name}-none", type="upload")),
    }


@case
def rename(name):
    """To a free public id, to one that is taken, and to another type."""
    first, second = two(name, tags="t")
    uploader.upload("pages.tif", public_id=f"{name}/tif")
    return {
        "renamed": uploader.rename(first, f"{name}/3"),
        "old": stored(first),
        "new": stored(f"{name}/3"),
        "taken": refused(lambda: uploader.rename(f"{name}/3", second)),
        "taken_over": uploader.rename(f"{name}/tif", second, overwrite=True, invalidate=True),
        "then": stored(second),
        "moved": uploader.rename(second, f"{name}/4", to_type="private"),
        "private": stored(f"{name}/4", type="private"),
        "missing": refused(lambda: uploader.rename(first, second)),
    }


@case
def destroy(name):
    """Once, and again; a raw file by its whole name."""
    uploader.upload(PHOTO, public_id=name)
    uploader.upload(PHOTO, public_id=f"{name}.bin", resource_type="raw")
    return {
        "destroyed": uploader.destroy(name, invalidate=True),
        "again": uploader.destroy(name),
        "left": stored(name),
        "raw": uploader.destroy(f"{name}.bin", resource_type="raw"),
    }


@case
def add_tag(name):
    """One, a list, several in a text, and one exclusively."""
    names = two(name)
    word = name.replace("/", "-")
    done = [
        uploader.add_tag("one", names[0]),
        uploader.add_tag(["c", "b"], [*names, f"{name}/none"]),
        uploader.add_tag(f"d,{word}", names),
    ]
    added = tags(names)
    done.append(uploader.add_tag(word, names[1:], exclusive=True))
    return {"replies": done, "added": added, "exclusive": tags(names)}


@case
def remove_tag(name):
    """One of several; one that is not there."""
    names = two(name, tags=["a", "b", "c"])
    done = [uploader.remove_tag("a", names[0]), uploader.remove_tag(["b", "x"], names)]
    return {"replies": done, "left": tags(names)}


@case
def replace_tag(name):
    """All by others."""
    names = two(name, tags=["a", "b"])
    return {"reply": uploader.replace_tag(["z", "y"], names[0]), "left": tags(names)}


@case
def remove_all_tags(name):
    """All, also where there are none."""
    names = two(name, tags=["a", "b"])
    reply = uploader.remove_all_tags(names)
    return {"replies": [reply, uploader.remove_all_tags(names)], "left": tags(names)}


@case
def add_context(name):
    """New keys, other values, and an empty one, which deletes."""
    names = two(name, context={"alt": "old", "gone": "x"})
    reply = uploader.add_context({"alt": "alternative|alt=a", "gone": ""}, names)
    return {"reply": reply, "left": contexts(names)}


@case
def remove_all_context(name):
    """All of it."""
    names = two(name, context={"alt": "old"})
    return {"reply": uploader.remove_all_context(names[:1]), "left": contexts(names)}


@case
def update_metadata(name):
    """Values of two assets at once."""
    field = name.replace("/", "_")
    api.add_metadata_field({"external_id": field, "label": field, "type": "string"})
    try:
        names = two(name)
        uploader.explicit(names[0], type="upload", metadata={field: "old"})
        reply = uploader.update_metadata({field: "a=b|c"}, names)
        left = [stored(one).get("metadata") for one in names]
    finally:
        api.delete_metadata_field(field)
    return {"reply": reply, "field": field, "left": left}


@case
def call_tags_api(name):
    """A command by its name, told to others in a way that the SDK does not sign."""
    names = two(name)
    hook = {"notification_url": "http://127.0.0.1:9/hook", "batch_id": "batch"}
    return {"reply": uploader.call_tags_api("x", "add", names, **hook), "left": tags(names)}


@case
def call_context_api(name):
    """A command by its name, told to others in a way that the SDK does not sign."""
    names = two(name)
    hook = {"notification_url": "http://127.0.0.1:9/hook", "batch_id": "batch"}
    reply = uploader.call_context_api("k=v", "add", names, **hook)
    return {"reply": reply, "left": contexts(names)}


if __name__ == "__main__":
    main()
