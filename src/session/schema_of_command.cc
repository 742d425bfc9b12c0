#include "session/commands/commands.h"

namespace crannog::session {

using plan::DataType;

plan::Schema SchemaOfCommand(const plan::Command& command, const Statement&) {
  const auto longs = [](std::initializer_list<const char*> names) {
    plan::Schema schema;
    for (const char* name : names) schema.push_back({name, DataType::Long(), true, ""});
    return schema;
  };
  if (command.As<plan::Update>() != nullptr || command.As<plan::Delete>() != nullptr) return longs({"num_affected_rows"});
  if (command.As<plan::Merge>() != nullptr) return longs({"num_affected_rows", "num_updated_rows", "num_deleted_rows", "num_inserted_rows"});
  if (command.As<plan::IsDeltaTable>() != nullptr) return {{"value", DataType::Boolean(), false, ""}};
  return {};
}

}  // namespace crannog::session
