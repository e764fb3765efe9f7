"""Deletes what the library example uploaded; the prefix of all public ids is the argument."""

import json
import sys

import cloudinary.api
import cloudinary.uploader

prefix = sys.argv[1]
first, second, third = (f"{prefix}/{name}" for name in ("a b", "é", "plain"))
done = {}

done["destroyed"] = cloudinary.uploader.destroy(third)
done["destroyed_again"] = cloudinary.uploader.destroy(third)
done["deleted"] = cloudinary.api.delete_resources([first, second, f"{prefix}/none"])
done["left"] = cloudinary.api.resources(type="upload", prefix=f"{prefix}/")

print(json.dumps(done))
