#include "engine/duckdb/plan_builder.h"

namespace crannog::engine::duck {
namespace {

using duckdb::make_uniq;

// Rule 9: DuckDB gives up the whole instance on an InternalException at run time.
duckdb::scalar_function_t Guarded(duckdb::scalar_function_t function) {
  return [function = std::move(function)](duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
    try {
      function(args, state, result);
    } catch (const duckdb::InternalException& exception) {
      throw duckdb::InvalidInputException(duckdb::ErrorData(exception).RawMessage());
    } catch (const duckdb::FatalException& exception) {
      throw duckdb::InvalidInputException(duckdb::ErrorData(exception).RawMessage());
    }
  };
}

void RefuseSerialize(duckdb::Serializer&, const duckdb::optional_ptr<duckdb::FunctionData>, const duckdb::ScalarFunction&) {
  throw duckdb::NotImplementedException("own kernel");
}
duckdb::unique_ptr<duckdb::FunctionData> RefuseDeserialize(duckdb::Deserializer&, duckdb::ScalarFunction&) {
  throw duckdb::NotImplementedException("own kernel");
}
void RefuseSerializeAggregate(duckdb::Serializer&, const duckdb::optional_ptr<duckdb::FunctionData>, const duckdb::AggregateFunction&) {
  throw duckdb::NotImplementedException("own aggregate");
}
duckdb::unique_ptr<duckdb::FunctionData> RefuseDeserializeAggregate(duckdb::Deserializer&, duckdb::AggregateFunction&) {
  throw duckdb::NotImplementedException("own aggregate");
}

// The binder inserts casts by DuckDB's rules where types do not fit; such a cast is a mistake of ours.
void RequireNoCast(const std::string& name, const ExprList& children, const duckdb::vector<duckdb::LogicalType>& types) {
  for (size_t i = 0; i < children.size() && i < types.size(); ++i)
    if (children[i]->return_type != types[i])
      RaiseCondition("INTERNAL_ERROR", {{"message", "argument " + std::to_string(i) + " of " + name + " is " + types[i].ToString() + " where " +
                                                        children[i]->return_type.ToString() + " was expected"}});
}

duckdb::vector<duckdb::LogicalType> TypesOf(const ExprList& arguments) {
  duckdb::vector<duckdb::LogicalType> types;
  for (const auto& argument : arguments) types.push_back(argument->return_type);
  return types;
}

}  // namespace

ExprPtr PlanBuilder::Call(Kernel kernel, ExprList arguments) {
  duckdb::ScalarFunction function("spark_" + kernel.name, TypesOf(arguments), kernel.result, Guarded(std::move(kernel.function)));
  function.SetSerializeCallback(RefuseSerialize);
  function.SetDeserializeCallback(RefuseDeserialize);
  if (kernel.fallibility == Fallibility::kCanRaise) function.SetFallible();
  if (kernel.nulls == NullPolicy::kSeesNulls) function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  if (kernel.is_volatile) function.SetVolatile();
  if (kernel.init_local_state != nullptr) function.SetInitStateCallback(kernel.init_local_state);
  auto data = make_uniq<KernelData>();
  data->origin = kernel.origin;
  data->payload = std::move(kernel.payload);
  return make_uniq<duckdb::BoundFunctionExpression>(kernel.result, std::move(function), std::move(arguments), std::move(data));
}

ExprPtr PlanBuilder::Builtin(const std::string& name, ExprList arguments) {
  auto& entry = duckdb::Catalog::GetSystemCatalog(context_).GetEntry<duckdb::ScalarFunctionCatalogEntry>(context_, DEFAULT_SCHEMA, name);
  duckdb::FunctionBinder binder(context_);
  duckdb::ErrorData error;
  auto types = TypesOf(arguments);
  auto found = binder.BindFunction(name, entry.functions, types, error);
  if (!found.IsValid()) error.Throw();
  auto function = entry.functions.GetFunctionByOffset(found.GetIndex());
  ExprPtr out = binder.BindScalarFunction(std::move(function), std::move(arguments));
  if (out->GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION) RequireNoCast(name, out->Cast<duckdb::BoundFunctionExpression>().children, types);
  return out;
}

duckdb::unique_ptr<duckdb::BoundAggregateExpression> PlanBuilder::BuiltinAggregate(const std::string& name, ExprList arguments) {
  auto& entry = duckdb::Catalog::GetSystemCatalog(context_).GetEntry<duckdb::AggregateFunctionCatalogEntry>(context_, DEFAULT_SCHEMA, name);
  auto types = TypesOf(arguments);
  auto function = entry.functions.GetFunctionByArguments(context_, types);
  duckdb::FunctionBinder binder(context_);
  auto out = binder.BindAggregateFunction(std::move(function), std::move(arguments));
  RequireNoCast(name, out->children, types);
  return out;
}

duckdb::unique_ptr<duckdb::BoundAggregateExpression> PlanBuilder::Aggregate(duckdb::AggregateFunction function, ExprList arguments,
                                                                            plan::Origin origin, std::shared_ptr<const void> payload) {
  RequireNoCast(function.name, arguments, function.GetArguments());
  function.name = "spark_" + function.name;
  function.SetFallible();
  function.serialize = RefuseSerializeAggregate;
  function.deserialize = RefuseDeserializeAggregate;
  auto data = make_uniq<KernelData>();
  data->origin = origin;
  data->payload = std::move(payload);
  return make_uniq<duckdb::BoundAggregateExpression>(std::move(function), std::move(arguments), nullptr, std::move(data),
                                                     duckdb::AggregateType::NON_DISTINCT);
}

ExprPtr PlanBuilder::Constant(duckdb::Value value) { return make_uniq<duckdb::BoundConstantExpression>(std::move(value)); }

ExprPtr PlanBuilder::Column(const BoundColumn& column, duckdb::idx_t depth) {
  return make_uniq<duckdb::BoundColumnRefExpression>(column.name, column.type, column.binding, depth);
}

ExprPtr PlanBuilder::Compare(duckdb::ExpressionType type, ExprPtr left, ExprPtr right) {
  return make_uniq<duckdb::BoundComparisonExpression>(type, std::move(left), std::move(right));
}

static ExprPtr Operator(duckdb::ExpressionType type, duckdb::LogicalType result, ExprPtr child) {
  auto out = make_uniq<duckdb::BoundOperatorExpression>(type, std::move(result));
  out->children.push_back(std::move(child));
  return out;
}

ExprPtr PlanBuilder::IsNull(ExprPtr child) {
  return Operator(duckdb::ExpressionType::OPERATOR_IS_NULL, duckdb::LogicalType::BOOLEAN, std::move(child));
}
ExprPtr PlanBuilder::IsNotNull(ExprPtr child) {
  return Operator(duckdb::ExpressionType::OPERATOR_IS_NOT_NULL, duckdb::LogicalType::BOOLEAN, std::move(child));
}
ExprPtr PlanBuilder::Not(ExprPtr child) {
  return Operator(duckdb::ExpressionType::OPERATOR_NOT, duckdb::LogicalType::BOOLEAN, std::move(child));
}

ExprPtr PlanBuilder::Case(ExprPtr condition, ExprPtr then, ExprPtr otherwise) {
  return make_uniq<duckdb::BoundCaseExpression>(std::move(condition), std::move(then), std::move(otherwise));
}

ExprPtr PlanBuilder::Coalesce(ExprList children, duckdb::LogicalType type) {
  auto out = make_uniq<duckdb::BoundOperatorExpression>(duckdb::ExpressionType::OPERATOR_COALESCE, std::move(type));
  out->children = std::move(children);
  return out;
}

static ExprPtr Conjunction(duckdb::ExpressionType type, ExprPtr left, ExprPtr right) {
  return make_uniq<duckdb::BoundConjunctionExpression>(type, std::move(left), std::move(right));
}

// Rule 6: CASE WHEN left IS NOT DISTINCT FROM <decides> THEN <decides> ELSE left AND|OR right END.
static ExprPtr Lazily(duckdb::ExpressionType type, bool decides, ExprPtr left, ExprPtr right) {
  if (!right->CanThrow()) return Conjunction(type, std::move(left), std::move(right));
  ExprPtr stop = PlanBuilder::Compare(duckdb::ExpressionType::COMPARE_NOT_DISTINCT_FROM, left->Copy(), PlanBuilder::Boolean(decides));
  return PlanBuilder::Case(std::move(stop), PlanBuilder::Boolean(decides), Conjunction(type, std::move(left), std::move(right)));
}

ExprPtr PlanBuilder::And(ExprPtr left, ExprPtr right) {
  return Lazily(duckdb::ExpressionType::CONJUNCTION_AND, false, std::move(left), std::move(right));
}
ExprPtr PlanBuilder::Or(ExprPtr left, ExprPtr right) {
  return Lazily(duckdb::ExpressionType::CONJUNCTION_OR, true, std::move(left), std::move(right));
}
ExprPtr PlanBuilder::FilterAnd(ExprPtr left, ExprPtr right) {
  return Conjunction(duckdb::ExpressionType::CONJUNCTION_AND, std::move(left), std::move(right));
}

ExprPtr PlanBuilder::Reinterpret(ExprPtr child, duckdb::LogicalType type) {
  if (child->return_type == type) return child;
  if (child->GetExpressionType() == duckdb::ExpressionType::VALUE_CONSTANT) {
    auto& value = child->Cast<duckdb::BoundConstantExpression>().value;
    if (value.IsNull()) return Null(std::move(type));
  }
  Kernel kernel{.name = "reinterpret_" + type.ToString(), .result = type, .function = nullptr, .fallibility = Fallibility::kNever,
                .nulls = NullPolicy::kSeesNulls};
  kernel.function = [](duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector& result) { result.Reinterpret(args.data[0]); };
  ExprList arguments;
  arguments.push_back(std::move(child));
  return Call(std::move(kernel), std::move(arguments));
}

duckdb::idx_t PlanBuilder::Project(Relation& input, ExprList expressions) {
  duckdb::idx_t index = NextIndex();
  if (expressions.empty()) expressions.push_back(Boolean(true));  // DuckDB has no relation without columns
  auto projection = make_uniq<duckdb::LogicalProjection>(index, std::move(expressions));
  projection->AddChild(std::move(input.op));
  projection->ResolveOperatorTypes();
  input.op = std::move(projection);
  input.columns.clear();
  return index;
}

void PlanBuilder::Pick(Relation& input, const std::vector<plan::ColumnId>& columns) {
  ExprList expressions;
  std::vector<BoundColumn> picked;
  for (plan::ColumnId id : columns) {
    auto found = input.columns.find(id);
    if (found == input.columns.end())
      RaiseCondition("INTERNAL_ERROR", {{"message", "column " + std::to_string(id) + " is not an output of its plan"}});
    picked.push_back(found->second);
    expressions.push_back(Column(found->second));
  }
  duckdb::idx_t index = Project(input, std::move(expressions));
  for (size_t i = 0; i < columns.size(); ++i) {
    picked[i].binding = duckdb::ColumnBinding(index, i);
    input.columns[columns[i]] = picked[i];
  }
}

void PlanBuilder::Filter(Relation& input, ExprPtr condition) {
  auto filter = make_uniq<duckdb::LogicalFilter>();
  filter->expressions.push_back(std::move(condition));
  duckdb::LogicalFilter::SplitPredicates(filter->expressions);
  filter->AddChild(std::move(input.op));
  filter->ResolveOperatorTypes();
  input.op = std::move(filter);
}

Relation PlanBuilder::SingleRow() {
  Relation out;
  out.op = make_uniq<duckdb::LogicalDummyScan>(NextIndex());
  out.op->ResolveOperatorTypes();
  return out;
}

}  // namespace crannog::engine::duck
