#include "base/error.h"

#include <gtest/gtest.h>

#include "base/error_conditions.h"
#include "base/result.h"

namespace crannog {
namespace {

TEST(ConditionError, FillsSparksTemplateAndSqlState) {
  Error error = ConditionError("DIVIDE_BY_ZERO", {{"config", "\"spark.sql.ansi.enabled\""}});
  EXPECT_EQ(error.sql_state, "22012");
  EXPECT_NE(error.message.find("Division by zero."), std::string::npos);
  EXPECT_EQ(error.message.find("<config>"), std::string::npos);
}

TEST(ConditionError, SubConditionInheritsTheStateOfItsParent) {
  ASSERT_NE(FindErrorCondition("UNRESOLVED_COLUMN.WITH_SUGGESTION"), nullptr);
  EXPECT_EQ(FindErrorCondition("UNRESOLVED_COLUMN.WITH_SUGGESTION")->sql_state, "42703");
}

TEST(ConditionError, UnknownConditionNamesItself) {
  Error error = ConditionError("NO_SUCH_CONDITION");
  EXPECT_EQ(error.code, ErrorCode::kInternal);
  EXPECT_NE(error.message.find("NO_SUCH_CONDITION"), std::string::npos);
}

Result<int> Half(int number) {
  if (number % 2 != 0) return Failure(ErrorCode::kInvalidParameterValue, "odd");
  return number / 2;
}

Result<int> Quarter(int number) {
  TRY(int half, Half(number));
  TRY(Half(half));
  return half / 2;
}

TEST(Try, PassesTheValueOrTheError) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(6).error().message, "odd");
}

}  // namespace
}  // namespace crannog
