#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "http/router.h"
#include "services/catalog/catalog.h"
#include "services/catalog/catalog_client_adapter.h"
#include "services/catalog/files_api.h"
#include "services/catalog/unity_catalog_api.h"
#include "store/database.h"
#include "store/scheduler.h"

namespace crannog::catalog {

/// Unity Catalog and its files: everything the composition root needs of this service. The references outlive it. Threads: any.
class CatalogService {
 public:
  /// Brings the schema up to date. After the iam service, whose system groups it grants to.
  static Result<std::unique_ptr<CatalogService>> Open(store::Database& database, iam::Principals& principals, const Clock& clock,
                                                      Random& random, int64_t workspace_id, CatalogOptions options);

  /// Adds every route of this service.
  void Register(http::Router& router);
  /// Adds background work: data whose retention ended.
  Result<> Schedule(store::Scheduler& scheduler);
  /// Makes the compute plane's catalog for one principal, by name.
  std::shared_ptr<analyze::CatalogClient> ClientFor(std::string principal);

  Catalog& catalog() { return *catalog_; }
  Volumes& volumes() { return *volumes_; }

 private:
  CatalogService(iam::Principals& principals, const Clock& clock) : principals_(principals), clock_(clock) {}

  iam::Principals& principals_;
  const Clock& clock_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<Volumes> volumes_;
  std::unique_ptr<UnityCatalogApi> api_;
  std::unique_ptr<FilesApi> files_api_;
  std::unique_ptr<DbfsApi> dbfs_api_;
};

}  // namespace crannog::catalog
