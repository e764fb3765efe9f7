"""A site whose forms take photos, documents and clips, as its maker wrote it for Cloudinary."""
