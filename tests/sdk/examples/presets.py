"""Upload presets from creation to deletion, and uploads that use them; the name is the argument."""

import json
import sys

import cloudinary
import cloudinary.api
import cloudinary.uploader

name = sys.argv[1]
done = {}

done["created"] = cloudinary.api.create_upload_preset(
    name=name, unsigned=True, tags="preset", categorization="imagga_tagging", auto_tagging=0.4
)
done["read"] = cloudinary.api.upload_preset(name)
done["listed"] = cloudinary.api.upload_presets(max_results=500)
done["unsigned"] = cloudinary.uploader.unsigned_upload("turtles.jpg", name, tags="mine")
done["updated"] = cloudinary.api.update_upload_preset(name, unsigned=False, auto_tagging=0.5)
done["reread"] = cloudinary.api.upload_preset(name)
done["signed"] = cloudinary.uploader.upload("turtles.jpg", upload_preset=name)
done["deleted"] = cloudinary.api.delete_upload_preset(name)

print(json.dumps(done))
