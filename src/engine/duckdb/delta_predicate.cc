#include "engine/duckdb/delta_predicate.h"

#include "duckdb/planner/expression/list.hpp"
#include "duckdb/planner/filter/list.hpp"
#include "engine/duckdb/delta_types.h"

namespace crannog::engine {
namespace {

using delta::Predicate;
using duckdb::ExpressionType;

std::optional<Predicate::Comparison> ComparisonOf(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL: return Predicate::Comparison::kEqual;
    case ExpressionType::COMPARE_NOTEQUAL: return Predicate::Comparison::kNotEqual;
    case ExpressionType::COMPARE_LESSTHAN: return Predicate::Comparison::kLess;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO: return Predicate::Comparison::kLessEqual;
    case ExpressionType::COMPARE_GREATERTHAN: return Predicate::Comparison::kGreater;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO: return Predicate::Comparison::kGreaterEqual;
    default: return std::nullopt;
  }
}

ExpressionType Flipped(ExpressionType type) { return duckdb::FlipComparisonExpression(type); }

struct Column {
  std::vector<std::string> path;
  const delta::Field* field;
};

// A column, or a field of one through struct_extract.
std::optional<Column> ColumnOf(const duckdb::Expression& expression, const delta::Snapshot& snapshot, const ColumnOfBinding& column) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    const auto& reference = expression.Cast<duckdb::BoundColumnRefExpression>();
    if (reference.depth != 0) return std::nullopt;
    const std::optional<size_t> position = column(reference.binding);
    if (!position) return std::nullopt;
    const delta::Field& field = snapshot.schema()[*position];
    return Column{{field.name}, &field};
  }
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION) {
    const auto& function = expression.Cast<duckdb::BoundFunctionExpression>();
    if ((function.function.name != "struct_extract" && function.function.name != "struct_extract_at") || function.children.size() != 2) return std::nullopt;
    std::optional<Column> parent = ColumnOf(*function.children[0], snapshot, column);
    if (!parent || parent->field->type.kind != delta::TypeKind::kStruct) return std::nullopt;
    if (function.children[1]->GetExpressionType() != ExpressionType::VALUE_CONSTANT) return std::nullopt;
    const duckdb::Value& key = function.children[1]->Cast<duckdb::BoundConstantExpression>().value;
    if (key.IsNull()) return std::nullopt;
    const auto& fields = parent->field->type.Fields();
    const delta::Field* field = nullptr;
    if (key.type().id() == duckdb::LogicalTypeId::VARCHAR) {
      field = delta::FindField(fields, duckdb::StringValue::Get(key));
    } else if (key.type().IsIntegral()) {
      const int64_t index = key.GetValue<int64_t>() - 1;
      if (index >= 0 && index < static_cast<int64_t>(fields.size())) field = &fields[static_cast<size_t>(index)];
    }
    if (field == nullptr) return std::nullopt;
    parent->path.push_back(field->name);
    parent->field = field;
    return parent;
  }
  return std::nullopt;
}

const duckdb::Value* ConstantOf(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CONSTANT) return nullptr;
  return &expression.Cast<duckdb::BoundConstantExpression>().value;
}

Predicate CompareWith(const Column& column, ExpressionType type, const duckdb::Value& constant) {
  const std::optional<delta::Value> value = ToDeltaValue(constant, column.field->type);
  if (!value) return Predicate::Unknown();
  if (type == ExpressionType::COMPARE_NOT_DISTINCT_FROM || type == ExpressionType::COMPARE_DISTINCT_FROM) {
    Predicate same = Predicate::Compare(column.path, Predicate::Comparison::kEqual, *value);
    same.kind = Predicate::Kind::kNullSafeEqual;
    return type == ExpressionType::COMPARE_NOT_DISTINCT_FROM ? same : Predicate::Not(std::move(same));
  }
  const std::optional<Predicate::Comparison> comparison = ComparisonOf(type);
  return comparison ? Predicate::Compare(column.path, *comparison, *value) : Predicate::Unknown();
}

