#include "connect/expression_message.h"

#include <set>

#include "connect/data_type_message.h"
#include "connect/literal_message.h"
#include "connect/repeated.h"
#include "spark/connect/expressions.pb.h"

namespace crannog::connect {

namespace sc = spark::connect;
using plan::ExpressionPtr;
using plan::MakeExpression;

namespace {

// Names that PySpark sends for operators; everything else is looked up as a function.
bool IsOperatorName(const std::string& name) {
  static const std::set<std::string> kOperators = {"+",  "-",  "*",  "/",  "%",  "=",  "==",  "<=>", "<",   "<=",  ">",
                                                   ">=", "!=", "&",  "|",  "^",  "~",  "<<",  ">>",  ">>>", "||",  "and",
                                                   "or", "not", "in", "when"};
  return kOperators.contains(name);
}

Result<plan::Name> ReadName(const std::string& text, const TextParsers& parsers) {
  plan::Name name;
  TRY(name.parts, parsers.identifier(text));
  return name;
}

Result<ExpressionPtr> ReadAttribute(const sc::Expression_UnresolvedAttribute& message, const TextParsers& parsers) {
  plan::AttributeReference attribute;
  TRY(attribute.name, ReadName(message.unparsed_identifier(), parsers));
  if (message.has_plan_id()) attribute.plan_id = message.plan_id();
  attribute.is_metadata_column = message.is_metadata_column();
  return MakeExpression(std::move(attribute));
}

Result<ExpressionPtr> ReadFunction(const sc::Expression_UnresolvedFunction& message, const TextParsers& parsers) {
  plan::FunctionCall call;
  call.is_operator = !message.is_user_defined_function() && IsOperatorName(message.function_name());
  if (message.is_user_defined_function()) {
    TRY(call.name, ReadName(message.function_name(), parsers));
  } else {
    call.name.parts = {message.function_name()};
  }
  TRY(call.arguments, ReadEach<ExpressionPtr>(message.arguments(), parsers));
  call.is_distinct = message.is_distinct();
  return MakeExpression(std::move(call));
}

Result<ExpressionPtr> ReadStar(const sc::Expression_UnresolvedStar& message, const TextParsers& parsers) {
  plan::Star star;
  if (message.has_unparsed_target()) {
    std::string target = message.unparsed_target();
    if (target.ends_with(".*")) target.resize(target.size() - 2);
    TRY(star.target, parsers.identifier(target));
  }
  if (message.has_plan_id()) star.plan_id = message.plan_id();
  return MakeExpression(std::move(star));
}

Result<ExpressionPtr> ReadCast(const sc::Expression_Cast& message, const TextParsers& parsers) {
  plan::CastTo cast;
  TRY(cast.child, FromMessage(message.expr(), parsers));
  if (message.has_type()) {
    TRY(cast.type, FromMessage(message.type(), parsers));
  } else {
    TRY(cast.type, parsers.data_type(message.type_str()));
  }
  switch (message.eval_mode()) {
    case sc::Expression_Cast_EvalMode_EVAL_MODE_LEGACY: cast.mode = plan::CastMode::kLegacy; break;
    case sc::Expression_Cast_EvalMode_EVAL_MODE_ANSI: cast.mode = plan::CastMode::kAnsi; break;
    case sc::Expression_Cast_EvalMode_EVAL_MODE_TRY: cast.mode = plan::CastMode::kTry; break;
    default: cast.mode = plan::CastMode::kSession;
  }
  return MakeExpression(std::move(cast));
}

Result<plan::FrameEdge> ReadEdge(const sc::Expression_Window_WindowFrame_FrameBoundary& message, bool is_lower, const TextParsers& parsers) {
  plan::FrameEdge edge;
  switch (message.boundary_case()) {
    case sc::Expression_Window_WindowFrame_FrameBoundary::kUnbounded:
      edge.bound = is_lower ? plan::FrameBound::kUnboundedPreceding : plan::FrameBound::kUnboundedFollowing;
      break;
    case sc::Expression_Window_WindowFrame_FrameBoundary::kValue: {
      edge.bound = plan::FrameBound::kFollowing;
      TRY(edge.offset, FromMessage(message.value(), parsers));
      break;
    }
    default: edge.bound = plan::FrameBound::kCurrentRow;
  }
  return edge;
}

Result<ExpressionPtr> ReadWindow(const sc::Expression_Window& message, const TextParsers& parsers) {
  plan::WindowExpression window;
  TRY(window.function, FromMessage(message.window_function(), parsers));
  TRY(window.spec.partition_by, ReadEach<ExpressionPtr>(message.partition_spec(), parsers));
  TRY(window.spec.order_by, ReadEach<plan::SortOrder>(message.order_spec(), parsers));
  if (message.has_frame_spec()) {
    plan::WindowFrame frame;
    frame.unit = message.frame_spec().frame_type() == sc::Expression_Window_WindowFrame_FrameType_FRAME_TYPE_ROW ? plan::FrameUnit::kRows
                                                                                                                : plan::FrameUnit::kRange;
    TRY(frame.lower, ReadEdge(message.frame_spec().lower(), true, parsers));
    TRY(frame.upper, ReadEdge(message.frame_spec().upper(), false, parsers));
    window.spec.frame = std::move(frame);
  }
  return MakeExpression(std::move(window));
}

Result<ExpressionPtr> ReadLambda(const sc::Expression_LambdaFunction& message, const TextParsers& parsers) {
  plan::Lambda lambda;
  TRY(lambda.body, FromMessage(message.function(), parsers));
  for (const auto& argument : message.arguments()) {
    std::string name;
    for (const std::string& part : argument.name_parts()) name += (name.empty() ? "" : ".") + part;
    lambda.parameters.push_back(std::move(name));
  }
  return MakeExpression(std::move(lambda));
}

Result<ExpressionPtr> ReadSubquery(const sc::SubqueryExpression& message, const TextParsers& parsers) {
  plan::SubqueryExpression subquery;
  subquery.plan_id = message.plan_id();
  switch (message.subquery_type()) {
    case sc::SubqueryExpression_SubqueryType_SUBQUERY_TYPE_EXISTS: subquery.kind = plan::SubqueryKind::kExists; break;
    case sc::SubqueryExpression_SubqueryType_SUBQUERY_TYPE_IN: subquery.kind = plan::SubqueryKind::kIn; break;
    case sc::SubqueryExpression_SubqueryType_SUBQUERY_TYPE_TABLE_ARG: subquery.kind = plan::SubqueryKind::kTableArgument; break;
    default: subquery.kind = plan::SubqueryKind::kScalar;
  }
  TRY(subquery.values, ReadEach<ExpressionPtr>(message.in_subquery_values(), parsers));
  if (message.has_table_arg_options()) {
    const auto& options = message.table_arg_options();
    TRY(subquery.table_argument.partition_by, ReadEach<ExpressionPtr>(options.partition_spec(), parsers));
    TRY(subquery.table_argument.order_by, ReadEach<plan::SortOrder>(options.order_spec(), parsers));
    subquery.table_argument.with_single_partition = options.with_single_partition();
  }
  return MakeExpression(std::move(subquery));
}

}  // namespace

Result<plan::SortOrder> FromMessage(const sc::Expression_SortOrder& message, const TextParsers& parsers) {
  plan::SortOrder order;
  TRY(order.child, FromMessage(message.child(), parsers));
  if (message.direction() == sc::Expression_SortOrder_SortDirection_SORT_DIRECTION_DESCENDING) order.direction = plan::SortDirection::kDescending;
  if (message.null_ordering() == sc::Expression_SortOrder_NullOrdering_SORT_NULLS_FIRST) order.nulls = plan::NullOrdering::kFirst;
  if (message.null_ordering() == sc::Expression_SortOrder_NullOrdering_SORT_NULLS_LAST) order.nulls = plan::NullOrdering::kLast;
  return order;
}

Result<plan::PythonFunction> FromMessage(const sc::CommonInlineUserDefinedFunction& message, const TextParsers& parsers) {
  if (message.has_java_udf()) return Failure(NotImplemented("a Java function (" + message.java_udf().class_name() + ")"));
  if (message.has_scalar_scala_udf()) return Failure(NotImplemented("a Scala function (" + message.function_name() + ")"));
  plan::PythonFunction function;
  function.name = message.function_name();
  function.is_deterministic = message.deterministic();
  function.eval_type = message.python_udf().eval_type();
  function.command = message.python_udf().command();
  function.python_version = message.python_udf().python_ver();
  if (message.python_udf().has_output_type()) {
    TRY(function.output_type, FromMessage(message.python_udf().output_type(), parsers));
  }
  for (const sc::Expression& argument : message.arguments()) {
    const bool named = argument.has_named_argument_expression();
    function.argument_names.push_back(named ? argument.named_argument_expression().key() : "");
    TRY(ExpressionPtr value, FromMessage(named ? argument.named_argument_expression().value() : argument, parsers));
    function.arguments.push_back(std::move(value));
  }
  return function;
}

Result<ExpressionPtr> FromMessage(const sc::Expression& message, const TextParsers& parsers) {
  switch (message.expr_type_case()) {
    case sc::Expression::kLiteral: {
      TRY(plan::Literal literal, FromMessage(message.literal(), parsers));
      return MakeExpression(std::move(literal));
    }
    case sc::Expression::kUnresolvedAttribute: return ReadAttribute(message.unresolved_attribute(), parsers);
    case sc::Expression::kUnresolvedFunction: return ReadFunction(message.unresolved_function(), parsers);
    case sc::Expression::kExpressionString: return parsers.expression(message.expression_string().expression());
    case sc::Expression::kUnresolvedStar: return ReadStar(message.unresolved_star(), parsers);
    case sc::Expression::kAlias: {
      plan::Alias alias;
      TRY(alias.child, FromMessage(message.alias().expr(), parsers));
      alias.names.assign(message.alias().name().begin(), message.alias().name().end());
      alias.metadata_json = message.alias().metadata();
      return MakeExpression(std::move(alias));
    }
    case sc::Expression::kCast: return ReadCast(message.cast(), parsers);
    case sc::Expression::kUnresolvedRegex: {
      plan::RegexColumns regex{message.unresolved_regex().col_name(), {}};
      if (message.unresolved_regex().has_plan_id()) regex.plan_id = message.unresolved_regex().plan_id();
      return MakeExpression(std::move(regex));
    }
    case sc::Expression::kSortOrder: {
      TRY(plan::SortOrder order, FromMessage(message.sort_order(), parsers));
      return MakeExpression(plan::SortExpression{std::move(order)});
    }
    case sc::Expression::kLambdaFunction: return ReadLambda(message.lambda_function(), parsers);
    case sc::Expression::kWindow: return ReadWindow(message.window(), parsers);
    case sc::Expression::kUnresolvedExtractValue: {
      plan::ExtractValue extract;
      TRY(extract.child, FromMessage(message.unresolved_extract_value().child(), parsers));
      TRY(extract.extraction, FromMessage(message.unresolved_extract_value().extraction(), parsers));
      return MakeExpression(std::move(extract));
    }
    case sc::Expression::kUpdateFields: {
      plan::UpdateFields update;
      TRY(update.child, FromMessage(message.update_fields().struct_expression(), parsers));
      update.field = message.update_fields().field_name();
      if (message.update_fields().has_value_expression()) {
        TRY(update.value, FromMessage(message.update_fields().value_expression(), parsers));
      }
      return MakeExpression(std::move(update));
    }
    case sc::Expression::kUnresolvedNamedLambdaVariable: {
      const auto& parts = message.unresolved_named_lambda_variable().name_parts();
      return MakeExpression(plan::LambdaVariable{{parts.begin(), parts.end()}});
    }
    case sc::Expression::kCommonInlineUserDefinedFunction: {
      TRY(plan::PythonFunction function, FromMessage(message.common_inline_user_defined_function(), parsers));
      return MakeExpression(std::move(function));
    }
    case sc::Expression::kCallFunction: {
      plan::FunctionCall call;
      TRY(call.name, ReadName(message.call_function().function_name(), parsers));
      TRY(call.arguments, ReadEach<ExpressionPtr>(message.call_function().arguments(), parsers));
      return MakeExpression(std::move(call));
    }
    case sc::Expression::kNamedArgumentExpression: {
      plan::NamedArgument argument;
      argument.name = message.named_argument_expression().key();
      TRY(argument.value, FromMessage(message.named_argument_expression().value(), parsers));
      return MakeExpression(std::move(argument));
    }
    case sc::Expression::kSubqueryExpression: return ReadSubquery(message.subquery_expression(), parsers);
    case sc::Expression::kMergeAction: return Failure(ErrorCode::kInvalidParameterValue, "a merge action stands outside of a merge");
    case sc::Expression::kTypedAggregateExpression: return Failure(NotImplemented("a typed Scala aggregate"));
    case sc::Expression::kDirectShufflePartitionId: return Failure(NotImplemented("a direct shuffle partition id"));
    case sc::Expression::kExtension: return Failure(NotImplemented("the expression extension " + message.extension().type_url()));
    case sc::Expression::EXPR_TYPE_NOT_SET: break;
  }
  return Failure(ErrorCode::kInvalidParameterValue, "an expression message holds nothing");
}

}  // namespace crannog::connect
