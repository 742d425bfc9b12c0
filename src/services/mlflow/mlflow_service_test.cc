#include "services/mlflow/mlflow_service.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "http/contract.h"

namespace crannog::mlflow {
namespace {

class MlflowTest : public ::testing::Test {
 protected:
  MlflowTest() {
    folder_ = ::testing::TempDir() + "crannog_mlflow_" + SystemRandom().NextHex(6);
    database_ = store::OpenDatabase("sqlite:" + folder_ + ".db", {.durability = store::Durability::kInMemory}).value();
    scheduler_ = std::make_unique<store::Scheduler>(*database_, SystemClock(), SystemRandom());
    EXPECT_TRUE(scheduler_->Prepare());
    MlflowOptions options;
    options.database = database_.get();
    options.scheduler = scheduler_.get();
    options.artifacts = io::MakeMemoryStore();
    options.secrets.seal = [](std::string_view plain, std::string_view) { return std::string(plain); };
    options.secrets.open = [](std::string_view sealed, std::string_view) -> Result<std::string> { return std::string(sealed); };
    options.webhook_sender = [this](const WebhookCall& call) -> Result<WebhookAnswer> {
      calls_.push_back(call);
      return WebhookAnswer{webhook_status_, ""};
    };
    options.clock = &SystemClock();
    options.random = &SystemRandom();
    service_ = MlflowService::Open(std::move(options)).value();
    runs_ = std::make_unique<Runs>(*database_, SystemClock(), SystemRandom());
    experiments_ = std::make_unique<Experiments>(*database_, SystemClock());
  }

  std::string StartRun(std::vector<wire::RunTag> tags = {}) {
    NewRun run;
    run.start_ms = ++start_ms_;
    run.tags = std::move(tags);
    return runs_->Create(run).value().info->run_id;
  }

  void LogMetric(const std::string& run_id, const std::string& key, double value, int64_t step) {
    RunBatch batch;
    wire::Metric& metric = batch.metrics.emplace_back();
    metric.key = key;
    metric.value = value;
    metric.timestamp = 1;
    metric.step = step;
    ASSERT_TRUE(runs_->LogBatch(run_id, batch));
  }

  std::vector<std::string> Search(const std::string& filter, std::vector<std::string> order = {}) {
    RunQuery query;
    query.experiment_ids = {"0"};
    query.filter = filter;
    query.order_by = std::move(order);
    RunPage page = runs_->Search(query).value();
    std::vector<std::string> ids;
    for (const wire::Run& run : page.runs) ids.push_back(run.info->run_id);
    return ids;
  }

