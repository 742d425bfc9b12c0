#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "plan/relation.h"
#include "spark/connect/common.pb.h"

namespace spark::connect {
class Relation;
}

namespace crannog::spark_connect {

/// Gives bytes that are equal for plans built alike: without plan ids and call sites.
std::string PlanFingerprint(const ::spark::connect::Relation& message);

/// What DataFrame.persist asked to keep, by the plan's fingerprint. Rows are computed at the first read after persist. Threads: any.
class PersistedRelations {
 public:
  using Materialise = std::function<Result<plan::RelationPtr>()>;

  void Add(const ::spark::connect::Relation& message, const ::spark::connect::StorageLevel& level);
  void Remove(const ::spark::connect::Relation& message);
  ::spark::connect::StorageLevel LevelOf(const ::spark::connect::Relation& message);
  bool empty();

  /// Gives the kept rows of this very plan, computing them by `materialise` when none are kept yet; null when it was not persisted.
  Result<plan::RelationPtr> Find(const ::spark::connect::Relation& message, const Materialise& materialise);

 private:
  struct Entry {
    ::spark::connect::StorageLevel level;
    std::mutex computing;
    plan::RelationPtr rows;
  };

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
};

}  // namespace crannog::spark_connect
