#include "conformance/worker.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/json.h"
#include "engine/engine.h"
#include "session/result_rows.h"
#include "session/session.h"
#include "session/value_text.h"

namespace crannog::conformance {
namespace {

constexpr std::chrono::seconds kCancelGrace(5);
constexpr int kRestartsMax = 30;

// As Spark prints a schema: names of columns as they are, never quoted.
std::string CatalogString(const plan::Schema& schema) {
  std::vector<std::string> fields;
  for (const plan::StructField& field : schema) fields.push_back(field.name + ":" + field.type.CatalogString());
  return fmt::format("struct<{}>", fmt::join(fields, ","));
}

// Stops a statement that runs too long; leaves the process when even that does not help.
class Watchdog {
 public:
  Watchdog(session::Session& session, double seconds) : session_(session), limit_(seconds), thread_([this] { Watch(); }) {}
  ~Watchdog() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  bool fired() const { return fired_; }

 private:
  void Watch() {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, std::chrono::duration<double>(limit_), [this] { return done_; })) return;
    fired_ = true;
    lock.unlock();
    session_.Cancel("");
    lock.lock();
    if (!changed_.wait_for(lock, kCancelGrace, [this] { return done_; })) _exit(124);
  }
  session::Session& session_;
  double limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::atomic<bool> fired_ = false;
  std::thread thread_;
};

std::string PaddedRight(std::string text) {
  text.resize(std::max<size_t>(text.size(), 20), ' ');
  return text;
}

// SHOW TABLES and SHOW VIEWS print names only, DESCRIBE pads its columns. Source: Spark's HiveResult.hiveResultString.
std::string RowText(const session::Row& row, const plan::Schema& schema, const std::string& catalog_string, const session::TextFormat& format) {
  if (catalog_string == "struct<col_name:string,data_type:string,comment:string>") {
    std::vector<std::string> cells;
    for (size_t i = 0; i < row.size(); ++i) cells.push_back(PaddedRight(row[i].IsNull() ? "" : format.Hive(row[i], schema[i].type)));
    return fmt::format("{}", fmt::join(cells, "\t"));
  }
  if (catalog_string == "struct<namespace:string,tableName:string,isTemporary:boolean>" ||
      catalog_string == "struct<namespace:string,viewName:string,isTemporary:boolean>") {
    return format.Hive(row[1], schema[1].type);
  }
  std::vector<std::string> cells;
  for (size_t i = 0; i < row.size(); ++i) cells.push_back(format.Hive(row[i], schema[i].type));
  return fmt::format("{}", fmt::join(cells, "\t"));
}

Result<Actual> RunOne(session::Session& session, const std::string& sql, const std::string& warehouse) {
  Actual actual;
  TRY(session::StatementResult result, session.ExecuteSql(sql, {}));
  const plan::Schema schema = result.rows->schema();
  TRY(session::Rows rows, session::ReadAllRows(*result.rows));
  actual.schema = CatalogString(schema);
  TRY(const std::string zone, session.GetSetting("spark.sql.session.timeZone"));
  const auto style = session.GetSetting("spark.sql.binaryOutputStyle");
  TRY(const session::TextFormat format, session::TextFormat::Make(zone, style ? *style : ""));
  for (const session::Row& row : rows) actual.rows.push_back(Masked(RowText(row, schema, actual.schema, format), warehouse));
  actual.is_sorted = KeepsRowOrder(sql, actual.schema);
  return actual;
}

JsonValue ToJson(size_t index, const Actual& actual) {
  JsonValue json;
  json.Set("index", static_cast<int64_t>(index));
  json.Set("seconds", actual.seconds);
  json.Set("schema", actual.schema);
  json.Set("sorted", actual.is_sorted);
  JsonValue::Array rows;
  for (const std::string& row : actual.rows) rows.emplace_back(row);
  json.Set("rows", std::move(rows));
  if (actual.death) json.Set("death", *actual.death);
  if (!actual.error) return json;
  const Error& error = *actual.error;
  JsonValue out;
  out.Set("code", static_cast<int64_t>(error.code));
  out.Set("condition", error.condition);
  out.Set("state", error.sql_state);
  out.Set("message", error.message);
  JsonValue parameters{JsonValue::Object{}};
  for (const auto& [key, value] : error.parameters) parameters.Set(key, value);
  out.Set("parameters", std::move(parameters));
  JsonValue::Array contexts;
  for (const QueryContext& context : error.contexts) {
    contexts.emplace_back(JsonValue::Array{context.object_type, context.object_name, int64_t{context.start_index},
                                           int64_t{context.stop_index}, context.fragment});
  }
  out.Set("contexts", std::move(contexts));
  json.Set("error", std::move(out));
  return json;
}

