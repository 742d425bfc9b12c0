#include "connect/relation_message.h"

#include <gtest/gtest.h>

#include "connect/data_type_message.h"
#include "spark/connect/relations.pb.h"

namespace crannog::connect {
namespace {

namespace sc = spark::connect;

RelationReaders Readers() {
  RelationReaders readers;
  readers.text.identifier = [](std::string_view text) -> Result<std::vector<std::string>> { return std::vector<std::string>{std::string(text)}; };
  readers.text.expression = [](std::string_view) -> Result<plan::ExpressionPtr> { return Failure(NotImplemented("text")); };
  readers.text.data_type = [](std::string_view) -> Result<plan::DataType> { return plan::DataType::Int(); };
  readers.catalog = [](const sc::Catalog&) -> Result<plan::RelationPtr> { return Failure(NotImplemented("catalog")); };
  readers.extension = [](const google::protobuf::Any&) -> Result<plan::RelationPtr> { return Failure(NotImplemented("extension")); };
  return readers;
}

TEST(RelationMessage, ReadsFilterOverRangeWithPlanIds) {
  sc::Relation message;
  message.mutable_common()->set_plan_id(7);
  auto* filter = message.mutable_filter();
  filter->mutable_input()->mutable_range()->set_end(10);
  filter->mutable_input()->mutable_range()->set_step(1);
  auto* call = filter->mutable_condition()->mutable_unresolved_function();
  call->set_function_name(">");
  call->add_arguments()->mutable_unresolved_attribute()->set_unparsed_identifier("id");
  call->mutable_arguments(0)->mutable_unresolved_attribute()->set_plan_id(3);
  call->add_arguments()->mutable_literal()->set_long_(5);

  plan::RelationPtr relation = FromMessage(message, Readers()).value();
  EXPECT_EQ(relation->plan_id, 7);
  const auto* node = relation->As<plan::Filter>();
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->input->As<plan::RangeRelation>()->end, 10);
  const auto* condition = node->condition->As<plan::FunctionCall>();
  EXPECT_TRUE(condition->is_operator);
  EXPECT_EQ(condition->arguments[0]->As<plan::AttributeReference>()->plan_id, 3);
  EXPECT_EQ(*condition->arguments[1]->As<plan::Literal>(), plan::Literal::Long(5));
}

TEST(RelationMessage, EmptyMessageIsAnErrorAndDepthIsBounded) {
  EXPECT_FALSE(FromMessage(sc::Relation(), Readers()).has_value());
  sc::Relation message;
  sc::Relation* inner = &message;
  for (int i = 0; i < kRelationDepthMax + 10; ++i) inner = inner->mutable_limit()->mutable_input();
  inner->mutable_range()->set_end(1);
  EXPECT_FALSE(FromMessage(message, Readers()).has_value());
}

TEST(DataTypeMessage, RoundTrips) {
  plan::DataType type = plan::DataType::Struct(
      {{"a", plan::DataType::Decimal(12, 3), false, ""},
       {"m", plan::DataType::Map(plan::DataType::String(), plan::DataType::Array(plan::DataType::Timestamp(), false)), true, "{\"k\":1}"},
       {"i", plan::DataType::DayTimeInterval(1, 2), true, ""}});
  sc::DataType message;
  ToMessage(type, message);
  EXPECT_TRUE(FromMessage(message, Readers().text).value() == type);
}

}  // namespace
}  // namespace crannog::connect
