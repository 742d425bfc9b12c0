#include "services/spark/persisted_relations.h"

#include "spark/connect/relations.pb.h"

namespace crannog::spark_connect {

namespace sc = ::spark::connect;

namespace {

void Normalise(google::protobuf::Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->name() == "plan_id" || field->name() == "origin" || field->name() == "source_info") {
      reflection->ClearField(&message, field);
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE && !field->is_map()) {
      const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        Normalise(field->is_repeated() ? *reflection->MutableRepeatedMessage(&message, field, i) : *reflection->MutableMessage(&message, field));
      }
    }
  }
}

}  // namespace

std::string PlanFingerprint(const sc::Relation& message) {
  sc::Relation copy = message;
  Normalise(copy);
  return copy.SerializeAsString();
}

void PersistedRelations::Add(const sc::Relation& message, const sc::StorageLevel& level) {
  std::string key = PlanFingerprint(message);
  std::lock_guard lock(mutex_);
  auto& entry = entries_[std::move(key)];
  if (entry == nullptr) entry = std::make_shared<Entry>();
  entry->level = level;
}

void PersistedRelations::Remove(const sc::Relation& message) {
  std::string key = PlanFingerprint(message);
  std::lock_guard lock(mutex_);
  entries_.erase(key);
}

sc::StorageLevel PersistedRelations::LevelOf(const sc::Relation& message) {
  std::string key = PlanFingerprint(message);
  std::lock_guard lock(mutex_);
  auto found = entries_.find(key);
  if (found != entries_.end()) return found->second->level;
  sc::StorageLevel none;
  none.set_replication(1);
  return none;
}

bool PersistedRelations::empty() {
  std::lock_guard lock(mutex_);
  return entries_.empty();
}

Result<plan::RelationPtr> PersistedRelations::Find(const sc::Relation& message, const Materialise& materialise) {
  std::shared_ptr<Entry> entry;
  {
    std::string key = PlanFingerprint(message);
    std::lock_guard lock(mutex_);
    auto found = entries_.find(key);
    if (found == entries_.end()) return plan::RelationPtr();
    entry = found->second;
  }
  std::lock_guard computing(entry->computing);
  if (entry->rows == nullptr) {
    TRY(entry->rows, materialise());
  }
  return entry->rows;
}

}  // namespace crannog::spark_connect
