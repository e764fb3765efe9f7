"""Pictures made of texts and of other pictures."""
