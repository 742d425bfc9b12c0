#include "services/mlflow/webhooks.h"

#include <algorithm>
#include <array>

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/hmac.h>

#include "base/json.h"
#include "http/contract.h"

namespace crannog::mlflow {
namespace {

constexpr std::string_view kTaskKind = "mlflow.registry-webhook";
constexpr std::string_view kEvents[] = {"MODEL_VERSION_CREATED", "MODEL_VERSION_TRANSITIONED_STAGE", "MODEL_VERSION_TRANSITIONED_TO_STAGING",
                                        "MODEL_VERSION_TRANSITIONED_TO_PRODUCTION", "MODEL_VERSION_TRANSITIONED_TO_ARCHIVED", "REGISTERED_MODEL_CREATED",
                                        "TRANSITION_REQUEST_CREATED", "TRANSITION_REQUEST_TO_STAGING_CREATED", "TRANSITION_REQUEST_TO_PRODUCTION_CREATED",
                                        "TRANSITION_REQUEST_TO_ARCHIVED_CREATED", "COMMENT_CREATED", "MODEL_VERSION_TAG_SET"};

std::string UpperCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// A move to Production is two events: the general one and the one of its stage.
std::vector<std::string> NamesOf(const RegistryEvent& event) {
  std::vector<std::string> names = {event.name};
  if (event.name == "MODEL_VERSION_TRANSITIONED_STAGE" && event.to_stage != "None") names.push_back("MODEL_VERSION_TRANSITIONED_TO_" + UpperCase(event.to_stage));
  return names;
}

std::string Payload(const RegistryEvent& event, const std::string& name, const std::string& webhook_id, int64_t now_ms) {
  JsonValue payload;
  payload.Set("event", name);
  payload.Set("webhook_id", webhook_id);
  payload.Set("event_timestamp", now_ms);
  payload.Set("model_name", event.model_name);
  if (!event.version.empty()) payload.Set("version", event.version);
  if (!event.to_stage.empty()) payload.Set("to_stage", event.to_stage);
  if (!event.from_stage.empty()) payload.Set("from_stage", event.from_stage);
  payload.Set("text", event.text);
  return WriteJson(payload);
}

std::string HmacSha256Hex(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  std::string out;
  for (unsigned int i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

Result<> CheckEvents(const std::vector<std::string>& events) {
  if (events.empty()) return Failure(ErrorCode::kInvalidParameterValue, "Missing value for required parameter 'events'");
  for (const std::string& event : events) {
    if (std::find(std::begin(kEvents), std::end(kEvents), event) == std::end(kEvents)) {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid webhook event: {}", event));
    }
  }
  return {};
}

Result<> CheckStatus(const std::string& status) {
  if (status == "ACTIVE" || status == "DISABLED" || status == "TEST_MODE") return {};
  return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid webhook status: {}", status));
}

Result<> CheckUrl(const std::string& url) {
  if (url.starts_with("http://") || url.starts_with("https://")) return {};
  return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid webhook url: {}", url), "give an http:// or https:// URL");
}

std::string JoinEvents(const std::vector<std::string>& events) { return "," + fmt::format("{}", fmt::join(events, ",")) + ","; }

std::vector<std::string> SplitEvents(std::string_view text) {
  std::vector<std::string> events;
  while (!text.empty()) {
    size_t comma = text.find(',');
    if (comma != 0) events.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return events;
}

constexpr std::string_view kColumns = "SELECT id, model_name, events, status, description, target, secret, created_ms, updated_ms FROM mlflow_registry_webhook ";

struct Stored {
  wire::RegistryWebhook webhook;  ///< without secrets
  std::string sealed;             ///< JSON of secret and authorization
};

Stored FromRow(const store::Row& row) {
  Stored stored;
  stored.webhook.id = row.Text(0);
  stored.webhook.model_name = row.OptionalText(1);
  stored.webhook.events = SplitEvents(row.Text(2));
  stored.webhook.status = row.Text(3);
  stored.webhook.description = row.OptionalText(4);
  if (Result<JsonValue> target = ParseJson(row.Text(5))) {
    stored.webhook.http_url_spec.emplace();
    stored.webhook.http_url_spec->url = target->StringOr("url", "");
    stored.webhook.http_url_spec->enable_ssl_verification = target->BoolOr("enable_ssl_verification", true);
  }
  if (!row.IsNull(6)) stored.sealed = row.Bytes(6);
  stored.webhook.creation_timestamp = row.Int(7);
  stored.webhook.last_updated_timestamp = row.Int(8);
  return stored;
}

Result<Stored> Load(store::Reader& reader, const std::string& id) {
  TRY(std::optional<store::Row> row, reader.QueryOne(std::string(kColumns) + "WHERE id = ?", {id}));
  if (!row) return Failure(ErrorCode::kNotFound, fmt::format("Webhook with id {} does not exist.", id));
  return FromRow(*row);
}

std::string TargetJson(const wire::HttpUrlSpec& spec) {
  JsonValue target;
  target.Set("url", spec.url.value_or(""));
  target.Set("enable_ssl_verification", spec.enable_ssl_verification.value_or(true));
  return WriteJson(target);
}

std::string SecretJson(const wire::HttpUrlSpec& spec) {
  JsonValue secret{JsonValue::Object{}};
  if (spec.secret) secret.Set("secret", *spec.secret);
  if (spec.authorization) secret.Set("authorization", *spec.authorization);
  return WriteJson(secret);
}

}  // namespace

void Webhooks::Schedule() {
  scheduler_.Handle(std::string(kTaskKind), [this](const store::Task& task) -> Result<> {
    Result<JsonValue> work = ParseJson(task.payload);
    if (!work) return Failure(work.error());
    Result<WebhookAnswer> answer = Deliver(work->StringOr("webhook_id", ""), work->StringOr("body", ""));
    // A webhook that was deleted meanwhile has nothing left to do.
    if (!answer) return answer.error().code == ErrorCode::kNotFound ? Result<>() : Failure(answer.error());
    if (answer->status >= 200 && answer->status < 300) return {};
    return Failure(ErrorCode::kUnavailable, fmt::format("the webhook answered {}", answer->status));
  });
}

Result<> Webhooks::Observe(store::Transaction& transaction, const RegistryEvent& event) {
  for (const std::string& name : NamesOf(event)) {
    TRY(std::vector<store::Row> rows,
        transaction.Query(std::string(kColumns) + "WHERE status = 'ACTIVE' AND events LIKE ? AND (model_name IS NULL OR model_name = ?)", {"%," + name + ",%", event.model_name}));
    for (const store::Row& row : rows) {
      JsonValue work;
      work.Set("webhook_id", row.Text(0));
      work.Set("body", Payload(event, name, row.Text(0), clock_.NowMillis()));
      TRY(store::Scheduler::Enqueue(transaction, random_.NextUuid(), kTaskKind, WriteJson(work), clock_.NowMillis()));
    }
  }
  scheduler_.Wake();
  return {};
}

Result<WebhookAnswer> Webhooks::Deliver(const std::string& id, const std::string& payload) {
  std::optional<Stored> stored;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(stored, Load(reader, id));
    return {};
  }));
  WebhookCall call;
  call.url = stored->webhook.http_url_spec->url.value_or("");
  call.verify_tls = stored->webhook.http_url_spec->enable_ssl_verification.value_or(true);
  call.body = payload;
  call.headers = {{"Content-Type", "application/json"}};
  if (!stored->sealed.empty()) {
    TRY(std::string opened, secrets_.open(stored->sealed, id));
    TRY(JsonValue secret, ParseJson(opened));
    if (const JsonValue* key = secret.Find("secret")) call.headers.emplace_back("X-Databricks-Signature", HmacSha256Hex(key->AsString(), payload));
    if (const JsonValue* text = secret.Find("authorization")) call.headers.emplace_back("Authorization", text->AsString());
  }
  return sender_(call);
}

Result<wire::RegistryWebhook> Webhooks::Create(const wire::CreateWebhookRequest& request) {
  TRY(CheckEvents(request.events));
  const std::string status = request.status.value_or("ACTIVE");
  TRY(CheckStatus(status));
  if (request.job_spec) return Failure(NotImplemented("registry webhooks that start a job"));
  if (!request.http_url_spec) return Failure(ErrorCode::kInvalidParameterValue, "A webhook needs http_url_spec or job_spec.");
  TRY(CheckUrl(request.http_url_spec->url.value_or("")));
  const std::string id = random_.NextHex(16);
  const std::string sealed = secrets_.seal(SecretJson(*request.http_url_spec), id);
  std::optional<Stored> stored;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    if (request.model_name && !request.model_name->empty()) {
      TRY(std::optional<store::Row> model, transaction.QueryOne("SELECT 1 FROM mlflow_registered_model WHERE name = ?", {*request.model_name}));
      if (!model) return Failure(ErrorCode::kNotFound, fmt::format("Registered Model with name={} not found", *request.model_name));
    }
    const std::optional<std::string> model_name = request.model_name && !request.model_name->empty() ? request.model_name : std::nullopt;
    TRY(transaction.Execute("INSERT INTO mlflow_registry_webhook VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            {id, model_name, JoinEvents(request.events), status, request.description, TargetJson(*request.http_url_spec), store::Blob{sealed},
                             clock_.NowMillis(), clock_.NowMillis()}));
    TRY(stored, Load(transaction, id));
    return {};
  }));
  return stored->webhook;
}

