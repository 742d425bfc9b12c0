#include "engine/duckdb/functions/cast.h"

#include <cmath>

#include "engine/duckdb/functions/arithmetic.h"
#include "engine/duckdb/functions/lambda.h"
#include "engine/duckdb/nested.h"
#include "engine/functions/numbers.h"

namespace crannog::engine::duck {

using plan::DataType;
using plan::EvalMode;
using plan::TypeKind;

std::string QuotedText(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

void FailCastInput(const KernelContext& context, const CastShape& shape, std::string value) {
  context.Fail("CAST_INVALID_INPUT", {{"expression", std::move(value)},
                                      {"sourceType", "\"" + shape.from.Sql() + "\""},
                                      {"targetType", "\"" + shape.to.Sql() + "\""},
                                      {"ansiConfig", kAnsiSetting}});
}

void FailCastOverflow(const KernelContext&, const CastShape& shape, std::string value) {
  RaiseCondition("CAST_OVERFLOW", {{"value", std::move(value)},
                                   {"sourceType", "\"" + shape.from.Sql() + "\""},
                                   {"targetType", "\"" + shape.to.Sql() + "\""},
                                   {"ansiConfig", kAnsiSetting}});
}

std::string_view TrimAll(std::string_view text) {
  auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string IntegerSql(int64_t value, TypeKind kind) {
  std::string out = std::to_string(value);
  if (kind == TypeKind::kByte) out += "Y";
  if (kind == TypeKind::kShort) out += "S";
  if (kind == TypeKind::kLong) out += "L";
  return out;
}

std::string NumberSql(double value, TypeKind kind) {
  std::string out;
  if (kind == TypeKind::kFloat) {
    functions::AppendFloat(out, static_cast<float>(value));
    return out;
  }
  functions::AppendDouble(out, value);
  return std::isfinite(value) ? out + "D" : out;
}

namespace {

int IntegerDigits(TypeKind kind) {
  switch (kind) {
    case TypeKind::kByte: return 3;
    case TypeKind::kShort: return 5;
    case TypeKind::kInt: return 10;
    default: return 19;
  }
}

// Casts that mean the same in DuckDB and can neither fail nor round: these it may reason about.
bool IsWidening(const DataType& from, const DataType& to) {
  if (from.IsIntegral() && to.IsIntegral()) return to.kind() > from.kind();
  if (from.IsIntegral() && (to.Is(TypeKind::kDouble) || to.Is(TypeKind::kFloat))) return true;
  if (from.Is(TypeKind::kFloat) && to.Is(TypeKind::kDouble)) return true;
  if (from.IsIntegral() && to.Is(TypeKind::kDecimal)) return to.precision() - to.scale() >= IntegerDigits(from.kind());
  if (from.Is(TypeKind::kDecimal) && to.Is(TypeKind::kDecimal))
    return to.scale() >= from.scale() && to.precision() - to.scale() >= from.precision() - from.scale();
  return from.Is(TypeKind::kDate) && to.Is(TypeKind::kTimestampNtz);
}

bool IsSameCarrier(const DataType& from, const DataType& to) {
  if (from.IsStringLike() && to.IsStringLike()) return true;
  if ((from.IsStringLike() && to.Is(TypeKind::kBinary)) || (from.Is(TypeKind::kBinary) && to.IsStringLike())) return true;
  return from.kind() == to.kind() && !from.IsNested() && !from.Is(TypeKind::kDecimal) && !from.IsAnsiInterval() && !from.Is(TypeKind::kTime);
}

ExprPtr CastNested(const CastRequest& request, ExprPtr child, PlanBuilder& builder) {
  auto part = [&](const DataType& from, const DataType& to) {
    CastRequest out = request;
    out.from = from;
    out.to = to;
    return out;
  };
  duckdb::LogicalType to = ToLogicalType(request.to);
  auto element = [&](const DataType& type) -> ExprPtr { return duckdb::make_uniq<duckdb::BoundReferenceExpression>(ToLogicalType(type), 0); };
  if (request.from.Is(TypeKind::kStruct)) {
    ExprList fields;
    for (size_t i = 0; i < request.from.fields().size(); ++i)
      fields.push_back(BindCast(part(request.from.fields()[i].type, request.to.fields()[i].type), GetField(builder, child->Copy(), i), builder));
    ExprPtr made = MakeStruct(builder, to, std::move(fields));
    return PlanBuilder::Case(PlanBuilder::IsNull(std::move(child)), PlanBuilder::Null(to), std::move(made));
  }
  if (request.from.Is(TypeKind::kArray)) {
    ExprPtr body = BindCast(part(request.from.element(), request.to.element()), element(request.from.element()), builder);
    return builder.Reinterpret(MapElements(builder, std::move(child), std::move(body)), to);
  }
  ExprPtr entries = MapEntries(builder, std::move(child));
  DataType from_entry = DataType::Struct({{"key", request.from.key()}, {"value", request.from.value()}});
  DataType to_entry = DataType::Struct({{"key", request.to.key()}, {"value", request.to.value()}});
  ExprPtr body = CastNested(part(from_entry, to_entry), element(from_entry), builder);
  return builder.Reinterpret(MapElements(builder, std::move(entries), std::move(body)), to);
}

}  // namespace

ExprPtr BindCast(const CastRequest& request, ExprPtr child, PlanBuilder& builder) {
  duckdb::LogicalType to = ToLogicalType(request.to);
  child = builder.Reinterpret(std::move(child), ToLogicalType(request.from));
  if (plan::SameTypeIgnoringNullability(request.from, request.to)) return child;
  if (request.from.Is(TypeKind::kNull)) return PlanBuilder::Null(to);
  if (IsWidening(request.from, request.to)) return duckdb::BoundCastExpression::AddCastToType(builder.context(), std::move(child), to);
  if (IsSameCarrier(request.from, request.to)) return builder.Reinterpret(std::move(child), to);
  if (request.from.IsNested() && request.from.kind() == request.to.kind()) return CastNested(request, std::move(child), builder);

  CastShape shape{.from = request.from, .to = request.to, .mode = request.mode, .zone = nullptr};
  auto zone = functions::TimeZone::Find(request.zone.empty() ? "UTC" : request.zone);
  if (!zone) Raise(zone.error(), request.origin);
  shape.zone = *zone;
  bool can_raise = false;
  duckdb::scalar_function_t function;
  if (request.to.IsStringLike()) {
    function = CastToString(shape);
  } else if (request.from.IsStringLike()) {
    function = CastFromString(shape, &can_raise);
  }
  if (!function) function = CastInterval(shape, &can_raise);
  if (!function) function = CastDatetime(shape, &can_raise);
  if (!function) function = CastNumber(shape, &can_raise);
  if (!function) Raise(NotImplemented("CAST from " + request.from.Sql() + " to " + request.to.Sql()), request.origin);
  const char* mode = request.mode == EvalMode::kAnsi ? "ansi" : request.mode == EvalMode::kTry ? "try" : "legacy";
  Kernel kernel{.name = std::string("cast_") + mode + "_" + request.from.CatalogString() + ">" + request.to.CatalogString() + "_" + request.zone,
                .result = to,
                .function = std::move(function),
                .fallibility = can_raise && request.mode != EvalMode::kTry ? Fallibility::kCanRaise : Fallibility::kNever,
                .origin = request.origin};
  return builder.Call(std::move(kernel), List(std::move(child)));
}

}  // namespace crannog::engine::duck
