"""One upload: from its parameters to its reply, now or in the background (CONTRACT B)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from app.api import addon_parameters, asset_parameters
from app.api import upload_parameters as parameters
from app.api.body import Upload
from app.api.call import Call
from app.api.render import Json
from app.domain.delivery_headers import delivered
from app.domain.errors import BadRequest
from app.domain.jobs import Job
from app.domain.ports import IncomingBlob
from app.domain.unit_of_work import UnitOfWork
from app.services.upload import UploadCommand, UploadOutcome

#: The kind of job that stores an upload in the background.
UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class UploadCall:
    """An upload.

    Attributes:
        endpoint: resource type of its URL; ``auto`` lets the bytes decide.
        max_bytes: largest file that this endpoint takes.
        reserved: see :class:`app.services.naming.Naming`.
    """

    call: Call
    endpoint: str
    max_bytes: int
    reserved: str = ""

    async def whole(self, file: Upload | str) -> Json:
        """Store a file that came in one piece, or have it stored; the reply's JSON.

        Args:
            file: its bytes, or the URL to fetch them from.

        Raises:
            ServiceError: as :class:`app.services.upload.UploadAsset`; nothing has changed then.
        """
        self.check(fetched=isinstance(file, str))  # before anything is fetched
        values = self.command_values()
        self.call.services.upload.check(values["wanted"], values["moderations"])
        if self.call.params.flag("async"):
            return await self._later(file)
        if isinstance(file, Upload):
            return await self.reply(await self.store(file.blob, file.filename or ""))
        return await self._fetched(file)

    async def resume(self, job: Job) -> None:
        """Store what was put off by :meth:`whole`."""
        if job.blob_key is None:
            await self._fetched(job.payload["url"])
            return
        blob = await self.call.services.reopen(job.blob_key)
        await self.reply(await self.store(blob, job.payload["filename"]))

    async def store(self, blob: IncomingBlob, filename: str) -> UploadOutcome:
        """Run the use case; the blob is kept or discarded."""
        call = self.call
        return await call.services.upload(
            UploadCommand(
                cloud=call.key.cloud,
                resource_type=self.endpoint,
                blob=blob,
                filename=call.params.text("filename_override") or filename,
                access_key=call.access_key,
                **self.command_values(),
            )
        )

    async def reply(self, outcome: UploadOutcome) -> Json:
        """What is answered once it is stored, and whatever else was asked for done."""
        result = self.call.renderer().upload_result(outcome)
        extras = self.call.extras()
        return await self.call.finish(outcome.asset, result, extras, "upload")

    def check(self, *, fetched: bool = False) -> None:
        """Refuse bad parameters.

        Args:
            fetched: whether the file is fetched: headers and a proxy are for that.

        Raises:
            BadRequest: one of them is wrong.
        """
        self.command_values()
        self.call.extras()
        params = self.call.params
        if not fetched:
            asset_parameters.headers(params)
            if proxy := params.text("proxy"):
                raise BadRequest(f"Invalid value {proxy[:200]} for parameter proxy")

    def command_values(self) -> dict[str, Any]:
        """What the parameters say of the command.

        Raises:
            BadRequest: one of them is wrong.
        """
        params = self.call.params
        parameters.check_flags(params, "invalidate", "visual_search")
        limits = self.call.services.transformations.limits
        return {
            "type": parameters.delivery_type(params),
            "naming": replace(parameters.naming(params), reserved=self.reserved),
            "overwrite": params.flag("overwrite", default=True),
            "tags": parameters.tags(params) or (),
            "context": parameters.context(params) or {},
            "wanted": parameters.wanted(params),
            "threshold": addon_parameters.threshold(params),
            "allowed_formats": tuple(params.list("allowed_formats")),
            "face_coordinates": parameters.boxes(params, "face_coordinates") or (),
            "custom_coordinates": parameters.boxes(params, "custom_coordinates") or (),
            "access_control": asset_parameters.access_control(params) or (),
            "metadata": asset_parameters.metadata(params) or {},
            "clear_invalid": params.flag("clear_invalid"),
            "incoming": asset_parameters.incoming(params, limits),
            "moderations": asset_parameters.moderations(params),
            "regions": asset_parameters.given_regions(params) or {},
            "headers": delivered(asset_parameters.fetch_options(params, "").headers),
            "quality_override": asset_parameters.quality_override(params) or "",
            "backup": params.flag("backup"),
            "derives": bool(params.text("eager") or params.text("responsive_breakpoints")),
        }

    async def _fetched(self, url: str) -> Json:
        services = self.call.services
        blob = services.blobs.create()
        try:
            options = asset_parameters.fetch_options(self.call.params, self.call.key.cloud.name)
            remote = await services.fetcher.fetch(url, blob.write, self.max_bytes, options)
            return await self.reply(await self.store(blob, remote.filename))
        finally:
            blob.discard()

    async def _later(self, file: Upload | str) -> Json:
        """Leave it to the queue; what is answered meanwhile."""
        call = self.call
        payload: Json = {"call": call.payload(), "endpoint": self.endpoint}
        blob_key = None
        if isinstance(file, Upload):
            blob_key = (await call.services.keep(file.blob)).key
            payload["filename"] = file.filename or ""
        else:
            payload["url"] = file
        job = Job.new(call.key.cloud.id, UPLOAD, payload, blob_key=blob_key)

        def work(unit: UnitOfWork) -> None:
            unit.blobs.guard()
            unit.jobs.add(job)

        await call.services.background(work)
        answer: Json = {
            "status": "pending",
            "batch_id": call.batch,
            "resource_type": self.endpoint,
            "type": parameters.delivery_type(call.params),
        }
        public_id = call.params.text("public_id")
        return answer | ({"public_id": public_id} if public_id else {})
