#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "analyze/catalog_client.h"
#include "base/clock.h"
#include "services/catalog/catalog.h"

namespace crannog::catalog {

/// Unity Catalog as the compute plane sees it, for one principal. Who that is (its groups) is looked up again after every change of
/// principals on this server, and after `kActorMs` for changes on another. "spark_catalog" is the old name of hive_metastore.
/// Threads: any.
class CatalogClientAdapter final : public analyze::CatalogClient {
 public:
  static constexpr int64_t kActorMs = 5'000;

  CatalogClientAdapter(Catalog& catalog, iam::Principals& principals, const Clock& clock, std::string principal)
      : catalog_(catalog), principals_(principals), clock_(clock), principal_(std::move(principal)) {}

  std::string principal() const override { return principal_; }
  analyze::SchemaName DefaultSchema() const override { return {"main", "default"}; }

  Result<std::optional<analyze::TableInfo>> FindTable(const analyze::ObjectName& name) override;
  Result<std::optional<analyze::FunctionInfo>> FindFunction(const analyze::ObjectName& name) override;
  Result<std::optional<analyze::SchemaInfo>> FindSchema(const analyze::SchemaName& name) override;
  Result<std::optional<analyze::CatalogInfo>> FindCatalog(std::string_view name) override;
  Result<std::optional<analyze::VolumeInfo>> FindVolume(const analyze::ObjectName& name) override;
  Result<std::vector<analyze::CatalogInfo>> ListCatalogs() override;
  Result<std::vector<analyze::SchemaInfo>> ListSchemas(std::string_view catalog) override;
  Result<std::vector<analyze::TableInfo>> ListTables(const analyze::SchemaName& schema) override;
  Result<std::vector<analyze::FunctionInfo>> ListFunctions(const analyze::SchemaName& schema) override;
  Result<std::vector<analyze::VolumeInfo>> ListVolumes(const analyze::SchemaName& schema) override;

  Result<> Require(analyze::Privilege privilege, const analyze::Securable& object) override;

  Result<> CreateCatalog(const analyze::CatalogInfo& info) override;
  Result<> DropCatalog(std::string_view name, bool cascade) override;
  Result<> AlterCatalog(const analyze::CatalogInfo& info) override;
  Result<> CreateSchema(const analyze::SchemaInfo& info) override;
  Result<> DropSchema(const analyze::SchemaName& name, bool cascade) override;
  Result<> AlterSchema(const analyze::SchemaInfo& info) override;
  Result<std::string> ManagedLocation(const analyze::ObjectName& name) override;
  Result<> CreateTable(const analyze::TableInfo& info) override;
  Result<> AlterTable(const analyze::TableInfo& info) override;
  Result<> RenameTable(const analyze::ObjectName& from, const analyze::ObjectName& to) override;
  Result<> DropTable(const analyze::ObjectName& name) override;
  Result<> UndropTable(const analyze::ObjectName& name) override;
  Result<> CreateFunction(const analyze::FunctionInfo& info, bool replace) override;
  Result<> DropFunction(const analyze::ObjectName& name) override;
  Result<> CreateVolume(const analyze::VolumeInfo& info) override;
  Result<> DropVolume(const analyze::ObjectName& name) override;
  Result<> SetTags(const analyze::Securable& object, std::string_view column, const plan::Options& tags) override;
  Result<> UnsetTags(const analyze::Securable& object, std::string_view column, const std::vector<std::string>& keys) override;
  Result<> GrantPrivileges(const analyze::Securable& object, std::string_view principal, const std::vector<std::string>& privileges) override;
  Result<> RevokePrivileges(const analyze::Securable& object, std::string_view principal, const std::vector<std::string>& privileges) override;
  Result<std::vector<analyze::Grant>> ListGrants(const analyze::Securable& object, std::string_view principal) override;
  Result<> SetOwner(const analyze::Securable& object, std::string_view principal) override;

 private:
  Result<std::shared_ptr<const Actor>> Who();
  Result<Listing> List(Kind kind, const Names& parent);
  Result<std::optional<Securable>> Find(Kind kind, const Names& names);
  std::string OwnerOf(const Securable& securable) { return catalog_.PrincipalName(securable.owner_id); }

  Catalog& catalog_;
  iam::Principals& principals_;
  const Clock& clock_;
  const std::string principal_;
  std::mutex mutex_;
  std::shared_ptr<const Actor> actor_;  ///< shared with calls in flight while it is replaced
  uint64_t actor_generation_ = 0;
  int64_t actor_until_ms_ = 0;
};

}  // namespace crannog::catalog
