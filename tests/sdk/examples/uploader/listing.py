"""The uploader's functions, and those that have a case; nothing is called."""

import json

import changes
import making
import uploads
from cases import cases, public

TOPICS = (changes, making, uploads)

if __name__ == "__main__":
    print(json.dumps({"public": public(), "cases": list(cases)}))
