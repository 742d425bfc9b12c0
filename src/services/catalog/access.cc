#include "services/catalog/access.h"

#include "services/catalog/securables_store.h"

namespace crannog::catalog {

Result<Access> Access::Load(store::Reader& reader, const Actor& actor, std::vector<Securable> chain) {
  Access access;
  access.actor_ = &actor;
  for (Securable& securable : chain) {
    Level level;
    level.is_owned = actor.Is(securable.owner_id);
    TRY(std::vector<Grant> grants, securables_store::ListGrants(reader, securable.id));
    for (const Grant& grant : grants) {
      if (actor.Is(grant.principal_id)) level.granted |= grant.privileges;
    }
    level.securable = std::move(securable);
    access.levels_.push_back(std::move(level));
  }
  access.is_admin_ = actor.is_admin || access.levels_.front().is_owned;
  return access;
}

Access Access::Child(Securable child, PrivilegeSet granted) const {
  Access access = *this;
  const bool is_owned = actor_->Is(child.owner_id);
  access.levels_.push_back({std::move(child), granted, is_owned});
  return access;
}

std::vector<Securable> Access::Chain() const {
  std::vector<Securable> chain;
  for (const Level& level : levels_) chain.push_back(level.securable);
  return chain;
}

// Grants on catalogs and schemas reach what is below; those on the metastore do not. ALL PRIVILEGES is expanded here, at the check.
PrivilegeSet Access::Effective(size_t level) const {
  const PrivilegeSet applicable = ApplicableTo(levels_[level].securable.kind);
  if (levels_[level].is_owned || (level == 0 && is_admin_)) return applicable;
  PrivilegeSet granted = 0;
  for (size_t i = level == 0 ? 0 : 1; i <= level; ++i) granted |= levels_[i].granted;
  if ((granted & Privilege("ALL_PRIVILEGES")) != 0) granted |= applicable & ~BeyondAll();
  return granted;
}

bool Access::HoldsAnything() const {
  const size_t level = levels_.size() - 1;
  return levels_[level].is_owned || levels_[level].granted != 0 ||
         (Effective(level) & ApplicableTo(levels_[level].securable.kind)) != 0;
}

bool Access::CanManage() const {
  if (is_admin_) return true;
  for (size_t i = 1; i < levels_.size(); ++i) {
    if (levels_[i].is_owned) return true;
  }
  return (Effective(levels_.size() - 1) & Privilege("MANAGE")) != 0 && RequireUse().has_value();
}

bool Access::IsVisible() const {
  if (levels_.size() == 1 || CanManage()) return true;
  if ((Effective(levels_.size() - 1) & Privilege("BROWSE")) != 0) return true;
  return HoldsAnything() && RequireUse().has_value();
}

bool Access::IsBrowseOnly() const {
  if (CanManage()) return false;
  const PrivilegeSet own = Effective(levels_.size() - 1) & ApplicableTo(Object().kind) & ~Privilege("BROWSE");
  return own == 0 || !RequireUse();
}

Result<> Access::RequireUse() const {
  for (size_t i = 1; i + 1 < levels_.size(); ++i) {
    const Securable& parent = levels_[i].securable;
    const std::string_view use = parent.kind == Kind::kCatalog ? "USE_CATALOG" : parent.kind == Kind::kSchema ? "USE_SCHEMA" : "";
    if (use.empty()) continue;
    if ((Effective(i) & Privilege(use)) == 0) return Failure(PermissionError(use, parent.kind, parent.FullName()));
  }
  return {};
}

Result<> Access::Require(std::string_view privilege) const {
  if (!Has(Privilege(privilege))) {
    if (!IsVisible() && !HoldsAnything()) return Failure(NotFoundError(Object().kind, Object().FullName()));
    return Failure(PermissionError(privilege, Object().kind, Object().FullName()));
  }
  return RequireUse();
}

Result<> Access::RequireManage() const {
  if (CanManage()) return {};
  if (!IsVisible() && !HoldsAnything()) return Failure(NotFoundError(Object().kind, Object().FullName()));
  return Failure(PermissionError("MANAGE", Object().kind, Object().FullName()));
}

Result<> Access::RequireVisible() const {
  if (IsVisible()) return {};
  if (!HoldsAnything()) return Failure(NotFoundError(Object().kind, Object().FullName()));
  return RequireUse();
}

}  // namespace crannog::catalog
