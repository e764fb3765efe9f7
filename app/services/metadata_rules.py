"""Use cases of conditional metadata rules (CONTRACT E11)."""

from __future__ import annotations

import secrets

from app.domain.accounts import Cloud
from app.domain.errors import BadRequest, NotFound
from app.domain.metadata.fields import by_id
from app.domain.metadata.rules import MAX_RULES, MetadataRule, changed_rule, new_rule
from app.domain.params import Params
from app.domain.unit_of_work import Database, UnitOfWork


class MetadataRules:
    """The metadata rules of all clouds: kept for those who read them, not applied."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, cloud: Cloud) -> list[MetadataRule]:
        """Every rule by field and order, inactive ones too."""
        return await self._database.read(lambda unit: unit.metadata_rules.all(cloud.id))

    async def create(self, cloud: Cloud, params: Params) -> MetadataRule:
        """Create the rule that a request describes.

        Raises:
            BadRequest: something is missing or wrong, or there are too many rules.
        """
        external_id = secrets.token_hex(32)

        def work(unit: UnitOfWork) -> MetadataRule:
            if len(unit.metadata_rules.all(cloud.id)) >= MAX_RULES:
                raise BadRequest(f"Too many metadata rules. Maximum is {MAX_RULES}.")
            rule = new_rule(external_id, params, by_id(unit.metadata_fields.all(cloud.id)))
            unit.metadata_rules.put(cloud.id, rule)
            return rule

        return await self._database.write(work)

    async def update(self, cloud: Cloud, external_id: str, params: Params) -> MetadataRule:
        """Change what a request gives and keep the rest.

        Raises:
            NotFound: there is none of that external id.
            BadRequest: something given is wrong.
        """

        def work(unit: UnitOfWork) -> MetadataRule:
            rule = unit.metadata_rules.get(cloud.id, external_id)
            if rule is None:
                raise _missing(external_id)
            rule = changed_rule(rule, params, by_id(unit.metadata_fields.all(cloud.id)))
            unit.metadata_rules.put(cloud.id, rule)
            return rule

        return await self._database.write(work)

    async def delete(self, cloud: Cloud, external_id: str) -> None:
        """Remove a rule.

        Raises:
            NotFound: there is none of that external id.
        """
        removed = await self._database.write(
            lambda unit: unit.metadata_rules.delete(cloud.id, external_id)
        )
        if not removed:
            raise _missing(external_id)


def _missing(external_id: str) -> NotFound:
    return NotFound(f"Can't find metadata rule with external id {external_id}")