Result<std::vector<wire::RegistryWebhook>> Webhooks::List(const std::string& model_name, const std::vector<std::string>& events) {
  TRY(std::vector<store::Row> rows, database_.Query(std::string(kColumns) + "ORDER BY created_ms, id"));
  std::vector<wire::RegistryWebhook> out;
  for (const store::Row& row : rows) {
    Stored stored = FromRow(row);
    if (!model_name.empty() && stored.webhook.model_name != model_name) continue;
    const bool wanted = events.empty() || std::any_of(events.begin(), events.end(), [&](const std::string& event) {
      return std::find(stored.webhook.events.begin(), stored.webhook.events.end(), event) != stored.webhook.events.end();
    });
    if (wanted) out.push_back(std::move(stored.webhook));
  }
  return out;
}

Result<wire::RegistryWebhook> Webhooks::Update(const wire::UpdateWebhookRequest& request) {
  const std::string id = request.id.value_or("");
  if (!request.events.empty()) TRY(CheckEvents(request.events));
  if (request.status) TRY(CheckStatus(*request.status));
  if (request.job_spec) return Failure(NotImplemented("registry webhooks that start a job"));
  if (request.http_url_spec && request.http_url_spec->url) TRY(CheckUrl(*request.http_url_spec->url));
  std::optional<Stored> stored;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Stored old, Load(transaction, id));
    if (!request.events.empty()) old.webhook.events = request.events;
    if (request.status) old.webhook.status = *request.status;
    if (request.description) old.webhook.description = request.description;
    if (request.http_url_spec) {
      if (request.http_url_spec->url) old.webhook.http_url_spec->url = request.http_url_spec->url;
      if (request.http_url_spec->enable_ssl_verification) old.webhook.http_url_spec->enable_ssl_verification = request.http_url_spec->enable_ssl_verification;
      if (request.http_url_spec->secret || request.http_url_spec->authorization) old.sealed = secrets_.seal(SecretJson(*request.http_url_spec), id);
    }
    TRY(transaction.Execute("UPDATE mlflow_registry_webhook SET events = ?, status = ?, description = ?, target = ?, secret = ?, updated_ms = ? WHERE id = ?",
                            {JoinEvents(old.webhook.events), old.webhook.status, old.webhook.description, TargetJson(*old.webhook.http_url_spec), store::Blob{old.sealed},
                             clock_.NowMillis(), id}));
    TRY(stored, Load(transaction, id));
    return {};
  }));
  return stored->webhook;
}

