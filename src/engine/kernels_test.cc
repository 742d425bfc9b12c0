#include <gtest/gtest.h>

#include "engine/engine_test_plans.h"

/// Kernels through the engine: constants, columns with NULLs, nested values. Expectations are Spark's documented examples and golden results.
namespace crannog::engine {
namespace {

using namespace testing;  // NOLINT: the short names are the point
using plan::DataType;
using plan::EvalMode;

const DataType kString = DataType::String(), kInt = DataType::Int(), kDate = DataType::Date(), kTimestamp = DataType::Timestamp();
const std::map<std::string, std::string> kLosAngeles = {{"zone", "America/Los_Angeles"}};

ResolvedExpressionPtr Date(const char* text) { return Cast(Text(text), kDate); }
ResolvedExpressionPtr Time(const char* text) { return Cast(Text(text), kTimestamp, EvalMode::kAnsi, "America/Los_Angeles"); }
ResolvedExpressionPtr Ints(std::vector<std::optional<int>> values) {
  std::vector<ResolvedExpressionPtr> elements;
  for (const auto& value : values) elements.push_back(value ? Int(*value) : Null(kInt));
  return Call("array", std::move(elements), DataType::Array(kInt));
}
ResolvedExpressionPtr Texts(std::vector<const char*> values) {
  std::vector<ResolvedExpressionPtr> elements;
  for (const char* value : values) elements.push_back(value != nullptr ? Text(value) : Null(kString));
  return Call("array", std::move(elements), DataType::Array(kString));
}
std::string Shown(const ResolvedExpressionPtr& expression) { return Value(expression); }

TEST(Kernels, DateFields) {
  EXPECT_EQ(Shown(Call("dayofweek", {Date("2009-07-30")}, kInt)), "5");
  EXPECT_EQ(Shown(Call("weekofyear", {Date("2008-02-20")}, kInt)), "8");
  EXPECT_EQ(Shown(Call("add_months", {Date("2016-08-31"), Int(1)}, kDate)), Shown(Date("2016-09-30")));
  EXPECT_EQ(Shown(Call("trunc", {Date("2019-08-04"), Text("week")}, kDate)), Shown(Date("2019-07-29")));
  EXPECT_EQ(Shown(Call("next_day", {Date("2015-01-14"), Text("TU")}, kDate)), Shown(Date("2015-01-20")));
  EXPECT_EQ(Shown(Call("next_day", {Date("2015-01-14"), Text("xx")}, kDate)), "ERROR ILLEGAL_DAY_OF_WEEK");
  EXPECT_EQ(Shown(Call("hour", {Time("2009-07-30 12:58:59")}, kInt, EvalMode::kAnsi, kLosAngeles)), "12");
  EXPECT_EQ(Shown(Call("date_trunc", {Text("HOUR"), Time("2015-03-05 09:32:05.359")}, kTimestamp, EvalMode::kAnsi, kLosAngeles)), Shown(Time("2015-03-05 09:00:00")));
  EXPECT_EQ(Shown(Call("make_date", {Int(2019), Int(2), Int(30)}, kDate)), "ERROR DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION");
  EXPECT_EQ(Shown(Call("make_date", {Int(2019), Int(2), Int(30)}, kDate, EvalMode::kLegacy)), "NULL");
  EXPECT_EQ(Shown(Call("months_between", {Time("1997-02-28 10:30:00"), Time("1996-10-30")}, DataType::Double(), EvalMode::kAnsi, kLosAngeles)).substr(0, 10), "3.94959677");
}

TEST(Kernels, DateFormats) {
  EXPECT_EQ(Shown(Call("date_format", {Time("2016-04-08 01:02:03"), Text("yyyy/MM/dd h:mm a")}, kString, EvalMode::kAnsi, kLosAngeles)), "2016/04/08 1:02 AM");
  EXPECT_EQ(Shown(Call("to_timestamp", {Text("2016-12-31"), Text("yyyy-MM-dd")}, kTimestamp, EvalMode::kAnsi, kLosAngeles)), Shown(Time("2016-12-31 00:00:00")));
  EXPECT_EQ(Shown(Call("to_timestamp", {Text("foo"), Text("yyyy-MM-dd")}, kTimestamp, EvalMode::kAnsi, kLosAngeles)), "ERROR CANNOT_PARSE_TIMESTAMP");
  EXPECT_EQ(Shown(Call("to_timestamp", {Text("foo"), Text("yyyy-MM-dd")}, kTimestamp, EvalMode::kTry, kLosAngeles)), "NULL");
  EXPECT_EQ(Shown(Call("to_unix_timestamp", {Text("2016-04-08"), Text("yyyy-MM-dd")}, DataType::Long(), EvalMode::kAnsi, kLosAngeles)), "1460098800");
  EXPECT_EQ(Shown(Call("from_unixtime", {Long(0), Text("yyyy-MM-dd HH:mm:ss")}, kString, EvalMode::kAnsi, kLosAngeles)), "1969-12-31 16:00:00");
}

TEST(Kernels, Regex) {
  EXPECT_EQ(Shown(Call("regexp_extract", {Text("100-200"), Text("(\\d+)-(\\d+)"), Int(1)}, kString)), "100");
  EXPECT_EQ(Shown(Call("regexp_extract", {Text("100-200"), Text("(\\d+)-(\\d+)"), Int(3)}, kString)), "ERROR INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX");
  EXPECT_EQ(Shown(Call("regexp_replace", {Text("100-200"), Text("(\\d+)"), Text("num"), Int(1)}, kString)), "num-num");
  EXPECT_EQ(Shown(Call("split", {Text("oneAtwoBthreeC"), Text("[ABC]"), Int(2)}, DataType::Array(kString))), "[one,twoBthreeC]");
  EXPECT_EQ(Shown(Call("rlike", {Text("x"), Text("(?l)")}, DataType::Boolean())), "ERROR INVALID_PARAMETER_VALUE.PATTERN");
  EXPECT_EQ(Shown(Call("str_to_map", {Text("a:1,b:2"), Text(","), Text(":")}, DataType::Map(kString, kString))), "{a:1,b:2}");
}

TEST(Kernels, Hashes) {
  EXPECT_EQ(Shown(Call("hash", {Text("Spark"), Ints({123}), Int(2)}, kInt)), "-1321691492");
  EXPECT_EQ(Shown(Call("xxhash64", {Text("Spark"), Ints({123}), Int(2)}, DataType::Long())), "5602566077635097486");
}

TEST(Kernels, Arrays) {
  const DataType ints = DataType::Array(kInt);
  EXPECT_EQ(Shown(Call("array_union", {Ints({1, 2, 3}), Ints({1, 3, 5})}, ints)), "[1,2,3,5]");
  EXPECT_EQ(Shown(Call("array_except", {Ints({1, 2, 3}), Ints({1, 3, 5})}, ints)), "[2]");
  EXPECT_EQ(Shown(Call("array_intersect", {Ints({1, 2, 3}), Ints({1, 3, 5})}, ints)), "[1,3]");
  EXPECT_EQ(Shown(Call("array_distinct", {Ints({1, 2, 3, {}, 3, {}})}, ints)), "[1,2,3,NULL]");
  EXPECT_EQ(Shown(Call("array_insert", {Ints({5, 4, 3, 2}), Int(-1), Int(1)}, ints)), "[5,4,3,2,1]");
  EXPECT_EQ(Shown(Call("array_insert", {Ints({1, 2}), Int(5), Int(4)}, ints)), "[1,2,NULL,NULL,4]");
  EXPECT_EQ(Shown(Call("array_append", {Ints({1, {}}), Int(2)}, ints)), "[1,NULL,2]");
  EXPECT_EQ(Shown(Call("slice", {Ints({1, 2, 3, 4}), Int(-2), Int(2)}, ints)), "[3,4]");
  EXPECT_EQ(Shown(Call("sort_array", {Texts({"b", "d", nullptr, "c", "a"}), Lit(Literal::Boolean(false))}, DataType::Array(kString))), "[d,c,b,a,NULL]");
  EXPECT_EQ(Shown(Call("array_sort", {Texts({"b", nullptr, "a"})}, DataType::Array(kString))), "[a,b,NULL]");
  EXPECT_EQ(Shown(Call("array_min", {Ints({1, 20, {}, 3})}, kInt)), "1");
  EXPECT_EQ(Shown(Call("array_contains", {Ints({1, {}}), Int(2)}, DataType::Boolean())), "NULL");
  EXPECT_EQ(Shown(Call("array_join", {Texts({"hello", nullptr, "world"}), Text(" "), Text(",")}, kString)), "hello , world");
  EXPECT_EQ(Shown(Call("array_repeat", {Text("123"), Int(2)}, DataType::Array(kString))), "[123,123]");
  EXPECT_EQ(Shown(Call("sequence", {Int(5), Int(1)}, ints)), "[5,4,3,2,1]");
  EXPECT_EQ(Shown(Call("flatten", {Call("array", {Ints({1, 2}), Ints({3})}, DataType::Array(ints))}, ints)), "[1,2,3]");
  EXPECT_EQ(Shown(Call("element_at", {Ints({1, 2}), Int(-1)}, kInt)), "2");
  EXPECT_EQ(Shown(Call("element_at", {Ints({1, 2}), Int(5)}, kInt)), "ERROR INVALID_ARRAY_INDEX_IN_ELEMENT_AT");
  EXPECT_EQ(Shown(Call("reverse", {Text("Spark SQL")}, kString)), "LQS krapS");
}

TEST(Kernels, Maps) {
  const DataType map = DataType::Map(kInt, kString);
  const auto made = Call("map", {Int(1), Text("a"), Int(2), Text("b")}, map);
  EXPECT_EQ(Shown(made), "{1:a,2:b}");
  EXPECT_EQ(Shown(Call("map", {Int(1), Text("a"), Int(1), Text("b")}, map)), "ERROR DUPLICATED_MAP_KEY");
  EXPECT_EQ(Shown(Call("map_keys", {made}, DataType::Array(kInt))), "[1,2]");
  EXPECT_EQ(Shown(Call("map_values", {made}, DataType::Array(kString))), "[a,b]");
  EXPECT_EQ(Shown(Call("map_concat", {made, Call("map", {Int(3), Text("c")}, map)}, map)), "{1:a,2:b,3:c}");
  EXPECT_EQ(Shown(Call("map_from_arrays", {Ints({1, 2}), Texts({"x", "y"})}, map)), "{1:x,2:y}");
  EXPECT_EQ(Shown(Call("map_contains_key", {made, Int(3)}, DataType::Boolean())), "false");
  EXPECT_EQ(Shown(Call("element_at", {made, Int(2)}, kString)), "b");
}

// (parameters) -> body, with ids from 100 on.
ResolvedExpressionPtr Lambda(std::vector<DataType> parameters, ResolvedExpressionPtr body) {
  plan::ResolvedLambda lambda;
  plan::ColumnId id = 100;
  for (const DataType& type : parameters) lambda.parameters.push_back({.id = id++, .name = "x", .type = type, .nullable = true});
  lambda.body = body;
  const DataType type = body->type;
  return plan::MakeResolved(std::move(lambda), type, true);
}
ResolvedExpressionPtr Variable(plan::ColumnId id, DataType type) { return plan::MakeResolved(plan::ResolvedLambdaVariable{.id = id, .name = "x"}, std::move(type), true); }

TEST(Kernels, Lambdas) {
  const auto x = Variable(100, kInt), y = Variable(101, kInt);
  const auto sum = Lambda({kInt, kInt}, Call("add", {x, y}, kInt));
  EXPECT_EQ(Shown(Call("aggregate", {Ints({1, 2, 3}), Int(0), sum, Lambda({kInt}, Call("multiply", {x, Int(10)}, kInt))}, kInt)), "60");
  EXPECT_EQ(Shown(Call("zip_with", {Ints({1, 2}), Ints({3, 4}), sum}, DataType::Array(kInt))), "[4,6]");
  const DataType map = DataType::Map(kInt, kInt);
  const auto made = Call("map", {Int(1), Int(0), Int(2), Int(2), Int(3), Int(-1)}, map);
  EXPECT_EQ(Shown(Call("map_filter", {made, Lambda({kInt, kInt}, Call("greater", {x, y}, DataType::Boolean()))}, map)), "{1:0,3:-1}");
  EXPECT_EQ(Shown(Call("transform_values", {made, sum}, map)), "{1:1,2:4,3:2}");
  EXPECT_EQ(Shown(Call("transform_keys", {made, sum}, map)), "{1:0,4:2,2:-1}");
  EXPECT_EQ(Shown(Call("array_sort", {Ints({5, 6, 1}), Lambda({kInt, kInt}, Call("subtract", {y, x}, kInt))}, DataType::Array(kInt))), "[6,5,1]");
}

TEST(Kernels, LambdasOverRows) {
  // Rows with NULL and empty arrays, a capture of another column.
  const DataType ints = DataType::Array(kInt);
  const auto rows = Values({Out(1, ints), Out(2, kInt)}, {{Ints({1, 2, 3}), Int(10)}, {Null(ints), Int(1)}, {Ints({}), Int(7)}, {Ints({4}), Int(1)}});
  const auto body = Call("add", {Call("add", {Variable(100, kInt), Variable(101, kInt)}, kInt), Col(2, kInt)}, kInt);
  const auto out = Rows(Project(rows, {{3, Call("aggregate", {Col(1, ints), Col(2, kInt), Lambda({kInt, kInt}, body), Lambda({kInt}, Variable(100, kInt))}, kInt)}}));
  EXPECT_EQ(out, (std::vector<std::string>{"46", "NULL", "7", "6"}));
}

TEST(Kernels, Json) {
  EXPECT_EQ(Shown(Call("get_json_object", {Text("{\"a\":\"b\"}"), Text("$.a")}, kString)), "b");
  const DataType row = DataType::Struct({{"a", kInt, true, ""}, {"b", DataType::Double(), true, ""}});
  EXPECT_EQ(Shown(Call("from_json", {Text("{\"a\":1, \"b\":0.8}")}, row)), "{1,0.8}");
  EXPECT_EQ(Shown(Call("from_json", {Text("{\"a\":\"x\", \"b\":0.8}")}, row)), "{NULL,0.8}");
  EXPECT_EQ(Shown(Call("from_json", {Text("{\"a\":")}, row, EvalMode::kAnsi, {{"option.mode", "FAILFAST"}})), "ERROR MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION");
  EXPECT_EQ(Shown(Call("to_json", {Call("named_struct", {Text("a"), Int(1), Text("b"), Null(DataType::Double())}, row)}, kString)), "{\"a\":1}");
  EXPECT_EQ(Shown(Call("schema_of_json", {Text("[{\"col\":0}]")}, kString)), "ARRAY<STRUCT<col: BIGINT>>");
  EXPECT_EQ(Shown(Call("from_csv", {Text("1, 0.8")}, row)), "{1,0.8}");
  EXPECT_EQ(Shown(Call("to_csv", {Call("named_struct", {Text("a"), Int(1), Text("b"), Double(2)}, row)}, kString)), "1,2.0");
  EXPECT_EQ(Shown(Call("schema_of_csv", {Text("1,abc")}, kString)), "STRUCT<_c0: INT, _c1: STRING>");
}

TEST(Kernels, Variants) {
  const auto parsed = Call("parse_json", {Text("[1, \"2\"]")}, DataType::Variant());
  EXPECT_EQ(Shown(Call("variant_get", {parsed, Text("$[1]")}, kInt)), "2");
  EXPECT_EQ(Shown(Call("variant_get", {parsed, Text("$[2]")}, kInt)), "NULL");
  EXPECT_EQ(Shown(Call("schema_of_variant", {parsed}, kString)), "ARRAY<VARIANT>");
  EXPECT_EQ(Shown(Call("to_json", {parsed}, kString)), "[1,\"2\"]");
  EXPECT_EQ(Shown(Call("variant_get", {Call("parse_json", {Text("[\"hello\"]")}, DataType::Variant()), Text("$[0]")}, kInt)), "ERROR INVALID_VARIANT_CAST");
}

TEST(Kernels, Mathematics) {
  EXPECT_EQ(Shown(Call("round", {Double(2.5), Int(0)}, DataType::Double())), "3");
  EXPECT_EQ(Shown(Call("bround", {Int(25), Int(-1)}, kInt)), "20");
  EXPECT_EQ(Shown(Call("ceil", {Decimal(31411, 5, 4), Int(3)}, DataType::Decimal(5, 3))), "3.142");
  EXPECT_EQ(Shown(Call("rand", {Long(0)}, DataType::Double())).substr(0, 8), "0.760495");
  EXPECT_EQ(Shown(Call("width_bucket", {Double(5.3), Double(0.2), Double(10.6), Long(5)}, DataType::Long())), "3");
  EXPECT_EQ(Shown(Call("format_string", {Text("Hello World %d %s"), Int(100), Text("days")}, kString)), "Hello World 100 days");
  EXPECT_EQ(Shown(Call("to_number", {Text("$78.12"), Text("$99.99")}, DataType::Decimal(4, 2))), "78.12");
  EXPECT_EQ(Shown(Call("assert_true", {Lit(Literal::Boolean(false))}, DataType::Null())), "ERROR USER_RAISED_EXCEPTION");
}

}  // namespace
}  // namespace crannog::engine
