"""Reading request bodies as a stream: fields into memory, the file into a blob.

Written by hand because no form parser at hand takes what the SDKs send (CONTRACT A3) with a
limit for every dimension; the multipart grammar itself is python-multipart's.
"""

from app.api.body.parts import Body, ClientDisconnected, Limits, Upload
from app.api.body.reader import read_body

__all__ = ["Body", "ClientDisconnected", "Limits", "Upload", "read_body"]
