"""Coordinates and access control of a photo; the public id is the argument."""

import json
import sys
from datetime import UTC, datetime

import cloudinary
import cloudinary.api
import cloudinary.uploader

public_id = sys.argv[1]
done = {}

done["uploaded"] = cloudinary.uploader.upload(
    "logo.png",
    public_id=public_id,
    faces=True,
    face_coordinates=[[120, 30, 109, 150], [121, 31, 110, 151]],
    access_control={
        "access_type": "anonymous",
        "start": datetime(2019, 2, 22, 16, 20, 57, tzinfo=UTC),
        "end": "2019-03-22 00:00 +0200",
    },
)
done["explicit"] = cloudinary.uploader.explicit(
    public_id,
    type="upload",
    face_coordinates=[[122, 32, 111, 152]],
    custom_coordinates=[1, 2, 3, 4],
)
done["read"] = cloudinary.api.resource(public_id, faces=True, coordinates=True)
done["updated"] = cloudinary.api.update(
    public_id, custom_coordinates=[5, 6, 7, 8], access_control=[{"access_type": "token"}]
)

print(json.dumps(done))
