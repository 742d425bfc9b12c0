#include "engine/duckdb/parquet_handler.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "duckdb/common/exception.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/main/materialized_query_result.hpp"
#include "duckdb/main/query_result.hpp"
#include "duckdb/main/stream_query_result.hpp"
#include "engine/duckdb/delta_types.h"

namespace crannog::engine {
namespace {

using delta::ParquetKind;

std::string QuoteText(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

std::string QuoteName(std::string_view name) {
  std::string out = "\"";
  for (char c : name) {
    out += c;
    if (c == '"') out += c;
  }
  return out + "\"";
}

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> parts;
  while (true) {
    const size_t dot = path.find('.');
    parts.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

// The SQL type of a path in the file's columns, or nothing where the file lacks it.
const duckdb::LogicalType* TypeAt(const duckdb::vector<std::string>& names, const duckdb::vector<duckdb::LogicalType>& types, const std::vector<std::string>& path) {
  const duckdb::LogicalType* type = nullptr;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == path.front()) type = &types[i];
  }
  for (size_t depth = 1; depth < path.size() && type != nullptr; ++depth) {
    if (type->id() != duckdb::LogicalTypeId::STRUCT) return nullptr;
    const duckdb::LogicalType* next = nullptr;
    for (const auto& [name, child] : duckdb::StructType::GetChildTypes(*type)) {
      if (name == path[depth]) next = &child;
    }
    type = next;
  }
  return type;
}

std::string SelectOf(const delta::ParquetColumn& column, const duckdb::vector<std::string>& names, const duckdb::vector<duckdb::LogicalType>& types) {
  const std::vector<std::string> path = SplitPath(column.path);
  const bool number = column.kind == ParquetKind::kBool || column.kind == ParquetKind::kInt64;
  if (TypeAt(names, types, path) == nullptr) return number ? "NULL::BIGINT" : "NULL::VARCHAR";
  std::string expression;
  for (const std::string& part : path) expression += (expression.empty() ? "" : ".") + QuoteName(part);
  switch (column.kind) {
    case ParquetKind::kBool:
    case ParquetKind::kInt64: return expression + "::BIGINT";
    case ParquetKind::kString: return expression + "::VARCHAR";
    case ParquetKind::kStringMap:
    case ParquetKind::kStringList:
    case ParquetKind::kJson: return fmt::format("to_json({})::VARCHAR", expression);
  }
  return "NULL::VARCHAR";
}

// A file that DuckDB can open: the store's own, or a temporary copy of a remote one.
class LocalCopy {
 public:
  static Result<LocalCopy> Make(io::ObjectStore& store, std::string_view key) {
    LocalCopy copy;
    // Checkpoint sidecars may be named by absolute paths.
    if (key.starts_with('/')) {
      copy.path_ = key;
      return copy;
    }
    if (std::optional<std::string> local = store.LocalPath(key)) {
      TRY(store.Head(key));
      copy.path_ = *std::move(local);
      return copy;
    }
    TRY(const std::string bytes, store.Read(key));
    copy.path_ = TemporaryPath();
    copy.owned_ = true;
    std::ofstream(copy.path_, std::ios::binary) << bytes;
    return copy;
  }
  static std::string TemporaryPath() {
    static std::atomic<uint64_t> next{0};
    return (std::filesystem::temp_directory_path() / fmt::format("crannog-{}-{}.parquet", getpid(), next++)).string();
  }
  LocalCopy(LocalCopy&& other) noexcept : path_(std::move(other.path_)), owned_(std::exchange(other.owned_, false)) {}
  LocalCopy& operator=(LocalCopy&&) = delete;
  ~LocalCopy() {
    if (owned_) unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  LocalCopy() = default;
  std::string path_;
  bool owned_ = false;
};

Error Damaged(std::string_view key, std::string_view why) { return MakeError(ErrorCode::kDataLoss, fmt::format("cannot read Parquet file {}: {}", key, why)); }

class Handler : public delta::ParquetHandler {
 public:
  explicit Handler(duckdb::DatabaseInstance& database) : database_(database) {}

  Result<> Read(io::ObjectStore& store, std::string_view key, const std::vector<delta::ParquetColumn>& columns,
                const std::function<Result<>(const delta::ParquetBatch&)>& sink) override {
    TRY(const LocalCopy file, LocalCopy::Make(store, key));
    try {
      duckdb::Connection connection(database_);
      const std::string source = fmt::format("read_parquet({}, hive_partitioning=false)", QuoteText(file.path()));
      auto shape = connection.Prepare("SELECT * FROM " + source);
      if (shape->HasError()) return Failure(Damaged(key, shape->GetError()));
      std::string query = "SELECT ";
      for (size_t i = 0; i < columns.size(); ++i) query += (i ? ", " : "") + SelectOf(columns[i], shape->GetNames(), shape->GetTypes());
      auto result = connection.SendQuery(query + " FROM " + source);
      if (result->HasError()) return Failure(Damaged(key, result->GetError()));
      return Drain(*result, key, columns, sink);
    } catch (const std::exception& exception) {
      return Failure(Damaged(key, duckdb::ErrorData(exception).Message()));
    }
  }

