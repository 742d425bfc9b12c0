"""databricks-sdk for Python, unmodified, against a real `crannog serve` (issue: sign-in, principals, secrets, catalog, files).

Run: python -m pytest tests/clients/test_databricks_sdk.py    (needs databricks-sdk and pytest; CRANNOG names the binary)
"""
import io
import os
import pathlib
import sys
import time
import uuid

import pytest

databricks_sdk = pytest.importorskip("databricks.sdk")
from databricks.sdk import WorkspaceClient  # noqa: E402
from databricks.sdk.errors import (  # noqa: E402
    BadRequest, DatabricksError, NotFound, NotImplemented as SdkNotImplemented, PermissionDenied, ResourceConflict, Unauthenticated)
from databricks.sdk.service import catalog, iam, workspace  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "harness"))
from crannog_server import CrannogServer  # noqa: E402


@pytest.fixture(scope="module")
def server():
    with CrannogServer(os.environ.get("CRANNOG", ROOT / "build/release/crannog")) as running:
        yield running


def client(server, token):
    return WorkspaceClient(host=server.url, token=token, auth_type="pat")


@pytest.fixture(scope="module")
def w(server):
    return client(server, server.token)


@pytest.fixture(scope="module")
def ada(server, w):
    """A service principal without any special right, signed in."""
    robot = w.service_principals.create(display_name="ada")
    token = w.token_management.create_obo_token(robot.application_id, lifetime_seconds=3600)
    ada = client(server, token.token_value)
    ada.name = robot.application_id
    return ada


def unique(prefix):
    return f"{prefix}_{uuid.uuid4().hex[:8]}"


class TestSignIn:
    def test_me_and_workspace_id(self, w):
        me = w.current_user.me()
        assert me.user_name == "admin@localhost" and me.active
        assert "admins" in [group.display for group in me.groups]
        assert me.emails[0].value == "admin@localhost"
        assert 0 < w.get_workspace_id() < 2**53

    def test_a_wrong_token_is_unauthenticated(self, server):
        with pytest.raises(Unauthenticated):
            client(server, "dapi" + "0" * 32).current_user.me()

    def test_tokens_live_and_die(self, server, w):
        created = w.tokens.create(comment="for a test", lifetime_seconds=600)
        assert created.token_value.startswith("dapi") and len(created.token_value) == 36
        assert created.token_info.expiry_time - created.token_info.creation_time == 600_000
        other = client(server, created.token_value)
        assert other.current_user.me().user_name == "admin@localhost"
        assert created.token_info.token_id in [token.token_id for token in w.tokens.list()]
        w.tokens.delete(created.token_info.token_id)
        with pytest.raises(Unauthenticated):
            other.current_user.me()
        with pytest.raises(NotFound):
            w.tokens.delete(created.token_info.token_id)

    def test_a_token_with_a_past_lifetime_is_refused(self, w):
        with pytest.raises(BadRequest):
            w.tokens.create(lifetime_seconds=-1)

    def test_token_management_is_for_administrators(self, w, ada):
        infos = list(w.token_management.list(created_by_username="admin@localhost"))
        assert infos and all(info.created_by_username == "admin@localhost" for info in infos)
        assert w.token_management.get(infos[0].token_id).token_info.token_id == infos[0].token_id
        with pytest.raises(PermissionDenied):
            list(ada.token_management.list())

    def test_basic_with_token(self, server):
        basic = WorkspaceClient(host=server.url, username="token", password=server.token, auth_type="basic")
        assert basic.current_user.me().user_name == "admin@localhost"

    def test_oauth_for_machines(self, server, w):
        robot = w.service_principals.create(display_name="robot")
        secret = w.service_principal_secrets_proxy.create(robot.id)
        machine = WorkspaceClient(host=server.url, client_id=robot.application_id, client_secret=secret.secret, auth_type="oauth-m2m")
        assert machine.current_user.me().display_name == "robot"
        assert secret.id in [one.id for one in w.service_principal_secrets_proxy.list(robot.id)]
        w.service_principal_secrets_proxy.delete(robot.id, secret.id)
        with pytest.raises(Exception):
            WorkspaceClient(host=server.url, client_id=robot.application_id, client_secret=secret.secret,
                            auth_type="oauth-m2m").current_user.me()


