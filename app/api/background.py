"""What calls leave to the queue: uploads and derivatives that nobody waits for (CONTRACT B4)."""

from __future__ import annotations

from collections.abc import Awaitable

from app.api.call import EAGER, Call
from app.api.explicit_call import EXPLICIT, ExplicitCall
from app.api.making_call import MAKING, MakingCall
from app.api.services import Services
from app.api.upload_call import UPLOAD, UploadCall
from app.domain.eager import EagerItem
from app.domain.errors import ServiceError
from app.domain.jobs import Job, PermanentFailure
from app.domain.transformation import grammar
from app.services.jobs import Queue

#: Characters of a job's id that its asset's public id is made of if it is left to chance.
RESERVED = 20

#: Failures that may pass: overload, and what is ours to mend.
_MAY_PASS = (420, 500, 503)


class Background:
    """Handlers of jobs."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, queue: Queue) -> None:
        """Have the queue run them."""
        queue.handle(UPLOAD, self.upload)
        queue.handle(EXPLICIT, self.explicit)
        queue.handle(EAGER, self.eager)
        queue.handle(MAKING, self.making)

    async def upload(self, job: Job) -> None:
        """Store an upload whose caller has gone on; whoever is to be told is told."""
        call = await Call.resume(self._services, job.payload["call"])
        endpoint = job.payload["endpoint"]
        limit = self._services.upload.limits.of(endpoint)
        # Killed after it has stored the asset, the job runs again: it has to find the same one.
        upload = UploadCall(call, endpoint, limit, reserved=job.id[:RESERVED])
        await _telling(call, upload.resume(job))

    async def explicit(self, job: Job) -> None:
        """Look at an asset again; whoever is to be told is told."""
        call = await Call.resume(self._services, job.payload["call"])
        explicit = ExplicitCall(call, job.payload["resource_type"])
        await _telling(call, explicit.resume())

    async def eager(self, job: Job) -> None:
        """Make derivatives; whoever is to be told is told."""
        call = await Call.resume(self._services, job.payload["call"])
        await _telling(call, self._eager(call, job))

    async def _eager(self, call: Call, job: Job) -> None:
        asset = await self._services.library.get(call.key.cloud, job.payload["asset_id"])
        limits = self._services.transformations.limits
        items = tuple(
            EagerItem(grammar.parse(text, limits), extension)
            for text, extension in job.payload["items"]
        )
        made = await call.make(asset, items)
        body = {
            "notification_type": "eager",
            "eager": made,
            "batch_id": call.batch,
            "asset_id": asset.asset_id,
            "public_id": asset.public_id,
        }
        await call.tell(tuple(job.payload["told"]), body)

    async def making(self, job: Job) -> None:
        """Make what is made of stored assets; whoever is to be told is told."""
        call = await Call.resume(self._services, job.payload["call"])
        making = MakingCall(call, job.payload["action"], job.payload["endpoint"])
        await _telling(call, making.resume())


async def _telling(call: Call, work: Awaitable[None]) -> None:
    """Do a call's work; tell whoever waits for it if it failed for good.

    Raises:
        PermanentFailure: repeating it will not help.
        ServiceError: it may.
    """
    try:
        await work
    except ServiceError as error:
        if error.status in _MAY_PASS:
            raise
        failure = {
            "notification_type": "error",
            "error": {"message": error.message},
            "batch_id": call.batch,
        }
        await call.tell(call.told(), failure)
        raise PermanentFailure(error.message) from error