Actual FromJson(const JsonValue& json) {
  Actual actual;
  actual.schema = json.StringOr("schema", "struct<>");
  actual.is_sorted = json.BoolOr("sorted", false);
  if (const JsonValue* seconds = json.Find("seconds"); seconds != nullptr && seconds->IsNumber()) actual.seconds = seconds->AsDouble();
  if (const JsonValue* death = json.Find("death")) actual.death = death->AsString();
  for (const JsonValue& row : json.Find("rows")->AsArray()) actual.rows.push_back(row.AsString());
  const JsonValue* error = json.Find("error");
  if (error == nullptr) return actual;
  actual.error.emplace();
  actual.error->code = static_cast<ErrorCode>(error->IntOr("code", 0));
  actual.error->condition = error->StringOr("condition", "");
  actual.error->sql_state = error->StringOr("state", "");
  actual.error->message = error->StringOr("message", "");
  for (const auto& [key, value] : error->Find("parameters")->AsObject()) actual.error->parameters[key] = value.AsString();
  for (const JsonValue& context : error->Find("contexts")->AsArray()) {
    const auto& parts = context.AsArray();
    actual.error->contexts.push_back({parts[0].AsString(), parts[1].AsString(), static_cast<int32_t>(parts[2].AsInt()),
                                      static_cast<int32_t>(parts[3].AsInt()), parts[4].AsString()});
  }
  return actual;
}

Result<> CreateFixtures(session::Session& session, const std::vector<Fixture>& fixtures) {
  for (const Fixture& fixture : fixtures) {
    if (fixture.is_missing) continue;
    std::vector<std::string> definitions, names, casts;
    for (const auto& [name, type] : fixture.columns) {
      names.push_back(name);
      casts.push_back(fmt::format("CAST({0} AS {1}) AS {0}", name, type));
    }
    const std::string values = fmt::format("SELECT {} FROM VALUES {} AS v({})", fmt::join(casts, ", "), fmt::join(fixture.rows, ", "), fmt::join(names, ", "));
    auto made = session.ExecuteSql(fmt::format("CREATE TABLE {} USING parquet AS {}", fixture.name, values), {});
    if (made) continue;
    // Without a catalog that can keep it, a view of the same rows serves reading.
    TRY(session.ExecuteSql(fmt::format("CREATE TEMPORARY VIEW {} AS {}", fixture.name, values), {}));
  }
  return {};
}

struct TemporaryFolder {
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "crannog-conformance-XXXXXX").string();
    path = mkdtemp(pattern.data()) == nullptr ? "" : pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

// Reads the child's lines until it ends; gives the statement it died in, if it did.
struct ChildOutcome {
  std::optional<size_t> died_in;
  bool timed_out = false;
  bool finished = false;
};

void WriteLine(int descriptor, const JsonValue& json) {
  const std::string line = WriteJson(json) + "\n";
  for (size_t at = 0; at < line.size();) {
    const ssize_t count = write(descriptor, line.data() + at, line.size() - at);
    if (count <= 0) return;
    at += static_cast<size_t>(count);
  }
}

[[noreturn]] void RunChild(const Job& job, const std::set<size_t>& skip, int descriptor) {
  // Another job's pipe held open here would keep its reader waiting.
  constexpr int kDescriptorsMax = 256;
  for (int other = 3; other < kDescriptorsMax; ++other) {
    if (other != descriptor) close(other);
  }
  auto status = RunStatements(
      job, skip,
      [descriptor](size_t index) {
        JsonValue json;
        json.Set("begin", static_cast<int64_t>(index));
        WriteLine(descriptor, json);
      },
      [descriptor](size_t index, const Actual& actual) { WriteLine(descriptor, ToJson(index, actual)); });
  if (!status) {
    JsonValue json;
    json.Set("failed", status.error().ToString());
    WriteLine(descriptor, json);
  }
  _exit(status ? 0 : 3);
}

