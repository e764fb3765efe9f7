"""``lenticular evaluate``: how good the tags are on labelled photos."""
