#pragma once

#include <string>

#include "base/error.h"
#include "plan/expression.h"

namespace duckdb {
class ErrorData;
}

/// How failures travel through DuckDB: an Error is packed into the text of a DuckDB exception and unpacked at the engine's edge.
namespace crannog::engine::duck {

/// Throws the error through DuckDB's frames; `origin` names the piece of the statement it speaks of. From kernels, lowering and operators.
[[noreturn]] void Raise(Error error, plan::Origin origin = {});

/// Raise(ConditionError(condition, parameters), origin).
[[noreturn]] void RaiseCondition(std::string_view condition, std::map<std::string, std::string> parameters, plan::Origin origin = {});

/// Gives what was raised, with query context cut out of `sql_text`. DuckDB's own failures become Spark's conditions or INTERNAL_ERROR; their
/// text never gets out.
Error TakeError(const duckdb::ErrorData& error, const std::string& sql_text);
/// The same for a caught exception.
Error TakeError(const std::exception& exception, const std::string& sql_text);

}  // namespace crannog::engine::duck
