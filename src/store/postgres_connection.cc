#include "store/postgres_connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>

#include "store/dialect.h"

namespace crannog::store {
namespace {

// Type ids of PostgreSQL's catalogue (pg_type.dat); libpq has no header for them.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat4 = 700, kFloat8 = 701, kNumeric = 1700;

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

ErrorCode CodeOf(std::string_view state) {
  if (state == "23505") return ErrorCode::kAlreadyExists;
  if (state == "23503") return ErrorCode::kConflict;
  if (state.starts_with("40")) return ErrorCode::kConflict;
  if (state == "22021") return ErrorCode::kInvalidParameterValue;  // a zero byte in text
  if (state.empty() || state.starts_with("08") || state.starts_with("53") || state.starts_with("57")) {
    return ErrorCode::kUnavailable;
  }
  return ErrorCode::kInternal;
}

Value ReadCell(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return {};
  const char* text = PQgetvalue(result, row, column);
  const auto length = static_cast<size_t>(PQgetlength(result, row, column));
  switch (PQftype(result, column)) {
    case kBool: return text[0] == 't';
    case kInt2:
    case kInt4:
    case kInt8: {
      int64_t value = 0;
      std::from_chars(text, text + length, value);
      return value;
    }
    case kFloat4:
    case kFloat8:
    case kNumeric: return std::strtod(text, nullptr);
    case kBytea: {
      size_t size = 0;
      unsigned char* bytes = PQunescapeBytea(reinterpret_cast<const unsigned char*>(text), &size);
      Blob blob{std::string(reinterpret_cast<const char*>(bytes), size)};
      PQfreemem(bytes);
      return blob;
    }
    default: return std::string(text, length);
  }
}

// The parameters of one call in libpq's form: text, but bytes as they are.
struct BoundParameters {
  std::vector<std::string> numbers;
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;

  explicit BoundParameters(const std::vector<Value>& parameters) {
    numbers.reserve(parameters.size());  // pointers into it must stay
    for (const Value& parameter : parameters) std::visit(*this, parameter.Variant());
  }
  void operator()(std::monostate) { Add(nullptr, 0, 0); }
  void operator()(int64_t value) { Add(numbers.emplace_back(std::to_string(value)).c_str(), 0, 0); }
  void operator()(double value) { Add(numbers.emplace_back(fmt::format("{}", value)).c_str(), 0, 0); }
  void operator()(const std::string& value) { Add(value.c_str(), 0, 0); }
  void operator()(const Blob& value) { Add(value.bytes.data(), static_cast<int>(value.bytes.size()), 1); }

 private:
  void Add(const char* value, int length, int format) {
    values.push_back(value);
    lengths.push_back(length);
    formats.push_back(format);
  }
};

bool HoldsZeroByte(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.Variant());
  return text != nullptr && text->find('\0') != std::string::npos;
}

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const std::string& connection_string) {
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection());
  connection->handle_ = PQconnectdb(connection_string.c_str());
  if (PQstatus(connection->handle_) != CONNECTION_OK) {
    // The message names host, user and database, never the password.
    return Failure(ErrorCode::kUnavailable,
                   fmt::format("the metadata database cannot be reached: {}", PQerrorMessage(connection->handle_)),
                   "check --metadata and that PostgreSQL runs");
  }
  PQsetNoticeProcessor(connection->handle_, [](void*, const char*) {}, nullptr);
  TRY(connection->Run("SET client_encoding = 'UTF8'"));
  TRY(connection->Run("SET synchronous_commit = on"));
  return connection;
}

PostgresConnection::~PostgresConnection() { PQfinish(handle_); }

bool PostgresConnection::IsAlive() const { return PQstatus(handle_) == CONNECTION_OK; }

Error PostgresConnection::Describe(const PGresult* result, std::string_view what) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view code = state == nullptr ? "" : state;
  retry_ = code == "40001" || code == "40P01";
  failed_ = true;
  return MakeError(CodeOf(code), fmt::format("the metadata database failed while {}: {}", what, PQerrorMessage(handle_)));
}

Result<> PostgresConnection::Run(const char* command) {
  ResultPtr result(PQexec(handle_, command));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return Failure(Describe(result.get(), command));
  return {};
}

Result<std::string> PostgresConnection::Prepare(std::string_view sql) {
  std::string key(sql);
  if (auto found = statements_.find(key); found != statements_.end()) return found->second;
  std::string name = fmt::format("s{}", statements_.size());
  ResultPtr result(PQprepare(handle_, name.c_str(), NumberPlaceholders(sql).c_str(), 0, nullptr));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return Failure(Describe(result.get(), sql));
  statements_.emplace(std::move(key), name);
  return name;
}

Result<PostgresConnection::Answer> PostgresConnection::Step(std::string_view sql, const std::vector<Value>& parameters) {
  for (const Value& parameter : parameters) {
    if (HoldsZeroByte(parameter)) return Failure(ErrorCode::kInvalidParameterValue, "text holds a zero byte");
  }
  const BoundParameters bound(parameters);
  ResultPtr result;
  // A schema statement is run once: preparing it would only fill the cache.
  if (parameters.empty() && !sql.starts_with("SELECT")) {
    result.reset(PQexec(handle_, std::string(sql).c_str()));
  } else {
    TRY(std::string name, Prepare(sql));
    result.reset(PQexecPrepared(handle_, name.c_str(), static_cast<int>(parameters.size()), bound.values.data(),
                                bound.lengths.data(), bound.formats.data(), 0));
  }
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return Failure(Describe(result.get(), sql));
  Answer answer;
  const char* changed = PQcmdTuples(result.get());
  if (*changed != '\0') answer.changed = std::strtoll(changed, nullptr, 10);
  const int rows = PQntuples(result.get());
  const int columns = PQnfields(result.get());
  answer.rows.reserve(static_cast<size_t>(rows));
  for (int row = 0; row < rows; ++row) {
    std::vector<Value> values;
    values.reserve(static_cast<size_t>(columns));
    for (int column = 0; column < columns; ++column) values.push_back(ReadCell(result.get(), row, column));
    answer.rows.emplace_back(std::move(values));
  }
  return answer;
}

Result<std::vector<Row>> PostgresConnection::Query(std::string_view sql, const std::vector<Value>& parameters) {
  TRY(Answer answer, Step(sql, parameters));
  return std::move(answer.rows);
}

Result<int64_t> PostgresConnection::Execute(std::string_view sql, const std::vector<Value>& parameters) {
  TRY(Answer answer, Step(sql, parameters));
  return answer.changed;
}

}  // namespace crannog::store
