#include "engine/duckdb/functions/families.h"

namespace crannog::engine::duck {

void RegisterFamilies(KernelRegistry& registry) {
  RegisterLogic(registry);
  RegisterComparison(registry);
  RegisterArithmetic(registry);
  RegisterAggregates(registry);
  RegisterHigherOrder(registry);
  RegisterDatetime(registry);
  RegisterRegex(registry);
  RegisterHash(registry);
  RegisterConversion(registry);
  RegisterText(registry);
  RegisterArray(registry);
  RegisterMap(registry);
  RegisterLambda(registry);
  RegisterJson(registry);
  RegisterMath(registry);
  RegisterMisc(registry);
  RegisterVariant(registry);
  RegisterXml(registry);
  WrapCollations(registry);  // last: it wraps what the others bound
}

}  // namespace crannog::engine::duck
