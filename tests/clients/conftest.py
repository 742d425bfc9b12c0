"""Fixtures of the real-client tests: one server per module, on a free port, with a data directory of its own."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from crannog_server import CrannogServer  # noqa: E402


@pytest.fixture(scope="module")
def server(request):
    """A running `crannog serve`; a module sets SERVER_FLAGS for more flags."""
    flags = getattr(request.module, "SERVER_FLAGS", [])
    with CrannogServer(os.environ["CRANNOG_BINARY"], *flags) as running:
        yield running


@pytest.fixture(scope="module")
def workspace(server):
    """databricks-sdk's WorkspaceClient, signed in as the administrator, over plain http."""
    from databricks.sdk import WorkspaceClient
    return WorkspaceClient(host=server.url, token=server.token, auth_type="pat")
