#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Conversions by function name: int('1'), double(x) … Source: Spark 4.1 FunctionRegistry.castAlias.
namespace crannog::analyze {
namespace {

using plan::DataType;

Result<Bound> CastByName(CallSite& site) {
  const std::string_view name = site.entry.names;
  DataType type = DataType::String();
  if (name == "boolean") type = DataType::Boolean();
  if (name == "tinyint") type = DataType::Byte();
  if (name == "smallint") type = DataType::Short();
  if (name == "int") type = DataType::Int();
  if (name == "bigint") type = DataType::Long();
  if (name == "float") type = DataType::Float();
  if (name == "double") type = DataType::Double();
  if (name == "decimal") type = DataType::Decimal(10, 0);
  if (name == "date") type = DataType::Date();
  if (name == "timestamp") type = site.resolver.Setting("spark.sql.timestampType") == "TIMESTAMP_NTZ" ? DataType::TimestampNtz() : DataType::Timestamp();
  if (name == "binary") type = DataType::Binary();
  if (name == "variant") type = DataType::Variant();
  if (name == "time") type = DataType::Time();
  TRY(Bound value, site.resolver.ExplicitCast(site.arguments[0], type, site.resolver.is_ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy, site.origin));
  // The function form is not marked as written by the user, so Spark shows the argument only.
  value.text = site.arguments[0].text;
  return value;
}

#define CAST_ALIAS(name) {.names = name, .args = "expr:any", .build = CastByName, .group = "conversion"}

constexpr FunctionEntry kEntries[] = {
    CAST_ALIAS("boolean"), CAST_ALIAS("tinyint"), CAST_ALIAS("smallint"), CAST_ALIAS("int"),    CAST_ALIAS("bigint"), CAST_ALIAS("float"),  CAST_ALIAS("double"),
    CAST_ALIAS("decimal"), CAST_ALIAS("date"),    CAST_ALIAS("timestamp"), CAST_ALIAS("binary"), CAST_ALIAS("string"), CAST_ALIAS("time"),
};

}  // namespace

std::span<const FunctionEntry> ConversionFunctions() { return kEntries; }

}  // namespace crannog::analyze