Predicate OfOperator(const duckdb::BoundOperatorExpression& expression, const delta::Snapshot& snapshot, const ColumnOfBinding& column_of) {
  switch (expression.GetExpressionType()) {
    case ExpressionType::OPERATOR_NOT: return Predicate::Not(PredicateOfExpression(*expression.children[0], snapshot, column_of));
    case ExpressionType::OPERATOR_IS_NULL:
    case ExpressionType::OPERATOR_IS_NOT_NULL: {
      const std::optional<Column> column = ColumnOf(*expression.children[0], snapshot, column_of);
      if (!column) return Predicate::Unknown();
      return expression.GetExpressionType() == ExpressionType::OPERATOR_IS_NULL ? Predicate::IsNull(column->path) : Predicate::IsNotNull(column->path);
    }
    case ExpressionType::COMPARE_IN:
    case ExpressionType::COMPARE_NOT_IN: {
      const std::optional<Column> column = ColumnOf(*expression.children[0], snapshot, column_of);
      if (!column) return Predicate::Unknown();
      std::vector<delta::Value> values;
      for (size_t i = 1; i < expression.children.size(); ++i) {
        const duckdb::Value* constant = ConstantOf(*expression.children[i]);
        std::optional<delta::Value> value = constant != nullptr ? ToDeltaValue(*constant, column->field->type) : std::nullopt;
        if (!value) return Predicate::Unknown();
        values.push_back(*std::move(value));
      }
      Predicate in = Predicate::In(column->path, std::move(values));
      return expression.GetExpressionType() == ExpressionType::COMPARE_IN ? in : Predicate::Not(std::move(in));
    }
    default: return Predicate::Unknown();
  }
}

}  // namespace

Predicate PredicateOfExpression(const duckdb::Expression& expression, const delta::Snapshot& snapshot, const ColumnOfBinding& column_of) {
  switch (expression.GetExpressionClass()) {
    case duckdb::ExpressionClass::BOUND_COMPARISON: {
      const auto& comparison = expression.Cast<duckdb::BoundComparisonExpression>();
      if (const duckdb::Value* constant = ConstantOf(*comparison.right)) {
        if (const std::optional<Column> column = ColumnOf(*comparison.left, snapshot, column_of)) return CompareWith(*column, comparison.GetExpressionType(), *constant);
      }
      if (const duckdb::Value* constant = ConstantOf(*comparison.left)) {
        if (const std::optional<Column> column = ColumnOf(*comparison.right, snapshot, column_of)) return CompareWith(*column, Flipped(comparison.GetExpressionType()), *constant);
      }
      return Predicate::Unknown();
    }
    case duckdb::ExpressionClass::BOUND_CONJUNCTION: {
      std::vector<Predicate> children;
      for (const auto& child : expression.Cast<duckdb::BoundConjunctionExpression>().children) children.push_back(PredicateOfExpression(*child, snapshot, column_of));
      return expression.GetExpressionType() == ExpressionType::CONJUNCTION_AND ? Predicate::And(std::move(children)) : Predicate::Or(std::move(children));
    }
    case duckdb::ExpressionClass::BOUND_BETWEEN: {
      const auto& between = expression.Cast<duckdb::BoundBetweenExpression>();
      const std::optional<Column> column = ColumnOf(*between.input, snapshot, column_of);
      if (!column) return Predicate::Unknown();
      std::vector<Predicate> both;
      if (const duckdb::Value* lower = ConstantOf(*between.lower)) {
        both.push_back(CompareWith(*column, between.lower_inclusive ? ExpressionType::COMPARE_GREATERTHANOREQUALTO : ExpressionType::COMPARE_GREATERTHAN, *lower));
      } else {
        both.push_back(Predicate::Unknown());
      }
      if (const duckdb::Value* upper = ConstantOf(*between.upper)) {
        both.push_back(CompareWith(*column, between.upper_inclusive ? ExpressionType::COMPARE_LESSTHANOREQUALTO : ExpressionType::COMPARE_LESSTHAN, *upper));
      } else {
        both.push_back(Predicate::Unknown());
      }
      return Predicate::And(std::move(both));
    }
    case duckdb::ExpressionClass::BOUND_OPERATOR: return OfOperator(expression.Cast<duckdb::BoundOperatorExpression>(), snapshot, column_of);
    case duckdb::ExpressionClass::BOUND_CONSTANT: {
      const duckdb::Value& value = expression.Cast<duckdb::BoundConstantExpression>().value;
      if (value.type().id() != duckdb::LogicalTypeId::BOOLEAN || value.IsNull()) return Predicate::Unknown();
      return Predicate::Constant(value.GetValue<bool>());
    }
    case duckdb::ExpressionClass::BOUND_COLUMN_REF: {
      const std::optional<Column> column = ColumnOf(expression, snapshot, column_of);
      if (!column || column->field->type.kind != delta::TypeKind::kBoolean) return Predicate::Unknown();
      return Predicate::Compare(column->path, Predicate::Comparison::kEqual, true);
    }
    default: return Predicate::Unknown();
  }
}

