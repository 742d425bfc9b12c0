#include "services/spark/schema_tree.h"

#include <gtest/gtest.h>

namespace crannog::spark_connect {
namespace {

// As Spark 4.1 prints it.
TEST(SchemaTree, NestsAsSparkDoes) {
  using plan::DataType;
  plan::Schema schema = {{"id", DataType::Long(), false, ""},
                         {"m", DataType::Map(DataType::String(), DataType::Array(DataType::Struct({{"x", DataType::Int(), true, ""}}), false)), true, ""}};
  EXPECT_EQ(SchemaTree(schema, {}),
            "root\n"
            " |-- id: long (nullable = false)\n"
            " |-- m: map (nullable = true)\n"
            " |    |-- key: string\n"
            " |    |-- value: array (valueContainsNull = true)\n"
            " |    |    |-- element: struct (containsNull = false)\n"
            " |    |    |    |-- x: integer (nullable = true)\n");
  EXPECT_EQ(SchemaTree(schema, 1), "root\n |-- id: long (nullable = false)\n |-- m: map (nullable = true)\n");
}

}  // namespace
}  // namespace crannog::spark_connect