  Result<int64_t> Write(io::ObjectStore& store, std::string_view key, io::WriteMode mode, const delta::Schema& schema,
                        const std::function<Result<std::optional<std::string>>()>& next) override {
    const std::string rows_path = LocalCopy::TemporaryPath() + ".json";
    const std::string parquet_path = LocalCopy::TemporaryPath();
    struct Cleaner {
      const std::string &a, &b;
      ~Cleaner() {
        unlink(a.c_str());
        unlink(b.c_str());
      }
    } cleaner{rows_path, parquet_path};
    {
      std::ofstream rows(rows_path, std::ios::binary);
      for (;;) {
        TRY(std::optional<std::string> row, next());
        if (!row) break;
        rows << *row << '\n';
      }
      if (!rows.flush()) return Failure(ErrorCode::kResourceExhausted, fmt::format("cannot write temporary file {}", rows_path));
    }
    try {
      duckdb::Connection connection(database_);
      std::string columns;
      for (const delta::Field& field : schema) {
        columns += fmt::format("{}{}: {}", columns.empty() ? "" : ", ", QuoteText(field.name), QuoteText(ToDuckDbType(field.type).ToString()));
      }
      constexpr int64_t kObjectBytesMax = 1 << 30;  // one action's JSON text
      const std::string query = fmt::format(
          "COPY (SELECT * FROM read_json({}, format='newline_delimited', columns={{{}}}, maximum_object_size={})) TO {} (FORMAT parquet, COMPRESSION zstd)",
          QuoteText(rows_path), columns, kObjectBytesMax, QuoteText(parquet_path));
      auto result = connection.Query(query);
      if (result->HasError()) return Failure(ErrorCode::kInternal, fmt::format("cannot write {}: {}", key, result->GetError()));
    } catch (const std::exception& exception) {
      return Failure(ErrorCode::kInternal, fmt::format("cannot write {}: {}", key, duckdb::ErrorData(exception).Message()));
    }
    std::ifstream in(parquet_path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    TRY(store.Write(key, bytes, mode));
    return static_cast<int64_t>(bytes.size());
  }

 private:
  static Result<> Drain(duckdb::QueryResult& result, std::string_view key, const std::vector<delta::ParquetColumn>& columns,
                        const std::function<Result<>(const delta::ParquetBatch&)>& sink) {
    delta::ParquetBatch batch;
    batch.columns.resize(columns.size());
    while (auto chunk = result.Fetch()) {
      const size_t count = chunk->size();
      if (count == 0) break;
      batch.row_count = static_cast<int64_t>(count);
      for (size_t c = 0; c < columns.size(); ++c) {
        duckdb::UnifiedVectorFormat format;
        chunk->data[c].ToUnifiedFormat(count, format);
        delta::ParquetColumnData& out = batch.columns[c];
        out.valid.resize(count);
        const bool number = columns[c].kind == ParquetKind::kBool || columns[c].kind == ParquetKind::kInt64;
        if (number) out.numbers.resize(count);
        else out.texts.resize(count);
        for (size_t row = 0; row < count; ++row) {
          const auto index = format.sel->get_index(row);
          out.valid[row] = format.validity.RowIsValid(index);
          if (!out.valid[row]) continue;
          if (number) {
            out.numbers[row] = duckdb::UnifiedVectorFormat::GetData<int64_t>(format)[index];
          } else {
            const auto& text = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format)[index];
            out.texts[row] = std::string_view(text.GetData(), text.GetSize());
          }
        }
      }
      TRY(sink(batch));
    }
    if (result.HasError()) return Failure(Damaged(key, result.GetError()));
    return {};
  }

  duckdb::DatabaseInstance& database_;
};

class OwnHandler final : public delta::ParquetHandler {
 public:
  explicit OwnHandler(std::unique_ptr<duckdb::DuckDB> database) : database_(std::move(database)), handler_(*database_->instance) {}
  Result<> Read(io::ObjectStore& store, std::string_view key, const std::vector<delta::ParquetColumn>& columns,
                const std::function<Result<>(const delta::ParquetBatch&)>& sink) override {
    return handler_.Read(store, key, columns, sink);
  }
  Result<int64_t> Write(io::ObjectStore& store, std::string_view key, io::WriteMode mode, const delta::Schema& schema,
                        const std::function<Result<std::optional<std::string>>()>& next) override {
    return handler_.Write(store, key, mode, schema, next);
  }

 private:
  std::unique_ptr<duckdb::DuckDB> database_;
  Handler handler_;
};

}  // namespace

std::unique_ptr<delta::ParquetHandler> MakeParquetHandler(duckdb::DatabaseInstance& database) { return std::make_unique<Handler>(database); }

Result<std::unique_ptr<delta::ParquetHandler>> MakeOwnParquetHandler() {
  try {
    duckdb::DBConfig config;
    config.SetOptionByName("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
    return std::make_unique<OwnHandler>(std::make_unique<duckdb::DuckDB>(nullptr, &config));
  } catch (const std::exception& exception) {
    return Failure(ErrorCode::kInternal, fmt::format("cannot start DuckDB: {}", duckdb::ErrorData(exception).Message()));
  }
}

}  // namespace crannog::engine