class TestPrincipals:
    def test_users(self, w):
        name = unique("u") + "@example.com"
        user = w.users.create(user_name=name, display_name="U", name=iam.Name(given_name="U", family_name="V"),
                              entitlements=[iam.ComplexValue(value="allow-cluster-create")])
        assert [found.id for found in w.users.list(filter=f'userName eq "{name}"')] == [user.id]
        assert w.users.get(user.id).name.family_name == "V"
        w.users.patch(user.id, operations=[iam.Patch(op=iam.PatchOp.REPLACE, path="name.givenName", value="W")],
                      schemas=[iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP])
        assert w.users.get(user.id).name.given_name == "W"
        w.users.update(user.id, user_name=name, display_name="X", active=False)
        assert w.users.get(user.id).active is False
        with pytest.raises(ResourceConflict):
            w.users.create(user_name=name.upper())
        w.users.delete(user.id)
        with pytest.raises(NotFound):
            w.users.get(user.id)

    def test_paging_gives_everyone_once(self, w):
        prefix = unique("page")
        for i in range(5):
            w.users.create(user_name=f"{prefix}{i}@example.com")
        found = [user.user_name for user in w.users.list(filter=f'userName sw "{prefix}"', count=2)]
        assert sorted(found) == [f"{prefix}{i}@example.com" for i in range(5)]
        everyone = [user.id for user in w.users.list(count=2)]
        assert len(everyone) == len(set(everyone))

    def test_groups_nest(self, w):
        user = w.users.create(user_name=unique("g") + "@example.com")
        inner = w.groups.create(display_name=unique("inner"), members=[iam.ComplexValue(value=user.id)])
        outer = w.groups.create(display_name=unique("outer"))
        schemas = [iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]
        w.groups.patch(outer.id, schemas=schemas,
                       operations=[iam.Patch(op=iam.PatchOp.ADD, value={"members": [{"value": inner.id}]})])
        kinds = {group.display: group.type for group in w.users.get(user.id).groups}
        assert kinds[inner.display_name] == "direct" and kinds[outer.display_name] == "indirect"
        w.groups.patch(inner.id, schemas=schemas,
                       operations=[iam.Patch(op=iam.PatchOp.REMOVE, path=f'members[value eq "{user.id}"]')])
        assert not w.groups.get(inner.id).members
        with pytest.raises(BadRequest):
            w.groups.patch(inner.id, schemas=schemas,
                           operations=[iam.Patch(op=iam.PatchOp.ADD, path="members", value=[{"value": outer.id}])])

    def test_only_administrators_change_principals(self, ada):
        with pytest.raises(PermissionDenied):
            ada.users.create(user_name="eve@example.com")
        assert list(ada.groups.list(filter='displayName eq "admins"'))


class TestSecrets:
    def test_scopes_secrets_and_acls(self, w, ada):
        scope = unique("scope")
        w.secrets.create_scope(scope)
        w.secrets.put_secret(scope, "password", string_value="hunter2 ü")
        assert w.dbutils.secrets.get(scope, "password") == "hunter2 ü"
        assert [one.key for one in w.secrets.list_secrets(scope)] == ["password"]
        assert scope in [one.name for one in w.secrets.list_scopes()]
        with pytest.raises(PermissionDenied):
            ada.secrets.get_secret(scope, "password")
        w.secrets.put_acl(scope, ada.name, workspace.AclPermission.READ)
        assert ada.secrets.get_secret(scope, "password").value
        with pytest.raises(PermissionDenied):
            ada.secrets.put_secret(scope, "password", string_value="x")
        assert w.secrets.get_acl(scope, ada.name).permission == workspace.AclPermission.READ
        w.secrets.delete_secret(scope, "password")
        with pytest.raises(NotFound):
            w.secrets.get_secret(scope, "password")
        w.secrets.delete_scope(scope)
        with pytest.raises(NotFound):
            list(w.secrets.list_secrets(scope))


@pytest.fixture(scope="class")
def schema(w):
    name = unique("cat")
    w.catalogs.create(name, comment="a catalog", properties={"team": "data"})
    made = w.schemas.create("sales", name)
    yield made
    w.catalogs.delete(name, force=True)


