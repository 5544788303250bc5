"""Several hosts, one database: one is killed, one is cut off, and nothing that was acknowledged is lost or doubled."""

from pathlib import Path

import pytest

from bench.hosts import try_hosts
from bench.losses import Losses

pytestmark = pytest.mark.long


@pytest.mark.parametrize("objects", [False, True])
def test_hosts_that_fail_under_load_lose_and_double_nothing(bundle_folder: Path, objects: bool) -> None:
    outcome = try_hosts(bundle_folder, 2.0, objects=objects)
    assert (outcome.losses, outcome.faults) == (Losses(), [])
    assert outcome.acknowledged > 60
    assert outcome.with_file > 0
    assert outcome.chain >= outcome.acknowledged
    assert outcome.waited < 15
