#include "services/spark/error_status.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "base/json.h"

namespace crannog::spark_connect {
namespace {

bool StartsWithAny(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  for (std::string_view prefix : prefixes) {
    if (text.starts_with(prefix)) return true;
  }
  return false;
}

// Spark throws CAST_INVALID_INPUT as the exception of the type that was wanted.
std::string CastException(const Error& error) {
  auto target = error.parameters.find("targetType");
  if (target == error.parameters.end()) return "org.apache.spark.SparkRuntimeException";
  if (StartsWithAny(target->second, {"\"DATE", "\"TIMESTAMP", "\"TIME"})) return "org.apache.spark.SparkDateTimeException";
  if (target->second == "\"BOOLEAN\"") return "org.apache.spark.SparkRuntimeException";
  return "org.apache.spark.SparkNumberFormatException";
}

// The most derived class of a condition. Source: Spark's QueryExecutionErrors and QueryCompilationErrors.
std::string ClassOf(const Error& error) {
  const std::string& name = error.condition;
  if (name.starts_with("DELTA_CONCURRENT_APPEND")) return "io.delta.exceptions.ConcurrentAppendException";
  if (name.starts_with("DELTA_CONCURRENT_DELETE_READ")) return "io.delta.exceptions.ConcurrentDeleteReadException";
  if (name.starts_with("DELTA_CONCURRENT_DELETE_DELETE")) return "io.delta.exceptions.ConcurrentDeleteDeleteException";
  if (name.starts_with("DELTA_CONCURRENT_TRANSACTION")) return "io.delta.exceptions.ConcurrentTransactionException";
  if (name.starts_with("DELTA_METADATA_CHANGED")) return "io.delta.exceptions.MetadataChangedException";
  if (name.starts_with("DELTA_PROTOCOL_CHANGED")) return "io.delta.exceptions.ProtocolChangedException";
  if (StartsWithAny(name, {"PARSE_", "INVALID_SQL_SYNTAX", "UNCLOSED_BRACKETED_COMMENT", "INVALID_TYPED_LITERAL"})) {
    return "org.apache.spark.sql.catalyst.parser.ParseException";
  }
  if (name == "CAST_INVALID_INPUT") return CastException(error);
  if (StartsWithAny(name, {"ARITHMETIC_OVERFLOW", "BINARY_ARITHMETIC_OVERFLOW", "DIVIDE_BY_ZERO", "REMAINDER_BY_ZERO", "INTERVAL_DIVIDED_BY_ZERO",
                           "INTERVAL_ARITHMETIC_OVERFLOW", "CAST_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE", "DECIMAL_PRECISION"})) {
    return "org.apache.spark.SparkArithmeticException";
  }
  if (StartsWithAny(name, {"INVALID_ARRAY_INDEX", "INVALID_BITMAP_POSITION", "INVALID_INDEX_OF_ZERO"})) {
    return "org.apache.spark.SparkArrayIndexOutOfBoundsException";
  }
  if (StartsWithAny(name, {"CANNOT_PARSE_TIMESTAMP", "CANNOT_PARSE_TIME", "DATETIME_"})) return "org.apache.spark.SparkDateTimeException";
  if (name.starts_with("INCONSISTENT_BEHAVIOR_CROSS_VERSION")) return "org.apache.spark.SparkUpgradeException";
  if (StartsWithAny(name, {"SQL_CONF_NOT_FOUND", "MAP_KEY_DOES_NOT_EXIST"})) return "org.apache.spark.SparkNoSuchElementException";
  if (name.starts_with("NOT_IMPLEMENTED_IN_CRANNOG")) return "org.apache.spark.SparkUnsupportedOperationException";
  if (name.starts_with("INVALID_PARAMETER_VALUE") || name.starts_with("INVALID_CONF_VALUE")) return "org.apache.spark.SparkIllegalArgumentException";
  if (name.starts_with("OPERATION_CANCELED")) return "org.apache.spark.SparkSQLException";
  if (StartsWithAny(error.sql_state, {"42", "0A", "KD", "46"})) return "org.apache.spark.sql.AnalysisException";
  if (!error.condition.empty()) return "org.apache.spark.SparkRuntimeException";
  if (error.code == ErrorCode::kInvalidParameterValue) return "java.lang.IllegalArgumentException";
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kAlreadyExists) return "org.apache.spark.sql.AnalysisException";
  return "org.apache.spark.SparkException";
}

// What the most derived class extends, for clients that map only the general ones.
std::vector<std::string> ParentsOf(std::string_view name) {
  if (name == "org.apache.spark.sql.catalyst.parser.ParseException") return {"org.apache.spark.sql.AnalysisException"};
  if (name.starts_with("io.delta.")) return {"org.apache.spark.sql.delta.DeltaConcurrentModificationException", "java.util.ConcurrentModificationException"};
  if (name == "org.apache.spark.SparkArithmeticException") return {"java.lang.ArithmeticException"};
  if (name == "org.apache.spark.SparkArrayIndexOutOfBoundsException") return {"java.lang.ArrayIndexOutOfBoundsException"};
  if (name == "org.apache.spark.SparkDateTimeException") return {"java.time.DateTimeException"};
  if (name == "org.apache.spark.SparkNumberFormatException") return {"java.lang.NumberFormatException", "java.lang.IllegalArgumentException"};
  if (name == "org.apache.spark.SparkNoSuchElementException") return {"java.util.NoSuchElementException"};
  if (name == "org.apache.spark.SparkUnsupportedOperationException") return {"java.lang.UnsupportedOperationException"};
  if (name == "org.apache.spark.SparkIllegalArgumentException") return {"java.lang.IllegalArgumentException"};
  if (name == "org.apache.spark.SparkRuntimeException") return {"java.lang.RuntimeException"};
  if (name == "org.apache.spark.SparkUpgradeException") return {"java.lang.RuntimeException"};
  return {};
}

// Protobuf wire format by hand: google.rpc's own messages are not among Debian's packages, and three fields need no generator.
void AppendField(std::string& out, uint32_t number, std::string_view bytes) {
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.WriteTag(number << 3 | 2);
  coded.WriteVarint64(bytes.size());
  coded.WriteRaw(bytes.data(), static_cast<int>(bytes.size()));
}

std::string MapEntry(std::string_view key, std::string_view value) {
  std::string entry;
  AppendField(entry, 1, key);
  AppendField(entry, 2, value);
  return entry;
}

std::string JsonList(const std::vector<std::string>& texts) {
  JsonValue::Array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return WriteJson(array);
}

}  // namespace

