"""One ``explicit``: a stored asset is looked at again, now or in the background (CONTRACT D1)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.api import asset_parameters
from app.api import upload_parameters as parameters
from app.api.call import Call, Extras
from app.api.render import Json
from app.domain import formats
from app.domain.assets import AssetKey, ResourceType
from app.domain.eager import EagerItem
from app.domain.errors import BadRequest
from app.domain.jobs import Job
from app.domain.transformation.nodes import Transformation
from app.services.update import UpdateCommand

#: The kind of job that runs one in the background.
EXPLICIT = "explicit"


@dataclass(frozen=True, slots=True)
class ExplicitCall:
    """An ``explicit``."""

    call: Call
    resource_type: ResourceType

    async def run(self) -> Json:
        """Do it, or have it done; the reply's JSON.

        Raises:
            NotFound: ``Resource not found - <public_id>``.
            BadRequest: a value is wrong, or a picture cannot be transformed as asked.
            RateLimited: an add-on without subscription, or overload.
        """
        call, params = self.call, self.call.params
        command, _ = self._command(), self._extras()
        call.services.update.check(command)
        if not params.flag("async"):
            return await self._finish(command)
        payload = {"call": call.payload(), "resource_type": self.resource_type}
        job = Job.new(call.key.cloud.id, EXPLICIT, payload)
        await call.services.background(lambda unit: unit.jobs.add(job))
        return {
            "status": "pending",
            "batch_id": call.batch,
            "resource_type": self.resource_type,
            "type": params.text("type") or "upload",
            "public_id": params.text("public_id"),
        }

    async def resume(self) -> None:
        """Do what was put off."""
        await self._finish(self._command())

    async def _finish(self, command: UpdateCommand) -> Json:
        services, params = self.call.services, self.call.params
        if _fetched(self.call):
            # It may be the first time that anybody asks for that URL.
            await services.delivery.remote(command.cloud, params.text("public_id"))
        asset = await services.update(command)
        result = self.call.renderer().explicit_result(asset)
        return await self.call.finish(asset, result, self._extras(), "explicit")

    def _extras(self) -> Extras:
        """What the call wants done; a ``transformation`` is one more derivative."""
        extras = self.call.extras()
        limits = self.call.services.transformations.limits
        asked = asset_parameters.incoming(self.call.params, limits)
        items = extras.eager
        if asked.format and not formats.is_written(asked.format):
            raise BadRequest(f"Invalid value {asked.format} for parameter format")
        if asked:
            items += (EagerItem(asked.transformation or Transformation("", ()), asked.format),)
        if _fetched(self.call):
            items = tuple(item.within(limits) for item in items)
        return replace(extras, eager=items)

    def _command(self) -> UpdateCommand:
        call, params = self.call, self.call.params
        public_id = params.text("public_id")
        if not public_id:
            raise BadRequest("Missing required parameter - public_id")
        parameters.check_flags(params, "invalidate", "overwrite", "visual_search")
        if _fetched(call):
            target = call.services.delivery.remote_key(public_id)
        else:
            target = AssetKey(self.resource_type, parameters.stored_type(params), public_id)
        return UpdateCommand(call.key.cloud, target, **parameters.changes(params))


def _fetched(call: Call) -> bool:
    return call.params.text("type") == "fetch"