class TestCatalog:
    def test_the_default_catalogs_are_there(self, w, ada):
        assert {"main", "hive_metastore"} <= {one.name for one in ada.catalogs.list()}
        assert ada.schemas.get("main.default").full_name == "main.default"
        assert w.metastores.current().metastore_id == w.metastores.summary().metastore_id

    def test_catalogs_and_schemas(self, w, schema):
        found = w.catalogs.get(schema.catalog_name)
        assert found.comment == "a catalog" and found.properties == {"team": "data"} and found.owner == "admin@localhost"
        assert found.catalog_type == catalog.CatalogType.MANAGED_CATALOG
        changed = w.schemas.update(schema.full_name, comment="sold", properties={"a": "b"})
        assert changed.comment == "sold" and changed.properties == {"a": "b"}
        assert [one.name for one in w.schemas.list(schema.catalog_name)] == ["default", "information_schema", "sales"]
        with pytest.raises(DatabricksError) as caught:
            w.schemas.create("sales", schema.catalog_name)
        assert caught.value.error_code == "RESOURCE_ALREADY_EXISTS"
        with pytest.raises(NotFound):
            w.schemas.get(f"{schema.catalog_name}.nothing")
        with pytest.raises(BadRequest):
            w.schemas.create("a b", schema.catalog_name)

    def test_renaming_a_schema(self, w, schema):
        w.schemas.create("old", schema.catalog_name)
        assert w.schemas.update(f"{schema.catalog_name}.old", new_name="new").full_name == f"{schema.catalog_name}.new"
        w.schemas.delete(f"{schema.catalog_name}.new")

    def test_external_tables_tags_and_keys(self, w, schema, tmp_path):
        name = f"{schema.full_name}.orders"
        columns = [catalog.ColumnInfo(name="id", type_text="bigint", type_name=catalog.ColumnTypeName.LONG, position=0, nullable=False,
                                      type_json='{"name":"id","type":"long","nullable":false,"metadata":{}}')]
        made = w.tables.create(name="orders", catalog_name=schema.catalog_name, schema_name="sales", table_type=catalog.TableType.EXTERNAL,
                               data_source_format=catalog.DataSourceFormat.DELTA, storage_location=str(tmp_path / "orders"),
                               columns=columns)
        assert made.full_name == name and w.tables.exists(name).table_exists
        found = w.tables.get(name)
        assert found.columns[0].type_name == catalog.ColumnTypeName.LONG and found.columns[0].nullable is False
        assert [one.name for one in w.tables.list(schema.catalog_name, "sales")] == ["orders"]
        assert [one.full_name for one in w.tables.list_summaries(schema.catalog_name, schema_name_pattern="sal%")] == [name]
        w.table_constraints.create(name, catalog.TableConstraint(
            primary_key_constraint=catalog.PrimaryKeyConstraint(name="pk", child_columns=["id"])))
        assert w.tables.get(name).table_constraints[0].primary_key_constraint.child_columns == ["id"]
        w.table_constraints.delete(name, "pk", cascade=False)
        assert not w.tables.get(name).table_constraints
        w.entity_tag_assignments.create(catalog.EntityTagAssignment(entity_type="columns", entity_name=f"{name}.id", tag_key="pii",
                                                                    tag_value="no"))
        assert w.entity_tag_assignments.get("columns", f"{name}.id", "pii").tag_value == "no"
        assert not list(w.entity_tag_assignments.list("tables", name))
        w.tables.delete(name)
        assert not w.tables.exists(name).table_exists

    def test_a_managed_table_over_rest_is_an_honest_error(self, w, schema):
        with pytest.raises(SdkNotImplemented):
            w.tables.create(name="t", catalog_name=schema.catalog_name, schema_name="sales", table_type=catalog.TableType.MANAGED,
                            data_source_format=catalog.DataSourceFormat.DELTA, storage_location="")

    def test_functions_and_models(self, w, schema):
        parameter = catalog.FunctionParameterInfo(name="x", type_text="int", type_name=catalog.ColumnTypeName.INT, position=0,
                                                  type_json='{"name":"x","type":"integer","nullable":true,"metadata":{}}')
        made = w.functions.create(catalog.CreateFunction(
            name="twice", catalog_name=schema.catalog_name, schema_name="sales", input_params=catalog.FunctionParameterInfos([parameter]),
            data_type=catalog.ColumnTypeName.INT, full_data_type="int", routine_body=catalog.CreateFunctionRoutineBody.SQL,
            routine_definition="x * 2", parameter_style=catalog.CreateFunctionParameterStyle.S, is_deterministic=True,
            sql_data_access=catalog.CreateFunctionSqlDataAccess.NO_SQL, is_null_call=False,
            security_type=catalog.CreateFunctionSecurityType.DEFINER, specific_name="twice"))
        assert w.functions.get(made.full_name).routine_definition == "x * 2"
        assert [one.name for one in w.functions.list(schema.catalog_name, "sales")] == ["twice"]
        w.functions.delete(made.full_name)
        model = w.registered_models.create(catalog_name=schema.catalog_name, schema_name="sales", name="churn", comment="c")
        assert w.registered_models.get(model.full_name).comment == "c"
        assert model.full_name in [one.full_name for one in w.registered_models.list()]
        w.registered_models.delete(model.full_name)

    def test_credentials_and_locations(self, w, tmp_path):
        credential = unique("cred")
        w.storage_credentials.create(credential, aws_iam_role=catalog.AwsIamRoleRequest(role_arn="arn:aws:iam::1:role/x"))
        location = w.external_locations.create(unique("loc"), f"s3://bucket/{credential}", credential)
        assert location.credential_name == credential and location.owner == "admin@localhost"
        with pytest.raises(BadRequest):
            w.external_locations.create(unique("loc"), f"s3://bucket/{credential}/inner", credential)
        w.external_locations.delete(location.name)
        w.storage_credentials.delete(credential)
        with pytest.raises(NotFound):
            w.storage_credentials.get(credential)


