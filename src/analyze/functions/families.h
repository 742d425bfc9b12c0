#pragma once

#include <span>

#include "analyze/function_registry.h"

/// The families of builtin functions; each in functions/<family>.cc.
namespace crannog::analyze {

std::span<const FunctionEntry> OperatorFunctions();
std::span<const FunctionEntry> MathFunctions();
std::span<const FunctionEntry> StringFunctions();
std::span<const FunctionEntry> DatetimeFunctions();
std::span<const FunctionEntry> CollectionFunctions();
std::span<const FunctionEntry> LambdaFunctions();
std::span<const FunctionEntry> MapStructFunctions();
std::span<const FunctionEntry> JsonCsvXmlFunctions();
std::span<const FunctionEntry> ConditionalFunctions();
std::span<const FunctionEntry> ConversionFunctions();
std::span<const FunctionEntry> HashBitwiseFunctions();
std::span<const FunctionEntry> MiscFunctions();
std::span<const FunctionEntry> VariantFunctions();
std::span<const FunctionEntry> AggregateFunctions();
std::span<const FunctionEntry> WindowFunctions();
std::span<const FunctionEntry> GeneratorFunctions();
std::span<const FunctionEntry> SketchFunctions();

}  // namespace crannog::analyze
