"""What is not offered says so: every refusal that ``tests/contract_data/coverage.toml`` lists."""

from __future__ import annotations

import pytest

from scripts.coverage_facts import ALL, Action, Parameter, actions, notes
from tests.actions import VICTIM, set_up
from tests.live import LiveServer, message


def refusals() -> list[tuple[Action, Parameter]]:
    """The refused parameters of the Upload API; of an action that is refused as a whole, one."""
    found = []
    for action in actions():
        if action.api == "upload":
            whole = (action.name, ALL) in notes().refused
            named = [p for p in action.parameters if (action.name, p.name) in notes().refused]
            found += [(action, item) for item in (action.parameters[:1] if whole else named)]
    return found


@pytest.mark.parametrize(
    ("action", "parameter"),
    [pytest.param(*item, id=f"{item[0].name}-{item[1].name}") for item in refusals()],
)
def test_what_is_not_offered_is_refused(
    sqlite_server: LiveServer, action: Action, parameter: Parameter
) -> None:
    expected = notes().refusal(action.name, parameter.name)
    assert expected
    value = parameter.sample if expected.value is None else expected.value
    with sqlite_server.client() as client:
        scene = set_up(client)
        before = client.get(f"resources/image/upload/{VICTIM}").json()

        response = scene.send(action, scene.fields(action, parameter, value))

        assert response.status_code == expected.status, response.text
        assert expected.text in message(response)
        assert client.get(f"resources/image/upload/{VICTIM}").json() == before
        assert client.get("resources/image/upload/made").status_code == 404