std::vector<std::string> JavaClassesOf(const Error& error) {
  std::vector<std::string> classes = {ClassOf(error)};
  for (std::string& parent : ParentsOf(classes[0])) classes.push_back(std::move(parent));
  if (classes.back() != "java.lang.RuntimeException") classes.push_back("java.lang.Exception");
  classes.push_back("java.lang.Throwable");
  return classes;
}

grpc::Status ToStatus(const Error& error, std::string_view error_id) {
  const std::vector<std::string> classes = JavaClassesOf(error);
  std::string message = error.ToString();
  if (message.size() > kStatusMessageMax) message.resize(kStatusMessageMax);

  std::string info;
  AppendField(info, 1, classes[0]);
  AppendField(info, 2, "org.apache.spark");
  AppendField(info, 3, MapEntry("classes", JsonList(classes)));
  AppendField(info, 3, MapEntry("errorId", error_id));
  if (!error.condition.empty()) AppendField(info, 3, MapEntry("errorClass", error.condition));
  if (!error.sql_state.empty()) AppendField(info, 3, MapEntry("sqlState", error.sql_state));
  JsonValue parameters{JsonValue::Object{}};
  for (const auto& [key, value] : error.parameters) parameters.Set(key, value);
  std::string parameter_text = WriteJson(parameters);
  // gRPC's default limit of metadata is 8 KiB; parameters that do not fit come from FetchErrorDetails.
  if (parameter_text.size() < 1024) AppendField(info, 3, MapEntry("messageParameters", parameter_text));

  google::protobuf::Any any;
  any.set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  any.set_value(info);
  const auto code = error.code == ErrorCode::kUnauthenticated      ? grpc::StatusCode::UNAUTHENTICATED
                    : error.code == ErrorCode::kPermissionDenied && error.condition.empty() ? grpc::StatusCode::PERMISSION_DENIED
                                                                   : grpc::StatusCode::INTERNAL;
  std::string details;
  {
    google::protobuf::io::StringOutputStream stream(&details);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.WriteTag(1 << 3);
    coded.WriteVarint32(static_cast<uint32_t>(code));
  }
  AppendField(details, 2, message);
  AppendField(details, 3, any.SerializeAsString());
  return grpc::Status(code, message, details);
}

}  // namespace crannog::spark_connect
