#include "engine/duckdb/delta_rows.h"

#include <fmt/format.h>

#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/main/materialized_query_result.hpp"
#include "duckdb/parser/statement/logical_plan_statement.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/operator/logical_projection.hpp"
#include "duckdb/planner/planner.hpp"
#include "duckdb/parser/parser.hpp"
#include "engine/duckdb/delta_scan.h"
#include "engine/duckdb/delta_types.h"
#include "engine/duckdb/delta_write.h"
#include "engine/duckdb/parquet_handler.h"

namespace crannog::engine {
namespace {

// Our scans throw the whole text of an Error: keep it readable.
Error ErrorOf(const duckdb::ErrorData& error) {
  if (error.Type() == duckdb::ExceptionType::IO && error.RawMessage().find("No files found") != std::string::npos) return MakeError(ErrorCode::kNotFound, error.RawMessage());
  return MakeError(ErrorCode::kDataLoss, error.RawMessage());
}

std::string Quote(std::string_view text, char quote) {
  std::string out(1, quote);
  for (char c : text) {
    out += c;
    if (c == quote) out += c;
  }
  return out + quote;
}

class Rows final : public DeltaRows {
 public:
  explicit Rows(std::unique_ptr<duckdb::DuckDB> database)
      : database_(std::move(database)), connection_(*database_), parquet_(MakeParquetHandler(*database_->instance)) {}

  Result<> Start() {
    for (const char* statement : {"SET TimeZone='UTC'", "SET threads=2"}) {
      auto result = connection_.Query(statement);
      if (result->HasError()) return Failure(ErrorOf(result->GetErrorObject()));
    }
    return {};
  }

  Result<std::vector<std::string>> Read(delta::Scan scan) override {
    return Guarded<std::vector<std::string>>([&]() -> Result<std::vector<std::string>> {
      auto shared = std::make_shared<const delta::Scan>(std::move(scan));
      connection_.BeginTransaction();
      std::vector<DeltaScanColumn> columns;
      for (size_t i = 0; i < shared->snapshot->schema().size(); ++i) columns.push_back({.field = i});
      auto get = MakeDeltaGet(*connection_.context, 0, shared, columns);
      duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> expressions;
      for (size_t i = 0; i < columns.size(); ++i) {
        const delta::Field& field = shared->snapshot->schema()[i];
        expressions.push_back(duckdb::make_uniq<duckdb::BoundColumnRefExpression>(field.name, ToDuckDbType(field.type), duckdb::ColumnBinding(0, i)));
      }
      auto projection = duckdb::make_uniq<duckdb::LogicalProjection>(1, std::move(expressions));
      projection->children.push_back(std::move(get));
      projection->ResolveOperatorTypes();
      auto result = connection_.context->Query(duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(projection)), duckdb::QueryParameters(duckdb::QueryResultOutputType::FORCE_MATERIALIZED));
      auto rows = TextsOf(*result);
      connection_.Rollback();
      return rows;
    });
  }

  Result<std::vector<std::string>> ReadParquet(const std::vector<std::string>& paths, const delta::Schema& schema) override {
    return Guarded<std::vector<std::string>>([&]() -> Result<std::vector<std::string>> {
      std::string columns;
      for (const delta::Field& field : schema) {
        columns += fmt::format("{}CAST({} AS {})", columns.empty() ? "" : ", ", Quote(field.name, '"'), ToDuckDbType(field.type).ToString());
      }
      auto result = connection_.Query(fmt::format("SELECT {} FROM {}", columns, Source(paths)));
      return TextsOf(*result);
    });
  }

  Result<std::vector<std::string>> ParquetColumns(const std::vector<std::string>& paths) override {
    return Guarded<std::vector<std::string>>([&]() -> Result<std::vector<std::string>> {
      auto prepared = connection_.Prepare("SELECT * FROM " + Source(paths));
      if (prepared->HasError()) return Failure(ErrorOf(prepared->error));
      return std::vector<std::string>(prepared->GetNames().begin(), prepared->GetNames().end());
    });
  }