class TestGrants:
    def test_update_get_effective(self, w, ada, schema):
        with pytest.raises(NotFound):
            ada.catalogs.get(schema.catalog_name)
        changes = [catalog.PermissionsChange(principal=ada.name, add=[catalog.Privilege.USE_CATALOG, catalog.Privilege.USE_SCHEMA,
                                                                      catalog.Privilege.SELECT])]
        answer = w.grants.update("catalog", schema.catalog_name, changes=changes)
        assert [(one.principal, one.privileges) for one in answer.privilege_assignments if one.principal == ada.name] == [
            (ada.name, [catalog.Privilege.SELECT, catalog.Privilege.USE_CATALOG, catalog.Privilege.USE_SCHEMA])]
        assert ada.schemas.get(schema.full_name).name == "sales"
        effective = w.grants.get_effective("SCHEMA", schema.full_name, principal=ada.name)
        privileges = {one.privilege: one for one in effective.privilege_assignments[0].privileges}
        assert privileges[catalog.Privilege.SELECT].inherited_from_name == schema.catalog_name
        assert privileges[catalog.Privilege.SELECT].inherited_from_type == catalog.SecurableType.CATALOG
        assert not w.grants.get("schema", schema.full_name).privilege_assignments
        with pytest.raises(PermissionDenied):
            ada.schemas.create("mine", schema.catalog_name)
        w.grants.update("catalog", schema.catalog_name, changes=[
            catalog.PermissionsChange(principal=ada.name, remove=[catalog.Privilege.USE_CATALOG])])
        with pytest.raises(PermissionDenied):
            ada.schemas.get(schema.full_name)

    def test_what_does_not_apply_is_refused(self, w, schema):
        with pytest.raises(BadRequest):
            w.grants.update("schema", schema.full_name, changes=[
                catalog.PermissionsChange(principal="account users", add=[catalog.Privilege.CREATE_CATALOG])])
        with pytest.raises(NotFound):
            w.grants.update("schema", schema.full_name, changes=[
                catalog.PermissionsChange(principal="nobody", add=[catalog.Privilege.SELECT])])


@pytest.fixture(scope="class")
def volume(w, schema):
    made = w.volumes.create(schema.catalog_name, "sales", "raw", catalog.VolumeType.MANAGED)
    assert made.full_name in [one.full_name for one in w.volumes.list(schema.catalog_name, "sales")]
    return f"/Volumes/{schema.catalog_name}/sales/raw"


