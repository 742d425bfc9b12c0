#pragma once

#include "api/unity_catalog.h"
#include "services/catalog/catalog.h"

namespace crannog::catalog {

/// Unity Catalog's REST face: converts, asks the catalog, converts back. Threads: any.
class UnityCatalogApi final : public wire::UnityCatalog {
 public:
  /// `workspace_id` is what X-Databricks-Org-Id says.
  UnityCatalogApi(Catalog& catalog, int64_t workspace_id) : catalog_(catalog), workspace_id_(workspace_id) {}

  Result<wire::CatalogInfo> CreateCatalog(const http::Caller& caller, const wire::CreateCatalogRequest& request) override;
  Result<wire::CatalogInfo> GetCatalog(const http::Caller& caller, const wire::NamedRequest& request) override;
  Result<wire::ListCatalogsResponse> ListCatalogs(const http::Caller& caller, const wire::ListRequest& request) override;
  Result<wire::CatalogInfo> UpdateCatalog(const http::Caller& caller, const wire::UpdateCatalogRequest& request) override;
  Result<> DeleteCatalog(const http::Caller& caller, const wire::NamedRequest& request) override;
  Result<wire::SchemaInfo> CreateSchema(const http::Caller& caller, const wire::CreateSchemaRequest& request) override;
  Result<wire::SchemaInfo> GetSchema(const http::Caller& caller, const wire::FullNameRequest& request) override;
  Result<wire::ListSchemasResponse> ListSchemas(const http::Caller& caller, const wire::ListRequest& request) override;
  Result<wire::SchemaInfo> UpdateSchema(const http::Caller& caller, const wire::UpdateSchemaRequest& request) override;
  Result<> DeleteSchema(const http::Caller& caller, const wire::FullNameRequest& request) override;
  Result<wire::TableInfo> CreateTable(const http::Caller& caller, const wire::CreateTableRequest& request) override;
  Result<wire::TableInfo> GetTable(const http::Caller& caller, const wire::FullNameRequest& request) override;
  Result<wire::TableExistsResponse> TableExists(const http::Caller& caller, const wire::FullNameRequest& request) override;
  Result<wire::ListTablesResponse> ListTables(const http::Caller& caller, const wire::ListRequest& request) override;
  Result<wire::ListTableSummariesResponse> ListTableSummaries(const http::Caller& caller, const wire::ListTableSummariesRequest& request) override;
  Result<wire::TableInfo> UpdateTable(const http::Caller& caller, const wire::UpdateTableRequest& request) override;
  Result<> DeleteTable(const http::Caller& caller, const wire::FullNameRequest& request) override;
  Result<wire::VolumeInfo> CreateVolume(const http::Caller& caller, const wire::CreateVolumeRequest& request) override;
  Result<wire::VolumeInfo> GetVolume(const http::Caller& caller, const wire::NamedRequest& request) override;
  Result<wire::ListVolumesResponse> ListVolumes(const http::Caller& caller, const wire::ListRequest& request) override;
  Result<wire::VolumeInfo> UpdateVolume(const http::Caller& caller, const wire::UpdateVolumeRequest& request) override;
  Result<> DeleteVolume(const http::Caller& caller, const wire::NamedRequest& request) override;
  Result<wire::FunctionInfo> CreateFunction(const http::Caller& caller, const wire::CreateFunctionRequest& request) override;
  Result<wire::FunctionInfo> GetFunction(const http::Caller& caller, const wire::NamedRequest& request) override;
  Result<wire::ListFunctionsResponse> ListFunctions(const http::Caller& caller, const wire::ListRequest& request) override;
  Result<wire::FunctionInfo> UpdateFunction(const http::Caller& caller, const wire::UpdateOwnerRequest& request) override;
  Result<> DeleteFunction(const http::Caller& caller, const wire::NamedRequest& request) override;
  Result<wire::RegisteredModelInfo> CreateModel(const http::Caller& caller, const wire::CreateModelRequest& request) override;
  Result<wire::RegisteredModelInfo> GetModel(const http::Caller& caller, const wire::FullNameRequest& request) override;
  Result<wire::ListModelsResponse> ListModels(const http::Caller& caller, const wire::ListRequest& request) override;
  Result<wire::RegisteredModelInfo> UpdateModel(const http::Caller& caller, const wire::UpdateModelRequest& request) override;
  Result<> DeleteModel(const http::Caller& caller, const wire::FullNameRequest& request) override;
  Result<wire::ModelAlias> SetModelAlias(const http::Caller& caller, const wire::SetModelAliasRequest& request) override;
  Result<> DeleteModelAlias(const http::Caller& caller, const wire::SetModelAliasRequest& request) override;
  Result<wire::StorageCredentialInfo> CreateStorageCredential(const http::Caller& caller, const wire::CreateStorageCredentialRequest& request) override;
  Result<wire::StorageCredentialInfo> GetStorageCredential(const http::Caller& caller, const wire::NamedRequest& request) override;
  Result<wire::ListStorageCredentialsResponse> ListStorageCredentials(const http::Caller& caller, const wire::ListRequest& request) override;
  Result<wire::StorageCredentialInfo> UpdateStorageCredential(const http::Caller& caller, const wire::UpdateStorageCredentialRequest& request) override;
  Result<> DeleteStorageCredential(const http::Caller& caller, const wire::NamedRequest& request) override;
  Result<wire::ExternalLocationInfo> CreateExternalLocation(const http::Caller& caller, const wire::CreateExternalLocationRequest& request) override;
  Result<wire::ExternalLocationInfo> GetExternalLocation(const http::Caller& caller, const wire::NamedRequest& request) override;
  Result<wire::ListExternalLocationsResponse> ListExternalLocations(const http::Caller& caller, const wire::ListRequest& request) override;
  Result<wire::ExternalLocationInfo> UpdateExternalLocation(const http::Caller& caller, const wire::UpdateExternalLocationRequest& request) override;
  Result<> DeleteExternalLocation(const http::Caller& caller, const wire::NamedRequest& request) override;
  Result<wire::MetastoreInfo> GetMetastoreSummary(const http::Caller& caller) override;
  Result<wire::MetastoreInfo> GetMetastore(const http::Caller& caller, const wire::GetMetastoreRequest& request) override;
  Result<wire::ListMetastoresResponse> ListMetastores(const http::Caller& caller) override;
  Result<wire::MetastoreAssignment> GetMetastoreAssignment(const http::Caller& caller) override;
  Result<wire::PermissionsList> GetPermissions(const http::Caller& caller, const wire::PermissionsRequest& request) override;
  Result<wire::PermissionsList> UpdatePermissions(const http::Caller& caller, const wire::UpdatePermissionsRequest& request) override;
  Result<wire::EffectivePermissionsList> GetEffectivePermissions(const http::Caller& caller, const wire::PermissionsRequest& request) override;
  Result<wire::ConstraintResponse> CreateConstraint(const http::Caller& caller, const wire::CreateConstraintRequest& request) override;
  Result<> DeleteConstraint(const http::Caller& caller, const wire::DeleteConstraintRequest& request) override;
  Result<wire::TagAssignment> CreateTag(const http::Caller& caller, const wire::TagAssignment& request) override;
  Result<wire::TagAssignment> GetTag(const http::Caller& caller, const wire::TagRequest& request) override;
  Result<wire::ListTagsResponse> ListTags(const http::Caller& caller, const wire::ListTagsRequest& request) override;
  Result<wire::TagAssignment> UpdateTag(const http::Caller& caller, const wire::TagAssignment& request) override;
  Result<> DeleteTag(const http::Caller& caller, const wire::TagRequest& request) override;
  Result<> CreateTemporaryCredentials(const http::Caller& caller, const wire::TemporaryCredentialsRequest& request) override;

 private:
  struct Target {
    Kind kind = Kind::kTable;
    Names names;
    std::string column;
  };
  JsonValue Describe(const Securable& securable);
  template <typename Info>
  Result<Info> Answer(const Securable& securable);
  template <typename Info>
  Result<Info> Get(const http::Caller& caller, Kind kind, const std::string& full_name);
  template <typename Info>
  Result<std::vector<Info>> List(const http::Caller& caller, Kind kind, const Names& parent, const wire::ListRequest& request,
                                 std::optional<std::string>& next);
  template <typename Info>
  Result<Info> Update(const http::Caller& caller, Kind kind, const std::string& full_name, Change change,
                      const std::optional<std::string>& new_name);
  Result<> Drop(const http::Caller& caller, Kind kind, const std::string& full_name, bool force);
  Result<Target> FindTarget(const Actor& actor, const std::string& type, const std::string& full_name);
  wire::MetastoreInfo DescribeMetastore(const Securable& metastore);
  Result<wire::TagAssignment> PutTag(const http::Caller& caller, const wire::TagAssignment& request);

  Catalog& catalog_;
  const int64_t workspace_id_;
};

/// Who a caller is to the catalog.
Actor ToActor(const http::Caller& caller);

}  // namespace crannog::catalog
