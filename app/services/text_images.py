"""Use case: a text as a picture of its own (CONTRACT D8)."""

from __future__ import annotations

from app.domain.accounts import ApiKey
from app.domain.errors import Overloaded, RateLimited
from app.domain.making.ports import PictureMaker
from app.domain.making.texts import TextImage
from app.domain.ports import BlobStore, Workers
from app.services.derivatives import RenderQueue
from app.services.naming import Naming
from app.services.upload import UploadAsset, UploadCommand, UploadOutcome

#: Delivery type of text images.
TYPE = "text"

#: Pixels that a text is reckoned with before it has been set.
_PIXELS = 1_000_000


class TextImages:
    """Sets texts, and stores them as assets."""

    def __init__(
        self,
        maker: PictureMaker,
        queue: RenderQueue,
        blobs: BlobStore,
        workers: Workers,
        upload: UploadAsset,
    ) -> None:
        self._maker = maker
        self._queue = queue
        self._blobs = blobs
        self._workers = workers
        self._upload = upload

    async def __call__(self, owner: ApiKey, wanted: TextImage) -> UploadOutcome:
        """Set a text; a former image of the same public id is replaced.

        Raises:
            BadRequest: a font that there is not, or a text or public id beyond a limit.
            RateLimited: too much is being done.
        """
        try:
            made = await self._queue.render(_PIXELS, self._maker.text, wanted.layer)
        except Overloaded as error:
            raise RateLimited(error.message) from error
        blob = self._blobs.create()
        try:
            await self._workers.io(blob.write, made.data)
            return await self._upload(
                UploadCommand(
                    owner.cloud,
                    "image",
                    blob,
                    TYPE,
                    naming=Naming(public_id=wanted.public_id, discard_original_filename=True),
                    made=True,
                    access_key=owner.key,
                )
            )
        finally:
            blob.discard()
