#include "services/mlflow/sql_conditions.h"

#include <charconv>

#include <fmt/format.h>

#include "base/json.h"
#include "http/contract.h"

namespace crannog::mlflow {

void SqlConditions::Add(std::string condition, std::vector<store::Value> values) {
  if (!text.empty()) text += " AND ";
  text += condition;
  for (store::Value& value : values) parameters.push_back(std::move(value));
}

Result<> AddTextCondition(SqlConditions& conditions, const std::string& column, const FilterClause& clause) {
  const std::string_view comparator = SqlComparator(clause.comparator);
  switch (clause.comparator) {
    case Comparator::kIsNull:
    case Comparator::kIsNotNull: conditions.Add(fmt::format("{} {}", column, comparator), {}); return {};
    case Comparator::kIn:
    case Comparator::kNotIn: {
      std::string holes;
      std::vector<store::Value> values;
      for (const std::string& value : clause.values) {
        holes += holes.empty() ? "?" : ", ?";
        values.emplace_back(value);
      }
      conditions.Add(fmt::format("{} {} ({})", column, comparator, holes), std::move(values));
      return {};
    }
    case Comparator::kILike: conditions.Add(fmt::format("LOWER({}) LIKE LOWER(CAST(? AS TEXT))", column), {clause.values[0]}); return {};
    case Comparator::kLike:
      conditions.Add(fmt::format("{} LIKE ?", column), {clause.values[0]});
      return {};
    case Comparator::kEqual:
    case Comparator::kNotEqual: conditions.Add(fmt::format("{} {} ?", column, comparator), {clause.values[0]}); return {};
    default:
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid comparator '{}' not one of '['!=', 'LIKE', 'ILIKE', '=', 'IN', 'NOT IN']'", comparator));
  }
}

Result<> AddNumberCondition(SqlConditions& conditions, const std::string& column, const FilterClause& clause) {
  const std::string_view comparator = SqlComparator(clause.comparator);
  if (clause.values.size() != 1 || comparator == "LIKE") {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid comparator '{}' not one of '['>', '>=', '!=', '=', '<', '<=']'", comparator));
  }
  const std::string& text = clause.values[0];
  double number = 0;
  auto [end, error] = std::from_chars(text.data() + (text.starts_with('+') ? 1 : 0), text.data() + text.size(), number);
  if (clause.is_quoted || error != std::errc() || end != text.data() + text.size()) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Expected numeric value type for {}. Found {}", clause.key, text));
  }
  conditions.Add(fmt::format("{} {} ?", column, comparator), {number});
  return {};
}

Result<int64_t> OffsetOfToken(const std::string& token) {
  if (token.empty()) return 0;
  std::optional<std::string> text = http::Base64Decode(token);
  if (text) {
    Result<JsonValue> value = ParseJson(*text);
    if (value && value->IntOr("offset", -1) >= 0) return value->IntOr("offset", 0);
  }
  return Failure(ErrorCode::kInvalidParameterValue, "Invalid page token, could not base64-decode");
}

std::string TokenOfOffset(int64_t offset) { return http::Base64Encode(fmt::format(R"({{"offset": {}}})", offset)); }

}  // namespace crannog::mlflow
