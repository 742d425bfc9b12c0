#include "engine/duckdb/lowering.h"
#include "engine/duckdb/nested.h"

namespace crannog::engine::duck {
namespace {

using duckdb::LogicalType;
using duckdb::make_uniq;

// A generator as an array and what its elements give: positions, the element, or fields of the element.
struct Generated {
  ExprPtr array;
  bool has_position = false;
  bool is_struct = false;  ///< the element's fields are the columns
};

}  // namespace

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedGenerate& node) {
  Relation input = Lower(*node.input);
  const auto* call = node.generator->As<plan::ResolvedCall>();
  if (call == nullptr) Raise(NotImplemented("generators other than calls"), node.generator->origin);
  std::string name = call->function;
  bool is_outer = node.is_outer;
  if (name.size() > 6 && name.ends_with("_outer")) {
    name.resize(name.size() - 6);
    is_outer = true;
  }
  Generated generated;
  if (name == "explode" || name == "posexplode") {
    generated.array = LowerExpression(*call->arguments[0], input);
    generated.has_position = name == "posexplode";
    if (call->arguments[0]->type.Is(plan::TypeKind::kMap)) {
      generated.array = MapEntries(builder_, std::move(generated.array));
      generated.is_struct = true;
    }
  } else if (name == "inline") {
    generated.array = LowerExpression(*call->arguments[0], input);
    generated.is_struct = true;
  } else if (name == "stack") {
    const auto* count = call->arguments[0]->As<plan::Literal>();
    if (count == nullptr || count->IsNull()) Raise(NotImplemented("stack with a computed row count"), node.generator->origin);
    const auto rows = static_cast<size_t>(std::get<int64_t>(count->value));
    const size_t width = node.generated.size();
    duckdb::child_list_t<LogicalType> fields;
    for (size_t c = 0; c < width; ++c) fields.emplace_back("c" + std::to_string(c), ToLogicalType(node.generated[c].type));
    LogicalType row_type = LogicalType::STRUCT(fields);
    ExprList elements;
    for (size_t r = 0; r < rows; ++r) {
      ExprList values;
      for (size_t c = 0; c < width; ++c) {
        const size_t at = 1 + r * width + c;
        values.push_back(at < call->arguments.size() ? builder_.Reinterpret(LowerExpression(*call->arguments[at], input), fields[c].second)
                                                     : PlanBuilder::Null(fields[c].second));
      }
      elements.push_back(MakeStruct(builder_, row_type, std::move(values)));
    }
    generated.array = MakeArray(builder_, row_type, std::move(elements));
    generated.is_struct = true;
  } else {
    // Any other generator is a kernel that gives an array of structs, one field per column.
    generated.array = LowerNode(*node.generator, *call, input);
    if (generated.array->return_type.id() != duckdb::LogicalTypeId::LIST) Raise(NotImplemented("generator " + name), node.generator->origin);
    generated.is_struct = duckdb::ListType::GetChildType(generated.array->return_type).id() == duckdb::LogicalTypeId::STRUCT;
  }

  LogicalType element = duckdb::ListType::GetChildType(generated.array->return_type);
  ExprPtr positions = generated.has_position ? ArrayPositions(builder_, generated.array->Copy()) : nullptr;
  auto padded = [&](ExprPtr array) {
    if (!is_outer) return array;
    LogicalType type = duckdb::ListType::GetChildType(array->return_type);
    ExprPtr one_null = PlanBuilder::Constant(duckdb::Value::LIST(type, {duckdb::Value(type)}));
    return PlanBuilder::Case(IsEmptyOrNull(builder_, generated.array->Copy()), std::move(one_null), std::move(array));
  };
  duckdb::idx_t index = builder_.NextIndex();
  auto unnest = make_uniq<duckdb::LogicalUnnest>(index);
  auto add = [&](ExprPtr array) {
    auto expression = make_uniq<duckdb::BoundUnnestExpression>(duckdb::ListType::GetChildType(array->return_type));
    expression->child = std::move(array);
    unnest->expressions.push_back(std::move(expression));
  };
  add(padded(generated.array->Copy()));
  if (positions) add(padded(std::move(positions)));
  unnest->AddChild(std::move(input.op));
  unnest->ResolveOperatorTypes();

  Relation out;
  out.op = std::move(unnest);
  std::unordered_map<plan::ColumnId, size_t> made;
  for (size_t i = 0; i < node.generated.size(); ++i) made[node.generated[i].id] = i;
  ExprList columns;
  for (const auto& column : plan.output) {
    auto found = made.find(column.id);
    ExprPtr value;
    if (found == made.end()) {
      value = PlanBuilder::Column(input.columns.at(column.id));
    } else {
      size_t i = found->second;
      if (generated.has_position && i == 0) {
        value = make_uniq<duckdb::BoundColumnRefExpression>(LogicalType::INTEGER, duckdb::ColumnBinding(index, 1));
      } else {
        value = make_uniq<duckdb::BoundColumnRefExpression>(element, duckdb::ColumnBinding(index, 0));
        if (generated.is_struct) value = GetField(builder_, std::move(value), i - (generated.has_position ? 1 : 0));
      }
    }
    columns.push_back(builder_.Reinterpret(std::move(value), ToLogicalType(column.type)));
  }
  duckdb::idx_t projection = builder_.Project(out, std::move(columns));
  Bind(out, plan.output, projection);
  return out;
}

}  // namespace crannog::engine::duck
