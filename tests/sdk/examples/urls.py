"""A delivery URL that the SDK builds itself; the argument is the scheme it should have."""

import json
import sys

import cloudinary

image = cloudinary.CloudinaryImage("sample", format="jpg")
print(json.dumps({"url": image.build_url(secure=sys.argv[1] == "https")}))