class TestFiles:
    def test_files_and_directories(self, w, volume):
        content = os.urandom(3 << 20)
        w.files.create_directory(f"{volume}/in/deep")
        w.files.upload(f"{volume}/in/deep/a b.bin", io.BytesIO(content))
        assert w.files.download(f"{volume}/in/deep/a b.bin").contents.read() == content
        metadata = w.files.get_metadata(f"{volume}/in/deep/a b.bin")
        assert metadata.content_length == len(content) and metadata.last_modified
        entries = list(w.files.list_directory_contents(f"{volume}/in/deep"))
        assert [(entry.name, entry.file_size, entry.is_directory) for entry in entries] == [("a b.bin", len(content), False)]
        with pytest.raises(DatabricksError):
            w.files.upload(f"{volume}/in/deep/a b.bin", io.BytesIO(b"x"), overwrite=False)
        w.files.upload(f"{volume}/in/deep/a b.bin", io.BytesIO(b"x"), overwrite=True)
        assert w.files.download(f"{volume}/in/deep/a b.bin").contents.read() == b"x"
        with pytest.raises(BadRequest):
            w.files.delete_directory(f"{volume}/in/deep")
        w.files.delete(f"{volume}/in/deep/a b.bin")
        w.files.delete_directory(f"{volume}/in/deep")
        with pytest.raises(NotFound):
            w.files.get_directory_metadata(f"{volume}/in/deep")
        with pytest.raises(NotFound):
            w.files.download(f"{volume}/nothing")

    def test_ranges(self, server, w, volume):
        requests = pytest.importorskip("requests")
        w.files.upload(f"{volume}/digits", io.BytesIO(b"0123456789"))
        answer = requests.get(f"{server.url}/api/2.0/fs/files{volume}/digits",
                              headers={"Authorization": f"Bearer {server.token}", "Range": "bytes=2-5"})
        assert (answer.status_code, answer.content, answer.headers["Content-Range"]) == (206, b"2345", "bytes 2-5/10")

    def test_no_way_out_of_a_volume(self, server, w, volume):
        requests = pytest.importorskip("requests")
        answer = requests.Request("GET", f"{server.url}/api/2.0/fs/files{volume}/x").prepare()
        answer.url = f"{server.url}/api/2.0/fs/files{volume}/%2e%2e/%2e%2e/%2e%2e/metadata.db"
        answer.headers["Authorization"] = f"Bearer {server.token}"
        assert requests.Session().send(answer).status_code in (400, 404)

    def test_volumes_ask_for_privileges(self, w, ada, volume):
        with pytest.raises(DatabricksError):
            ada.files.upload(f"{volume}/mine", io.BytesIO(b"x"))

    def test_dbfs(self, w):
        path = f"/tests/{unique('dbfs')}"
        content = os.urandom(2_500_000)
        with w.dbfs.open(f"{path}/file", write=True) as file:
            file.write(content)
        with w.dbfs.open(f"{path}/file", read=True) as file:
            assert b"".join(iter(lambda: file.read(1 << 20), b"")) == content
        assert w.dbfs.get_status(f"{path}/file").file_size == len(content)
        w.dbfs.move(f"{path}/file", f"{path}/moved")
        assert [one.path for one in w.dbfs.list(path)] == [f"{path}/moved"]
        w.dbfs.delete(path, recursive=True)
        with pytest.raises(NotFound):
            w.dbfs.get_status(path)

    def test_dbutils_fs(self, w, volume):
        w.dbutils.fs.put(f"{volume}/note.txt", "hello", overwrite=True)
        assert w.dbutils.fs.head(f"{volume}/note.txt") == "hello"
        assert "note.txt" in [one.name for one in w.dbutils.fs.ls(volume)]


def test_what_is_acknowledged_survives_a_kill(server, w):
    names = []
    for _ in range(3):
        for _ in range(20):
            name = unique("kill")
            w.secrets.create_scope(name)
            names.append(name)
        server.kill()
        server.start()
    kept = {one.name for one in w.secrets.list_scopes()}
    assert set(names) <= kept


def test_the_first_request_comes_soon(server):
    """Not a benchmark: only that nothing waits seconds."""
    start = time.monotonic()
    client(server, server.token).current_user.me()
    assert time.monotonic() - start < 2