ChildOutcome ReadChild(int descriptor, pid_t child, std::vector<Actual>& actuals, std::string& set_up_error) {
  std::string pending;
  std::optional<size_t> running;
  char buffer[1 << 16];
  for (ssize_t count; (count = read(descriptor, buffer, sizeof buffer)) > 0;) {
    pending.append(buffer, static_cast<size_t>(count));
    for (size_t end; (end = pending.find('\n')) != std::string::npos; pending.erase(0, end + 1)) {
      const auto json = ParseJson(std::string_view(pending).substr(0, end));
      if (!json) continue;
      if (const JsonValue* begin = json->Find("begin")) running = static_cast<size_t>(begin->AsInt());
      if (const JsonValue* failed = json->Find("failed")) set_up_error = failed->AsString();
      if (const JsonValue* index = json->Find("index")) {
        actuals[static_cast<size_t>(index->AsInt())] = FromJson(*json);
        running.reset();
      }
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  ChildOutcome outcome;
  outcome.finished = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  outcome.timed_out = WIFEXITED(status) && WEXITSTATUS(status) == 124;
  if (!outcome.finished) outcome.died_in = running;
  return outcome;
}

}  // namespace

Result<> RunStatements(const Job& job, const std::set<size_t>& skip, const std::function<void(size_t)>& begin,
                       const std::function<void(size_t, const Actual&)>& report) {
  const TemporaryFolder folder;
  const std::string warehouse = folder.path + "/spark-warehouse";
  std::filesystem::create_directories(warehouse);
  engine::DuckDbOptions engine_options;
  engine_options.memory_bytes_max = int64_t{2} << 30;
  engine_options.thread_count = 2;
  engine_options.spill_folder = folder.path + "/spill";
  TRY(const std::unique_ptr<engine::Engine> engine, engine::MakeDuckDbEngine(engine_options));
  session::SessionOptions options;
  options.settings = job.settings;
  options.settings.emplace("spark.sql.sources.default", "parquet");
  options.settings.emplace("spark.sql.warehouse.dir", warehouse);
  const auto session = session::MakeSession(*engine, session::MakeLocalCatalog(warehouse), options);
  TRY(CreateFixtures(*session, job.fixtures));
  for (size_t i = 0; i < job.statements.size(); ++i) {
    if (skip.contains(i)) continue;
    begin(i);
    const auto start = std::chrono::steady_clock::now();
    Actual actual;
    {
      const Watchdog watchdog(*session, job.statement_seconds_max);
      auto result = RunOne(*session, job.statements[i], warehouse);
      if (result) actual = std::move(*result);
      else actual.error = std::move(result).error();
      if (watchdog.fired()) actual.death = "timeout";
    }
    if (actual.error) {
      for (auto& [key, value] : actual.error->parameters) value = Masked(value, warehouse);
    }
    actual.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report(i, actual);
  }
  return {};
}

std::vector<Actual> RunIsolated(const Job& job) {
  std::vector<Actual> actuals(job.statements.size());
  std::set<size_t> skip;
  std::map<size_t, std::string> deaths;
  std::string set_up_error;
  for (int attempt = 0; attempt < kRestartsMax; ++attempt) {
    int ends[2];
    if (pipe(ends) != 0) break;
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      RunChild(job, skip, ends[1]);
    }
    close(ends[1]);
    const ChildOutcome outcome = ReadChild(ends[0], child, actuals, set_up_error);
    close(ends[0]);
    if (outcome.finished || !outcome.died_in) {
      if (!outcome.finished && set_up_error.empty()) set_up_error = "the process ended before the first statement";
      break;
    }
    skip.insert(*outcome.died_in);
    deaths[*outcome.died_in] = outcome.timed_out ? "timeout" : "crash";
  }
  if (!set_up_error.empty()) {
    for (Actual& actual : actuals) actual.error = MakeError(ErrorCode::kInternal, set_up_error);
  }
  for (const auto& [index, death] : deaths) actuals[index].death = death;
  return actuals;
}

}  // namespace crannog::conformance