Predicate PredicateOfFilter(const duckdb::TableFilter& filter, const delta::Field& field) {
  const Column column{{field.name}, &field};
  switch (filter.filter_type) {
    case duckdb::TableFilterType::CONSTANT_COMPARISON: {
      const auto& constant = filter.Cast<duckdb::ConstantFilter>();
      return CompareWith(column, constant.comparison_type, constant.constant);
    }
    case duckdb::TableFilterType::IS_NULL: return Predicate::IsNull(column.path);
    case duckdb::TableFilterType::IS_NOT_NULL: return Predicate::IsNotNull(column.path);
    case duckdb::TableFilterType::IN_FILTER: {
      std::vector<delta::Value> values;
      for (const duckdb::Value& constant : filter.Cast<duckdb::InFilter>().values) {
        std::optional<delta::Value> value = ToDeltaValue(constant, field.type);
        if (!value) return Predicate::Unknown();
        values.push_back(*std::move(value));
      }
      return Predicate::In(column.path, std::move(values));
    }
    case duckdb::TableFilterType::CONJUNCTION_AND: {
      std::vector<Predicate> children;
      for (const auto& child : filter.Cast<duckdb::ConjunctionAndFilter>().child_filters) children.push_back(PredicateOfFilter(*child, field));
      return Predicate::And(std::move(children));
    }
    case duckdb::TableFilterType::CONJUNCTION_OR: {
      std::vector<Predicate> children;
      for (const auto& child : filter.Cast<duckdb::ConjunctionOrFilter>().child_filters) children.push_back(PredicateOfFilter(*child, field));
      return Predicate::Or(std::move(children));
    }
    case duckdb::TableFilterType::OPTIONAL_FILTER: {
      const auto& optional = filter.Cast<duckdb::OptionalFilter>();
      return optional.child_filter ? PredicateOfFilter(*optional.child_filter, field) : Predicate::Unknown();
    }
    case duckdb::TableFilterType::DYNAMIC_FILTER: {
      const auto& dynamic = filter.Cast<duckdb::DynamicFilter>();
      if (!dynamic.filter_data) return Predicate::Unknown();
      std::lock_guard lock(dynamic.filter_data->lock);
      if (!dynamic.filter_data->initialized || !dynamic.filter_data->filter) return Predicate::Unknown();
      return PredicateOfFilter(*dynamic.filter_data->filter, field);
    }
    case duckdb::TableFilterType::STRUCT_EXTRACT: {
      const auto& extract = filter.Cast<duckdb::StructFilter>();
      if (field.type.kind != delta::TypeKind::kStruct || extract.child_idx >= field.type.Fields().size()) return Predicate::Unknown();
      // The path is built from the outside in: judge the child alone, then put the parent before its columns.
      Predicate inner = PredicateOfFilter(*extract.child_filter, field.type.Fields()[extract.child_idx]);
      std::function<void(Predicate&)> qualify = [&](Predicate& predicate) {
        if (!predicate.column.empty()) predicate.column.insert(predicate.column.begin(), field.name);
        for (Predicate& child : predicate.children) qualify(child);
      };
      qualify(inner);
      return inner;
    }
    default: return Predicate::Unknown();
  }
}

}  // namespace crannog::engine
