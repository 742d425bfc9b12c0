#include "engine/duckdb/kernel_registry.h"

#include <algorithm>

#include "base/check.h"
#include "engine/duckdb/functions/families.h"

namespace crannog::engine::duck {
namespace {

std::string FindSetting(const std::map<std::string, std::string>& settings, const std::string& key) {
  auto found = settings.find(key);
  return found == settings.end() ? "" : found->second;
}

const plan::Literal* FindConstant(const std::vector<plan::ResolvedExpressionPtr>& resolved, size_t i) {
  return i < resolved.size() ? resolved[i]->As<plan::Literal>() : nullptr;
}

}  // namespace

std::string KernelCall::Setting(const std::string& key) const { return FindSetting(settings, key); }
const plan::Literal* KernelCall::Constant(size_t i) const { return FindConstant(resolved, i); }
std::string AggregateCall::Setting(const std::string& key) const { return FindSetting(settings, key); }
const plan::Literal* AggregateCall::Constant(size_t i) const { return FindConstant(resolved, i); }

std::string_view KernelCall::ModeName() const {
  switch (mode) {
    case plan::EvalMode::kAnsi: return "ansi";
    case plan::EvalMode::kLegacy: return "legacy";
    case plan::EvalMode::kTry: return "try";
  }
  return "";
}

KernelRegistry::KernelRegistry() { RegisterFamilies(*this); }

void KernelRegistry::Add(std::initializer_list<std::string_view> names, KernelBinder binder) {
  for (std::string_view name : names) kernels_[std::string(name)] = binder;
}

void KernelRegistry::AddAggregate(std::initializer_list<std::string_view> names, AggregateBinder binder) {
  for (std::string_view name : names) aggregates_[std::string(name)] = binder;
}

const KernelBinder* KernelRegistry::Find(std::string_view name) const {
  auto found = kernels_.find(std::string(name));
  return found == kernels_.end() ? nullptr : &found->second;
}

const AggregateBinder* KernelRegistry::FindAggregate(std::string_view name) const {
  auto found = aggregates_.find(std::string(name));
  return found == aggregates_.end() ? nullptr : &found->second;
}

std::vector<std::string> KernelRegistry::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, binder] : kernels_) names.push_back(name);
  for (const auto& [name, binder] : aggregates_) names.push_back(name + " (aggregate)");
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace crannog::engine::duck
