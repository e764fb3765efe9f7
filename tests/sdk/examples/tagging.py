"""The add-on's four calls as an application makes them; configured by CLOUDINARY_URL alone."""

import json

import cloudinary.api
import cloudinary.uploader

done = {}

done["categorized"] = cloudinary.uploader.upload(
    "turtles.jpg", public_id="sample", categorization="imagga_tagging"
)
done["auto_tagged"] = cloudinary.uploader.upload(
    "turtles.jpg", public_id="sample", categorization="imagga_tagging", auto_tagging=0.4
)

# An older asset, uploaded before anybody thought of tagging.
done["plain"] = cloudinary.uploader.upload("turtles.jpg", public_id="sample", tags=["zoo"])
done["updated"] = cloudinary.api.update("sample", categorization="imagga_tagging", auto_tagging=0.5)
done["read"] = cloudinary.api.resource("sample")

print(json.dumps(done))
