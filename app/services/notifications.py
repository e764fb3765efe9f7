"""Use case: tell others what has happened, by signed HTTP calls ("webhooks").

Each URL's notification is a job of its own, added in the transaction of what it tells of: it is
sent exactly when that has happened, at least once, and again until the receiver answers 2xx.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

from app.domain import signing
from app.domain.accounts import ApiKey
from app.domain.jobs import Job, PermanentFailure
from app.domain.notifications import envelope, parse_urls, signed_by
from app.domain.ports import WebhookPoster
from app.domain.unit_of_work import Database, UnitOfWork

#: The kind of job.
NOTIFICATION = "notification"


class Notifications:
    """Sends notifications.

    Args:
        default_urls: who is told of what happens where a request names nobody.
        algorithm: digest of the signatures.
    """

    def __init__(
        self,
        database: Database,
        poster: WebhookPoster,
        default_urls: tuple[str, ...] = (),
        algorithm: Literal["sha1", "sha256"] = "sha1",
    ) -> None:
        self._database = database
        self._poster = poster
        self._default_urls = default_urls
        self._algorithm = algorithm

    def urls(self, given: str) -> tuple[str, ...]:
        """Who is to be told, by a request's ``notification_url``; the default ones if it is empty.

        Raises:
            BadRequest: one of the URLs is none.
        """
        return parse_urls(given) or self._default_urls

    def enqueue(
        self,
        unit: UnitOfWork,
        cloud_id: int,
        urls: Collection[str],
        body: Mapping[str, Any],
        *,
        access_key: str = "",
    ) -> None:
        """Have a notification sent to each of ``urls`` once the transaction is committed.

        Wake the queue after that, or it is sent a few seconds later.

        Args:
            urls: from :meth:`urls`.
            body: JSON values: ``notification_type`` and what that type has; the rest of the
                envelope is added (:func:`app.domain.notifications.envelope`).
            access_key: API key of the request that caused it; "" if it had none. It signs, and
                the cloud's oldest enabled key does where it is none or no longer enabled.
        """
        if not urls:
            return
        whole = envelope(body, datetime.now(UTC))
        for url in urls:
            payload = {"url": url, "access_key": access_key, "body": whole}
            unit.jobs.add(Job.new(cloud_id, NOTIFICATION, payload))

    async def send(self, job: Job) -> None:
        """Send one notification, signed now: the handler of these jobs.

        Raises:
            TemporaryFailure: the receiver could not be reached, or did not answer 2xx.
            PermanentFailure: its address is not allowed, or there is no key to sign with.
        """
        access_key: str = job.payload["access_key"]
        key = await self._database.read_hot(
            lambda unit: _signing_key(unit, job.cloud_id, access_key)
        )
        if key is None:
            raise PermanentFailure("the cloud has no enabled API key to sign with")
        body = orjson.dumps(signed_by(job.payload["body"], access_key, key.key))
        now = int(time.time())
        signature = signing.sign_webhook(body.decode(), now, key.secret, algorithm=self._algorithm)
        headers = {"X-Cld-Timestamp": str(now), "X-Cld-Signature": signature}
        await self._poster.post(job.payload["url"], body, headers)


def _signing_key(unit: UnitOfWork, cloud_id: int, access_key: str) -> ApiKey | None:
    keys = [key for key in unit.accounts.keys(cloud_id) if key.enabled]
    named = (key for key in keys if key.key == access_key)
    return next(named, keys[0] if keys else None)
