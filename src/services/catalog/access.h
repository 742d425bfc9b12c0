#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/catalog/securable.h"
#include "store/database.h"

namespace crannog::catalog {

/// What one actor may do with one object, from the owners and grants of the object and everything above it.
/// Loaded inside a transaction, then a value. Source: reference/governance.md section 3.2.
class Access {
 public:
  /// `chain` runs from the metastore down to the object.
  static Result<Access> Load(store::Reader& reader, const Actor& actor, std::vector<Securable> chain);
  /// The access to a child of this object, whose own grants are given.
  Access Child(Securable child, PrivilegeSet granted) const;

  const Securable& Object() const { return levels_.back().securable; }
  const Securable& Metastore() const { return levels_.front().securable; }
  /// From the metastore down.
  std::vector<Securable> Chain() const;

  /// By ownership, grant or inheritance; the USE chain is not asked.
  bool Has(PrivilegeSet privilege) const { return (Effective(levels_.size() - 1) & privilege) != 0; }
  /// Owner of it or of a parent, MANAGE, or metastore admin: may grant, alter, drop, transfer.
  bool CanManage() const;
  /// May see that it is there, in lists and by name.
  bool IsVisible() const;
  /// Sees it by BROWSE only: no data, no locations.
  bool IsBrowseOnly() const;

  /// Fails unless the actor holds the privilege on the object and the USE chain above it. Who may not even see the object gets
  /// the error of an absent one.
  Result<> Require(std::string_view privilege) const;
  Result<> RequireManage() const;
  Result<> RequireVisible() const;

 private:
  struct Level {
    Securable securable;
    PrivilegeSet granted = 0;
    bool is_owned = false;
  };
  PrivilegeSet Effective(size_t level) const;
  bool HoldsAnything() const;
  Result<> RequireUse() const;

  const Actor* actor_ = nullptr;
  bool is_admin_ = false;
  std::vector<Level> levels_;
};

}  // namespace crannog::catalog
