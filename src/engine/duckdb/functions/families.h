#pragma once

/// The families of kernels, one file each beside this header. A new family: write functions/<family>.cc with a Register… function, declare it
/// here, call it in families.cc.
namespace crannog::engine::duck {

class KernelRegistry;

void RegisterFamilies(KernelRegistry& registry);

void RegisterLogic(KernelRegistry& registry);
void RegisterComparison(KernelRegistry& registry);
void RegisterArithmetic(KernelRegistry& registry);
void RegisterAggregates(KernelRegistry& registry);
void RegisterHigherOrder(KernelRegistry& registry);

void RegisterDatetime(KernelRegistry& registry);
void RegisterRegex(KernelRegistry& registry);
void RegisterHash(KernelRegistry& registry);
void RegisterConversion(KernelRegistry& registry);
void RegisterText(KernelRegistry& registry);
void RegisterArray(KernelRegistry& registry);
void RegisterMap(KernelRegistry& registry);
void RegisterLambda(KernelRegistry& registry);
void RegisterJson(KernelRegistry& registry);
void RegisterMath(KernelRegistry& registry);
void RegisterMisc(KernelRegistry& registry);
void RegisterVariant(KernelRegistry& registry);
void RegisterXml(KernelRegistry& registry);
void WrapCollations(KernelRegistry& registry);

}  // namespace crannog::engine::duck