Result<> Webhooks::Delete(const std::string& id) {
  TRY(int64_t count, database_.Execute("DELETE FROM mlflow_registry_webhook WHERE id = ?", {id}));
  if (count == 0) return Failure(ErrorCode::kNotFound, fmt::format("Webhook with id {} does not exist.", id));
  return {};
}

Result<WebhookAnswer> Webhooks::Test(const std::string& id, const std::string& event) {
  RegistryEvent test{event.empty() ? "MODEL_VERSION_CREATED" : event, "test-model", "1", "", "", "This is a test webhook call."};
  return Deliver(id, Payload(test, test.name, id, clock_.NowMillis()));
}

namespace {

size_t AppendAnswer(char* bytes, size_t size, size_t count, void* out) {
  constexpr size_t kAnswerBytesMax = 64 << 10;
  auto* text = static_cast<std::string*>(out);
  if (text->size() < kAnswerBytesMax) text->append(bytes, size * count);
  return size * count;
}

}  // namespace

WebhookSender CurlWebhookSender() {
  return [](const WebhookCall& call) -> Result<WebhookAnswer> {
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    if (curl == nullptr) return Failure(ErrorCode::kInternal, "libcurl could not start");
    curl_slist* raw_headers = nullptr;
    for (const auto& [name, value] : call.headers) raw_headers = curl_slist_append(raw_headers, fmt::format("{}: {}", name, value).c_str());
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(raw_headers, curl_slist_free_all);
    WebhookAnswer answer;
    curl_easy_setopt(curl.get(), CURLOPT_URL, call.url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, call.body.data());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kWebhookSecondsMax);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, call.verify_tls ? 1L : 0L);
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, call.verify_tls ? 2L : 0L);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, AppendAnswer);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
    if (CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK) {
      return Failure(ErrorCode::kUnavailable, fmt::format("the webhook could not be called: {}", curl_easy_strerror(code)));
    }
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    answer.status = status;
    return answer;
  };
}

}  // namespace crannog::mlflow