  std::string folder_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Scheduler> scheduler_;
  std::unique_ptr<MlflowService> service_;
  std::unique_ptr<Runs> runs_;
  std::unique_ptr<Experiments> experiments_;
  std::vector<WebhookCall> calls_;
  int64_t webhook_status_ = 200;
  int64_t start_ms_ = 0;
};

TEST_F(MlflowTest, NewestMetricIsTheHighestStepAndHistoryKeepsAll) {
  std::string run = StartRun();
  LogMetric(run, "loss", 3, 2);
  LogMetric(run, "loss", 5, 1);
  LogMetric(run, "loss", 5, 1);  // logged twice: kept once
  wire::Run whole = runs_->Get(run).value();
  ASSERT_EQ(whole.data->metrics.size(), 1u);
  EXPECT_EQ(whole.data->metrics[0].value, JsonValue(3.0));
  MetricPage history = runs_->MetricHistory({run, "loss"}).value();
  EXPECT_EQ(history.metrics.size(), 2u);
}

TEST_F(MlflowTest, ChangedParameterIsRefusedAndNothingOfTheBatchStays) {
  std::string run = StartRun();
  ASSERT_TRUE(runs_->LogBatch(run, RunBatch{{}, {{"lr", "0.1"}}, {}}));
  ASSERT_TRUE(runs_->LogBatch(run, RunBatch{{}, {{"lr", "0.1"}}, {}}));
  Result<> changed = runs_->LogBatch(run, RunBatch{{}, {{"depth", "3"}, {"lr", "0.2"}}, {{"t", "v"}}});
  ASSERT_FALSE(changed);
  EXPECT_NE(changed.error().message.find("Changing param values is not allowed. Param with key='lr' was already logged with value='0.1'"), std::string::npos);
  wire::Run whole = runs_->Get(run).value();
  EXPECT_EQ(whole.data->params.size(), 1u);
}

TEST_F(MlflowTest, SearchKnowsTheGrammar) {
  std::string a = StartRun({{"team", "red"}});
  std::string b = StartRun({{"team", "blue"}});
  LogMetric(a, "auc", 0.7, 0);
  LogMetric(b, "auc", 0.9, 0);
  ASSERT_TRUE(runs_->LogBatch(a, RunBatch{{}, {{"model type", "xgb"}}, {}}));
  EXPECT_EQ(Search("metrics.auc > 0.8"), std::vector{b});
  EXPECT_EQ(Search("tags.team = 'red' and params.`model type` LIKE 'x%'"), std::vector{a});
  EXPECT_EQ(Search("tags.team LIKE 'R%'"), std::vector<std::string>{});
  EXPECT_EQ(Search("tags.team ILIKE 'R%'"), std::vector{a});
  EXPECT_EQ(Search("attributes.run_id IN ('" + a + "', 'x')"), std::vector{a});
  EXPECT_EQ(Search("", {"metrics.auc DESC"}), (std::vector{b, a}));
  EXPECT_EQ(Search(""), (std::vector{b, a}));  // newest first
  RunQuery bad;
  bad.experiment_ids = {"0"};
  bad.filter = "metrics.auc = 'high'";
  EXPECT_EQ(runs_->Search(bad).error().code, ErrorCode::kInvalidParameterValue);
}

TEST_F(MlflowTest, RegistryPromotesArchivesAndCallsWebhooksOnce) {
  Models& models = service_->models();
  ASSERT_TRUE(models.Create("churn", "me", {}, {}));
  wire::CreateModelVersionRequest request;
  request.name = "churn";
  request.source = "mlflow-artifacts:/0/r/artifacts/model";
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(models.CreateVersion(request, "me"));
  wire::CreateWebhookRequest webhook;
  webhook.events = {"MODEL_VERSION_TRANSITIONED_TO_PRODUCTION"};
  webhook.model_name = "churn";
  webhook.http_url_spec = wire::HttpUrlSpec{"http://127.0.0.1:1/hook", true, "s3cret", {}};
  Webhooks sealed(*database_, *scheduler_, SecretBox{[](std::string_view p, std::string_view) { return std::string(p); }, {}}, {}, SystemClock(), SystemRandom());
  ASSERT_TRUE(sealed.Create(webhook));
  EXPECT_EQ(models.TransitionStage("churn", "1", "production", false).value().current_stage, "Production");
  EXPECT_EQ(models.TransitionStage("churn", "2", "Production", true).value().current_stage, "Production");
  EXPECT_EQ(models.GetVersion("churn", "1").value().current_stage, "Archived");
  EXPECT_EQ(models.LatestVersions("churn", {"Production"}).value()[0].version, "2");
  EXPECT_EQ(models.TransitionStage("churn", "2", "Nowhere", false).error().code, ErrorCode::kInvalidParameterValue);
  ASSERT_TRUE(scheduler_->RunDue());
  ASSERT_TRUE(scheduler_->RunDue());
  ASSERT_EQ(calls_.size(), 2u);
  bool signed_call = false;
  for (const auto& [name, value] : calls_[0].headers) signed_call |= name == "X-Databricks-Signature" && value.size() == 64;
  EXPECT_TRUE(signed_call);
  EXPECT_EQ(ParseJson(calls_[1].body).value().StringOr("to_stage", ""), "Production");
}

TEST_F(MlflowTest, VersionNumbersAreNeverUsedAgain) {
  Models& models = service_->models();
  ASSERT_TRUE(models.Create("m", "me", {}, {}));
  wire::CreateModelVersionRequest request;
  request.name = "m";
  request.source = "x";
  ASSERT_EQ(models.CreateVersion(request, "me").value().version, "1");
  ASSERT_TRUE(models.DeleteVersion("m", "1"));
  EXPECT_EQ(models.CreateVersion(request, "me").value().version, "2");
}

TEST(ArtifactPaths, StayBelowTheRoot) {
  EXPECT_EQ(PathOfUri("mlflow-artifacts:/1/r/artifacts").value(), "1/r/artifacts");
  EXPECT_EQ(PathOfUri("mlflow-artifacts://host:80/1/r").value(), "1/r");
  EXPECT_FALSE(PathOfUri("mlflow-artifacts:/1/../../etc"));
  ArtifactFiles files(io::MakeMemoryStore());
  EXPECT_EQ(files.Download("../x").error().code, ErrorCode::kInvalidParameterValue);
}

}  // namespace
}  // namespace crannog::mlflow