  Result<std::vector<delta::AddFile>> Write(const std::string& select, const delta::Snapshot& snapshot, int64_t now_ms) override {
    return Guarded<std::vector<delta::AddFile>>([&]() -> Result<std::vector<delta::AddFile>> {
      const DeltaWriteTarget target = WriteTargetOf(snapshot);
      // The columns get exactly the table's types, by position.
      std::string columns, names;
      for (size_t i = 0; i < target.schema.size(); ++i) {
        names += fmt::format("{}c{}", i ? ", " : "", i);
        columns += fmt::format("{}CAST(c{} AS {})", i ? ", " : "", i, ToDuckDbType(target.schema[i].type).ToString());
      }
      connection_.BeginTransaction();
      duckdb::Parser parser;
      parser.ParseQuery(fmt::format("SELECT {} FROM ({}) t({})", columns, select, names));
      duckdb::Planner planner(*connection_.context);
      planner.CreatePlan(std::move(parser.statements[0]));
      auto binder = planner.binder;
      auto plan = MakeDeltaCopy(*connection_.context, [&binder] { return binder->GenerateTableIndex(); }, std::move(planner.plan), target);
      plan->ResolveOperatorTypes();
      auto result = connection_.context->Query(duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(plan)), duckdb::QueryParameters(duckdb::QueryResultOutputType::FORCE_MATERIALIZED));
      if (result->HasError()) {
        const Error error = ErrorOf(result->GetErrorObject());
        connection_.Rollback();
        return Failure(error);
      }
      auto adds = FinishDeltaWrite(result->Cast<duckdb::MaterializedQueryResult>(), target, now_ms);
      result.reset();
      connection_.Commit();
      return adds;
    });
  }

  delta::ParquetHandler& parquet() override { return *parquet_; }

 private:
  template <typename T, typename Body>
  Result<T> Guarded(Body body) {
    try {
      return body();
    } catch (const std::exception& exception) {
      if (connection_.HasActiveTransaction()) connection_.Rollback();
      return Failure(ErrorOf(duckdb::ErrorData(exception)));
    }
  }

  static std::string Source(const std::vector<std::string>& paths) {
    std::string list;
    for (const std::string& path : paths) list += fmt::format("{}{}", list.empty() ? "" : ", ", Quote(path, '\''));
    return fmt::format("read_parquet([{}], union_by_name=true, hive_partitioning=false)", list);
  }

  static Result<std::vector<std::string>> TextsOf(duckdb::QueryResult& result) {
    if (result.HasError()) return Failure(ErrorOf(result.GetErrorObject()));
    std::vector<std::string> rows;
    while (auto chunk = result.Fetch()) {
      if (chunk->size() == 0) break;
      for (size_t row = 0; row < chunk->size(); ++row) {
        std::string text;
        for (size_t column = 0; column < chunk->ColumnCount(); ++column) {
          const duckdb::Value value = chunk->GetValue(column, row);
          text += value.IsNull() ? "\x01NULL" : value.ToString();
          text += '\x1f';
        }
        rows.push_back(std::move(text));
      }
    }
    if (result.HasError()) return Failure(ErrorOf(result.GetErrorObject()));
    return rows;
  }

  std::unique_ptr<duckdb::DuckDB> database_;
  duckdb::Connection connection_;
  std::unique_ptr<delta::ParquetHandler> parquet_;
};

}  // namespace

Result<std::unique_ptr<DeltaRows>> MakeDeltaRows() {
  try {
    duckdb::DBConfig config;
    config.SetOptionByName("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
    auto rows = std::make_unique<Rows>(std::make_unique<duckdb::DuckDB>(nullptr, &config));
    TRY(rows->Start());
    return rows;
  } catch (const std::exception& exception) {
    return Failure(ErrorCode::kInternal, fmt::format("cannot start DuckDB: {}", duckdb::ErrorData(exception).Message()));
  }
}

}  // namespace crannog::engine
