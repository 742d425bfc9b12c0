#pragma once

#include "plan/commands/sessions.h"

/// SQL scripting. Source: Spark 4.1 SQL scripting.
namespace crannog::plan {

struct Block;
using BlockPtr = std::shared_ptr<const Block>;

/// One statement of a block; its text is the slice of the script that it stands in.
struct ScriptStatement {
  Statement statement;
  Origin origin;
};

/// DECLARE name CONDITION [FOR SQLSTATE 'xxxxx'].
struct ConditionDeclaration { std::string name; std::string sql_state; };

enum class HandlerKind : uint8_t { kExit, kContinue };
/// DECLARE EXIT | CONTINUE HANDLER FOR conditions statement.
struct HandlerDeclaration {
  HandlerKind kind = HandlerKind::kExit;
  std::vector<std::string> conditions;   ///< names
  std::vector<std::string> sql_states;
  bool for_sql_exception = false;
  bool for_not_found = false;
  BlockPtr body;
};

/// DECLARE name CURSOR FOR query.
struct CursorDeclaration { std::string name; RelationPtr query; std::string text; bool is_asensitive = false; };

/// [label:] BEGIN [NOT ATOMIC] … END [label].
struct Block {
  std::string label;                     ///< "" when none was written
  std::vector<ConditionDeclaration> conditions;
  std::vector<HandlerDeclaration> handlers;
  std::vector<CursorDeclaration> cursors;
  std::vector<ScriptStatement> statements;
};

struct CompoundStatement { BlockPtr block; };
/// IF c THEN … ELSEIF c THEN … ELSE …: one body more than conditions when there is an ELSE.
struct IfStatement { std::vector<ExpressionPtr> conditions; std::vector<std::string> condition_texts; std::vector<BlockPtr> bodies; };
/// CASE [operand] WHEN … THEN … ELSE … END CASE.
struct CaseStatement { ExpressionPtr operand; std::vector<ExpressionPtr> conditions; std::vector<BlockPtr> bodies; };
struct WhileStatement { std::string label; ExpressionPtr condition; BlockPtr body; };
struct RepeatStatement { std::string label; ExpressionPtr until; BlockPtr body; };
struct LoopStatement { std::string label; BlockPtr body; };
struct ForStatement { std::string label; std::string variable; RelationPtr query; std::string query_text; BlockPtr body; };
struct LeaveStatement { std::string label; };
struct IterateStatement { std::string label; };
/// SIGNAL condition | SQLSTATE 'xxxxx' [SET MESSAGE_TEXT = …, MESSAGE_ARGUMENTS = …]; RESIGNAL has no condition.
struct SignalStatement {
  bool is_resignal = false;
  std::string condition, sql_state;
  ExpressionPtr message_text, message_arguments;
};
struct OpenCursor { std::string name; std::vector<ExpressionPtr> arguments; };
struct FetchCursor { std::string name; std::vector<Name> into; };
struct CloseCursor { std::string name; };
/// GET DIAGNOSTICS CONDITION 1 variable = item, ….
struct GetDiagnostics { std::vector<std::pair<Name, std::string>> items; };

}  // namespace crannog::plan
