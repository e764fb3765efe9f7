"""Facts of files beside their pixels: metadata of pictures, and what video and audio consist of."""
