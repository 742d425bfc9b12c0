#include "services/mlflow/migrations.h"

namespace crannog::mlflow {
namespace {

// Runs have an integer key of their own: metrics, parameters and tags are many and small, and are stored under it in the order they are read.
constexpr store::Migration kMigrations[] = {
    {1, "experiments and runs", R"sql(
CREATE TABLE mlflow_experiment (
  id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, artifact_location TEXT NOT NULL, stage TEXT NOT NULL, created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL);
CREATE TABLE mlflow_experiment_tag (
  experiment_id BIGINT NOT NULL REFERENCES mlflow_experiment (id) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (experiment_id, name));
CREATE TABLE mlflow_run (
  run_key INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, experiment_id BIGINT NOT NULL REFERENCES mlflow_experiment (id), name TEXT NOT NULL,
  user_id TEXT NOT NULL, status TEXT NOT NULL, start_ms BIGINT NOT NULL, end_ms BIGINT, stage TEXT NOT NULL, deleted_ms BIGINT,
  artifact_uri TEXT NOT NULL);
CREATE INDEX mlflow_run_experiment ON mlflow_run (experiment_id, stage, start_ms);
CREATE TABLE mlflow_param (
  run_key BIGINT NOT NULL REFERENCES mlflow_run (run_key) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (run_key, name));
CREATE TABLE mlflow_tag (
  run_key BIGINT NOT NULL REFERENCES mlflow_run (run_key) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (run_key, name));
CREATE INDEX mlflow_tag_name ON mlflow_tag (name, value);
CREATE TABLE mlflow_metric (
  run_key BIGINT NOT NULL REFERENCES mlflow_run (run_key) ON DELETE CASCADE, name TEXT NOT NULL, step BIGINT NOT NULL, time_ms BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL, is_nan BIGINT NOT NULL, model_id TEXT NOT NULL, dataset_name TEXT NOT NULL, dataset_digest TEXT NOT NULL,
  PRIMARY KEY (run_key, name, step, time_ms, value, is_nan, model_id));
CREATE TABLE mlflow_latest_metric (
  run_key BIGINT NOT NULL REFERENCES mlflow_run (run_key) ON DELETE CASCADE, name TEXT NOT NULL, step BIGINT NOT NULL, time_ms BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL, is_nan BIGINT NOT NULL, model_id TEXT NOT NULL, dataset_name TEXT NOT NULL, dataset_digest TEXT NOT NULL,
  PRIMARY KEY (run_key, name));
CREATE INDEX mlflow_latest_metric_name ON mlflow_latest_metric (name, value);
CREATE TABLE mlflow_dataset (
  id INTEGER PRIMARY KEY, experiment_id BIGINT NOT NULL REFERENCES mlflow_experiment (id), name TEXT NOT NULL, digest TEXT NOT NULL,
  source_type TEXT NOT NULL, source TEXT NOT NULL, dataset_schema TEXT, profile TEXT, UNIQUE (experiment_id, name, digest));
CREATE TABLE mlflow_input (
  run_key BIGINT NOT NULL REFERENCES mlflow_run (run_key) ON DELETE CASCADE, dataset_id BIGINT NOT NULL REFERENCES mlflow_dataset (id),
  tags TEXT NOT NULL, PRIMARY KEY (run_key, dataset_id));
CREATE TABLE mlflow_run_model (
  run_key BIGINT NOT NULL REFERENCES mlflow_run (run_key) ON DELETE CASCADE, model_id TEXT NOT NULL, is_output BIGINT NOT NULL, step BIGINT NOT NULL,
  PRIMARY KEY (run_key, model_id, is_output))
)sql"},
    {2, "logged models", R"sql(
CREATE TABLE mlflow_logged_model (
  model_id TEXT PRIMARY KEY, experiment_id BIGINT NOT NULL REFERENCES mlflow_experiment (id), name TEXT NOT NULL, model_type TEXT, source_run_id TEXT,
  status TEXT NOT NULL, stage TEXT NOT NULL, artifact_uri TEXT NOT NULL, creator_id TEXT, created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL);
CREATE INDEX mlflow_logged_model_experiment ON mlflow_logged_model (experiment_id, created_ms);
CREATE TABLE mlflow_logged_model_tag (
  model_id TEXT NOT NULL REFERENCES mlflow_logged_model (model_id) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (model_id, name));
CREATE TABLE mlflow_logged_model_param (
  model_id TEXT NOT NULL REFERENCES mlflow_logged_model (model_id) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (model_id, name));
CREATE INDEX mlflow_metric_model ON mlflow_metric (model_id)
)sql"},
    {3, "registry", R"sql(
CREATE TABLE mlflow_registered_model (
  name TEXT PRIMARY KEY, description TEXT, user_id TEXT, created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, last_version BIGINT NOT NULL);
CREATE TABLE mlflow_registered_model_tag (
  model_name TEXT NOT NULL REFERENCES mlflow_registered_model (name) ON DELETE CASCADE ON UPDATE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (model_name, name));
CREATE TABLE mlflow_model_alias (
  model_name TEXT NOT NULL REFERENCES mlflow_registered_model (name) ON DELETE CASCADE ON UPDATE CASCADE, alias TEXT NOT NULL,
  version BIGINT NOT NULL, PRIMARY KEY (model_name, alias));
CREATE TABLE mlflow_model_version (
  model_name TEXT NOT NULL REFERENCES mlflow_registered_model (name) ON DELETE CASCADE ON UPDATE CASCADE, version BIGINT NOT NULL,
  created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, user_id TEXT, stage TEXT NOT NULL, description TEXT, source TEXT, run_id TEXT,
  run_link TEXT, model_id TEXT, storage_location TEXT, status TEXT NOT NULL, PRIMARY KEY (model_name, version));
CREATE INDEX mlflow_model_version_run ON mlflow_model_version (run_id);
CREATE TABLE mlflow_model_version_tag (
  model_name TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model_name, version, name),
  FOREIGN KEY (model_name, version) REFERENCES mlflow_model_version (model_name, version) ON DELETE CASCADE ON UPDATE CASCADE)
)sql"},
    {4, "registry webhooks", R"sql(
CREATE TABLE mlflow_registry_webhook (
  id TEXT PRIMARY KEY, model_name TEXT, events TEXT NOT NULL, status TEXT NOT NULL, description TEXT, target TEXT NOT NULL, secret BLOB,
  created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL)
)sql"},
};

}  // namespace

std::span<const store::Migration> Migrations() { return kMigrations; }

}  // namespace crannog::mlflow
