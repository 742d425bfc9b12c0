"""databricks-sdk for Python, unmodified, over plain http."""
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, NotImplemented, PermissionDenied, Unauthenticated
from databricks.sdk.service import iam


def test_me_is_the_administrator(workspace):
    me = workspace.current_user.me()
    assert me.user_name == "admin@localhost"
    assert me.active
    assert "admins" in [g.display for g in me.groups]


def test_the_workspace_id_is_known(workspace):
    assert workspace.get_workspace_id() > 0


def test_a_wrong_token_is_refused(server):
    stranger = WorkspaceClient(host=server.url, token="dapi" + "0" * 32, auth_type="pat")
    with pytest.raises((PermissionDenied, Unauthenticated)):
        stranger.current_user.me()


def test_tokens_are_made_listed_used_and_revoked(server, workspace):
    made = workspace.tokens.create(comment="test", lifetime_seconds=3600)
    assert made.token_value.startswith("dapi")
    assert made.token_info.token_id in [t.token_id for t in workspace.tokens.list()]
    other = WorkspaceClient(host=server.url, token=made.token_value, auth_type="pat")
    assert other.current_user.me().user_name == "admin@localhost"
    workspace.tokens.delete(made.token_info.token_id)
    with pytest.raises((PermissionDenied, Unauthenticated)):
        other.current_user.me()


def test_users_groups_and_service_principals(workspace):
    user = workspace.users.create(user_name="ann@example.com", display_name="Ann")
    group = workspace.groups.create(display_name="engineers", members=[iam.ComplexValue(value=user.id)])
    robot = workspace.service_principals.create(display_name="robot")
    assert [u.id for u in workspace.users.list(filter='userName eq "ann@example.com"')] == [user.id]
    assert [m.value for m in workspace.groups.get(group.id).members] == [user.id]
    assert robot.application_id
    workspace.users.delete(user.id)
    with pytest.raises(NotFound):
        workspace.users.get(user.id)


def test_what_is_not_built_says_so(workspace):
    with pytest.raises(NotImplemented) as refused:
        list(workspace.global_init_scripts.list())
    assert "GET /api/2.0/global-init-scripts is not implemented" in str(refused.value)


def test_the_discovery_document_is_public(server):
    import requests
    answer = requests.get(server.url + "/.well-known/databricks-config", timeout=10)
    assert answer.status_code == 200
    assert answer.json()["oidc_endpoint"].startswith(server.url)


def test_machine_to_machine_sign_in(server, workspace):
    robot = workspace.service_principals.create(display_name="m2m")
    secret = workspace.service_principal_secrets_proxy.create(service_principal_id=robot.id)
    machine = WorkspaceClient(host=server.url, client_id=robot.application_id, client_secret=secret.secret, auth_type="oauth-m2m")
    assert machine.current_user.me().id == robot.id
