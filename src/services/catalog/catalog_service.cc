#include "services/catalog/catalog_service.h"

#include "io/object_store.h"

namespace crannog::catalog {

Result<std::unique_ptr<CatalogService>> CatalogService::Open(store::Database& database, iam::Principals& principals, const Clock& clock,
                                                             Random& random, int64_t workspace_id, CatalogOptions options) {
  std::unique_ptr<CatalogService> service(new CatalogService(principals, clock));
  service->catalog_ = std::make_unique<Catalog>(database, principals, clock, random, std::move(options));
  TRY(service->catalog_->Prepare());
  service->volumes_ = std::make_unique<Volumes>(*service->catalog_);
  service->api_ = std::make_unique<UnityCatalogApi>(*service->catalog_, workspace_id);
  service->files_api_ = std::make_unique<FilesApi>(*service->volumes_);
  service->dbfs_api_ = std::make_unique<DbfsApi>(*service->volumes_, random);
  return service;
}

void CatalogService::Register(http::Router& router) {
  wire::RegisterUnityCatalog(router, *api_);
  wire::RegisterFiles(router, *files_api_);
  wire::RegisterDbfs(router, *dbfs_api_);
}

Result<> CatalogService::Schedule(store::Scheduler& scheduler) {
  return catalog_->Schedule(scheduler, [](const std::string& location) -> Result<> {
    TRY(std::shared_ptr<io::ObjectStore> data, io::OpenStore(location, {}));
    TRY(std::vector<io::ObjectInfo> objects, data->List(""));
    for (const io::ObjectInfo& object : objects) TRY(data->Delete(object.key));
    return {};
  });
}

std::shared_ptr<analyze::CatalogClient> CatalogService::ClientFor(std::string principal) {
  return std::make_shared<CatalogClientAdapter>(*catalog_, principals_, clock_, std::move(principal));
}

}  // namespace crannog::catalog
