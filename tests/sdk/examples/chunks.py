"""Uploads in chunks: any file, and a photo with tagging."""

import json

import cloudinary
import cloudinary.uploader

done = {}

done["raw"] = cloudinary.uploader.upload_large("large.bin", chunk_size=5_243_000)
done["image"] = cloudinary.uploader.upload_large(
    "large.bmp",
    resource_type="image",
    chunk_size=5_243_000,
    use_filename=True,
    categorization="imagga_tagging",
    auto_tagging=0.4,
)
done["one_chunk"] = cloudinary.uploader.upload_large("turtles.jpg", resource_type="image")

print(json.dumps(done))
