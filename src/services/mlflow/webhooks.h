#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/mlflow_registry.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "services/mlflow/models.h"
#include "store/database.h"
#include "store/scheduler.h"

namespace crannog::mlflow {

/// Seals and opens secrets at rest; the iam service's keys behind two functions.
struct SecretBox {
  std::function<std::string(std::string_view plain, std::string_view context)> seal;
  std::function<Result<std::string>(std::string_view sealed, std::string_view context)> open;
};

/// Sends one HTTP POST; gives status and body. Replaced in tests.
struct WebhookCall {
  std::string url, body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool verify_tls = true;
};
struct WebhookAnswer {
  int64_t status = 0;
  std::string body;
};
using WebhookSender = std::function<Result<WebhookAnswer>(const WebhookCall&)>;
/// By libcurl; time limit kWebhookSecondsMax.
WebhookSender CurlWebhookSender();
inline constexpr long kWebhookSecondsMax = 10;

/// Registry webhooks: kept sealed, called in the background until they succeed, never twice after success. An event that happens in a transaction
/// enqueues its calls in the same one, so that no acknowledged change loses its call. Threads: any.
/// Source: reference/rest.md section 1.8 (registry-webhooks); signature: HMAC-SHA256 of the body in X-Databricks-Signature.
class Webhooks {
 public:
  Webhooks(store::Database& database, store::Scheduler& scheduler, SecretBox secrets, WebhookSender sender, const Clock& clock, Random& random)
      : database_(database), scheduler_(scheduler), secrets_(std::move(secrets)), sender_(std::move(sender)), clock_(clock), random_(random) {}

  /// Names the background work. Before the scheduler starts.
  void Schedule();
  /// What the registry calls inside its transactions.
  Result<> Observe(store::Transaction& transaction, const RegistryEvent& event);

  Result<wire::RegistryWebhook> Create(const wire::CreateWebhookRequest& request);
  Result<std::vector<wire::RegistryWebhook>> List(const std::string& model_name, const std::vector<std::string>& events);
  Result<wire::RegistryWebhook> Update(const wire::UpdateWebhookRequest& request);
  Result<> Delete(const std::string& id);
  Result<WebhookAnswer> Test(const std::string& id, const std::string& event);

 private:
  Result<WebhookAnswer> Deliver(const std::string& id, const std::string& payload);

  store::Database& database_;
  store::Scheduler& scheduler_;
  SecretBox secrets_;
  WebhookSender sender_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace crannog::mlflow
