"""Where the faces are, and a closer look; the prefix of all public ids is the argument."""

import json
import sys

import cloudinary.api
import cloudinary.uploader

prefix = sys.argv[1]
thorough = {"X-Lenticular-Detail": "thorough"}
done = {}

done["uploaded"] = cloudinary.uploader.upload(
    "astronaut.png", public_id=f"{prefix}/a", faces=True, categorization="imagga_tagging"
)
done["read"] = cloudinary.api.resource(f"{prefix}/a", faces=True)
done["read_without"] = cloudinary.api.resource(f"{prefix}/a")

done["plain"] = cloudinary.uploader.upload("astronaut.png", public_id=f"{prefix}/b")
done["explicit"] = cloudinary.uploader.explicit(f"{prefix}/b", type="upload", faces=True)
done["none"] = cloudinary.uploader.upload("turtles.jpg", faces=True)

done["closer"] = cloudinary.uploader.upload(
    "astronaut.png", categorization="imagga_tagging", extra_headers=thorough
)
done["closer_update"] = cloudinary.api.update(
    f"{prefix}/a", categorization="imagga_tagging", extra_headers=thorough
)

print(json.dumps(done))
