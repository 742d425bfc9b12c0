#include <fmt/format.h>

#include <set>

#include "sql/parser_state.h"

/// SQL scripting: BEGIN … END and what may stand in it. Source: compoundStatement of Spark's grammar and AstBuilder's checks.
namespace crannog::sql {

Statement Parser::CompoundOrStatement() {
  size_t start = pos_;
  if (options_.parse_script_declarations) {
    bool labelled = AtIdentifier() && Kind(1) == T::kColon && Kind(2) == T::kBegin;
    if (labelled || (At(T::kBegin) && Kind(1) != T::kTransaction && !KindIn(1, {T::kEnd}))) {
      bool outer = in_script_;
      in_script_ = true;
      std::string label = labelled ? BeginLabel() : "";
      Statement statement = BeginEnd(std::move(label), start);
      in_script_ = outer;
      return statement;
    }
  }
  return ParseStatementBody();
}

std::string Parser::BeginLabel() {
  size_t at = pos_;
  std::vector<std::string> parts = MultipartIdentifier();
  if (parts.size() > 1) {
    Semantic(ConditionError("INVALID_LABEL_USAGE.QUALIFIED_LABEL_NAME", {{"labelName", fmt::format("`{}`", UpperAscii(fmt::format("{}", fmt::join(parts, "."))))}}), at);
  }
  Expect(T::kColon);
  return LowerAscii(parts.back());
}

void Parser::EndLabel(const std::string& label, size_t start) {
  if (!AtIdentifier() || AtAny({T::kSemicolon})) return;
  size_t at = pos_;
  std::string end_label = LowerAscii(MultipartIdentifier().back());
  if (label.empty()) {
    Semantic(ConditionError("END_LABEL_WITHOUT_BEGIN_LABEL", {{"endLabel", fmt::format("`{}`", end_label)}}), at);
  } else if (label != end_label) {
    Semantic(ConditionError("LABELS_MISMATCH", {{"beginLabel", fmt::format("`{}`", label)}, {"endLabel", fmt::format("`{}`", end_label)}}), at);
  }
  (void)start;
}

Statement Parser::BeginEnd(std::string label, size_t start) {
  Expect(T::kBegin);
  if (AtWords({"NOT", "ATOMIC"})) {
    Advance();
    Advance();
  } else {
    Accept(T::kAtomic);
  }
  BlockPtr body = CompoundBody({T::kEnd_}, true);
  Expect(T::kEnd_);
  EndLabel(label, start);
  Block block = *body;
  block.label = std::move(label);
  return Done(CompoundStatement{std::make_shared<const Block>(std::move(block))}, start);
}

std::optional<HandlerDeclaration> Parser::ParseHandler() {
  size_t start = pos_;
  HandlerDeclaration handler;
  Expect(T::kDeclare);
  if (Accept(T::kContinue)) {
    handler.kind = HandlerKind::kContinue;
  } else {
    Expect(T::kExit);
  }
  Expect(T::kHandler);
  Expect(T::kFor);
  std::set<std::string> seen;
  CommaList([&] {
    size_t at = pos_;
    if (Accept(T::kSqlstate)) {
      Accept(T::kValue);
      std::string state = UpperAscii(StringLiteral());
      if (!seen.insert("'" + state).second) {
        Semantic(ConditionError("INVALID_HANDLER_DECLARATION.DUPLICATE_SQLSTATE_IN_HANDLER_DECLARATION", {{"sqlState", fmt::format("'{}'", state)}}), start);
      }
      handler.sql_states.push_back(std::move(state));
    } else if (Accept(T::kSqlexception)) {
      handler.for_sql_exception = true;
    } else if (At(T::kNot, T::kFound)) {
      Advance();
      Advance();
      handler.for_not_found = true;
    } else {
      std::string condition = UpperAscii(fmt::format("{}", fmt::join(MultipartIdentifier(), ".")));
      if (!seen.insert(condition).second) {
        Semantic(ConditionError("INVALID_HANDLER_DECLARATION.DUPLICATE_CONDITION_IN_HANDLER_DECLARATION", {{"condition", fmt::format("`{}`", condition)}}), start);
      }
      handler.conditions.push_back(std::move(condition));
    }
    (void)at;
  });
  int generic = (handler.for_sql_exception ? 1 : 0) + (handler.for_not_found ? 1 : 0);
  if (generic > 0 && (generic > 1 || !handler.conditions.empty() || !handler.sql_states.empty())) {
    Semantic(ConditionError("INVALID_HANDLER_DECLARATION.INVALID_CONDITION_COMBINATION"), start);
  }
  if (At(T::kBegin)) {
    size_t at = pos_;
    Statement statement = BeginEnd("", at);
    handler.body = std::get<CompoundStatement>(statement.command->node).block;
  } else {
    size_t at = pos_;
    Block block;
    bool handled = false;
    ScriptStatement inner;
    inner.statement = ScriptControl(handled);
    if (!handled) inner.statement = ParseStatementBody();
    inner.origin = From(at);
    block.statements.push_back(std::move(inner));
    handler.body = std::make_shared<const Block>(std::move(block));
  }
  return handler;
}

void Parser::RequireSemicolon() { Expect(T::kSemicolon); }

// Statements each followed by ';' until one of the words in `ends`.
BlockPtr Parser::CompoundBody(std::initializer_list<T> ends, bool allow_declarations) {
  Deeper deeper(*this);
  Block block;
  bool body_began = false, handlers_began = false;
  while (!AtAny(ends)) {
    if (At(T::kEnd)) Fail("END");
    size_t at = pos_;
    if (allow_declarations && At(T::kDeclare)) {
      if (AtIdentifier(1) && Kind(2) == T::kCondition) {
        Advance();
        ConditionDeclaration condition;
        condition.name = UpperAscii(Identifier());
        Expect(T::kCondition);
        condition.sql_state = "45000";
        if (Accept(T::kFor)) {
          Expect(T::kSqlstate);
          Accept(T::kValue);
          condition.sql_state = UpperAscii(StringLiteral());
        }
        if (body_began || handlers_began) {
          Semantic(ConditionError("INVALID_ERROR_CONDITION_DECLARATION.NOT_AT_START_OF_COMPOUND_STATEMENT",
                                  {{"conditionName", fmt::format("`{}`", condition.name)}}), at);
        }
        for (const ConditionDeclaration& other : block.conditions) {
          if (other.name == condition.name) Semantic(ConditionError("DUPLICATE_CONDITION_IN_SCOPE", {{"condition", fmt::format("`{}`", condition.name)}}), at);
        }
        block.conditions.push_back(std::move(condition));
        RequireSemicolon();
        continue;
      }
      if (KindIn(1, {T::kExit, T::kContinue}) && Kind(2) == T::kHandler) {
        handlers_began = true;
        auto handler = ParseHandler();
        if (body_began) Semantic(ConditionError("INVALID_HANDLER_DECLARATION.WRONG_PLACE_OF_DECLARATION"), at);
        block.handlers.push_back(*std::move(handler));
        RequireSemicolon();
        continue;
      }
      if (AtIdentifier(1) && (AtWord("CURSOR", 2) || (AtWord("ASENSITIVE", 2) && AtWord("CURSOR", 3)) || (AtWord("INSENSITIVE", 2) && AtWord("CURSOR", 3)))) {
        Advance();
        CursorDeclaration cursor;
        cursor.name = Identifier();
        cursor.is_asensitive = AcceptWord("ASENSITIVE");
        AcceptWord("INSENSITIVE");
        ExpectWord("CURSOR");
        Expect(T::kFor);
        QueryText query = ParseQueryText();
        cursor.query = std::move(query.query);
        cursor.text = std::move(query.text);
        if (At(T::kFor)) {
          Advance();
          ExpectWord("READ");
          Expect(T::kOnly);
        }
        block.cursors.push_back(std::move(cursor));
        RequireSemicolon();
        continue;
      }
    }
    bool is_declare = At(T::kDeclare);
    ScriptStatement inner;
    bool handled = false;
    inner.statement = ScriptControl(handled);
    if (!handled) inner.statement = ParseStatementBody();
    inner.origin = From(at);
    // Variables may be declared only at the start of a block.
    const auto* declare = inner.statement.command ? inner.statement.command->As<DeclareVariable>() : nullptr;
    if (is_declare && declare != nullptr) {
      if (!allow_declarations) {
        Semantic(ConditionError("INVALID_VARIABLE_DECLARATION.NOT_ALLOWED_IN_SCOPE",
                                {{"varName", fmt::format("`{}`", fmt::join(declare->names[0].parts, "`.`"))}, {"lineNumber", "1"}}), at);
      } else if (body_began || handlers_began) {
        Semantic(ConditionError("INVALID_VARIABLE_DECLARATION.ONLY_AT_BEGINNING",
                                {{"varName", fmt::format("`{}`", fmt::join(declare->names[0].parts, "`.`"))}, {"lineNumber", "1"}}), at);
      } else if (declare->replace) {
        Semantic(ConditionError("INVALID_VARIABLE_DECLARATION.REPLACE_LOCAL_VARIABLE",
                                {{"varName", fmt::format("`{}`", fmt::join(declare->names[0].parts, "`.`"))}, {"lineNumber", "1"}}), at);
      }
    } else {
      body_began = true;
    }
    block.statements.push_back(std::move(inner));
    RequireSemicolon();
  }
  return std::make_shared<const Block>(std::move(block));
}

// Loops, branches and jumps; `handled` is false when it is an ordinary statement.
Statement Parser::ScriptControl(bool& handled) {
  handled = true;
  size_t start = pos_;
  std::string label;
  if (AtIdentifier() && Kind(1) == T::kColon && KindIn(2, {T::kBegin, T::kWhile, T::kRepeat, T::kLoop, T::kFor})) label = BeginLabel();
  switch (Kind()) {
    case T::kBegin: return BeginEnd(std::move(label), start);
    case T::kIf: {
      IfStatement statement;
      Advance();
      for (;;) {
        size_t at = pos_;
        statement.conditions.push_back(ParseExpr());
        statement.condition_texts.push_back(SliceTokens(at, pos_));
        Expect(T::kThen);
        statement.bodies.push_back(CompoundBody({T::kElse, T::kElseif, T::kEnd_}, false));
        if (Accept(T::kElseif)) continue;
        if (At(T::kElse) && Kind(1) == T::kIf) {
          Advance();
          Advance();
          continue;
        }
        break;
      }
      if (Accept(T::kElse)) statement.bodies.push_back(CompoundBody({T::kEnd_}, false));
      Expect(T::kEnd_);
      Expect(T::kIf);
      return Done(std::move(statement), start);
    }
    case T::kCase: {
      CaseStatement statement;
      Advance();
      if (!At(T::kWhen)) statement.operand = ParseExpr();
      while (Accept(T::kWhen)) {
        statement.conditions.push_back(ParseExpr());
        Expect(T::kThen);
        statement.bodies.push_back(CompoundBody({T::kWhen, T::kElse, T::kEnd_}, false));
      }
      if (statement.conditions.empty()) Fail("WHEN");
      if (Accept(T::kElse)) statement.bodies.push_back(CompoundBody({T::kEnd_}, false));
      Expect(T::kEnd_);
      Expect(T::kCase);
      return Done(std::move(statement), start);
    }
    case T::kWhile: {
      WhileStatement statement;
      Advance();
      statement.condition = ParseExpr();
      Expect(T::kDo);
      statement.body = CompoundBody({T::kEnd_}, false);
      Expect(T::kEnd_);
      Expect(T::kWhile);
      EndLabel(label, start);
      statement.label = std::move(label);
      return Done(std::move(statement), start);
    }
    case T::kRepeat: {
      RepeatStatement statement;
      Advance();
      statement.body = CompoundBody({T::kUntil}, false);
      Expect(T::kUntil);
      statement.until = ParseExpr();
      Expect(T::kEnd_);
      Expect(T::kRepeat);
      EndLabel(label, start);
      statement.label = std::move(label);
      return Done(std::move(statement), start);
    }
    case T::kLoop: {
      LoopStatement statement;
      Advance();
      statement.body = CompoundBody({T::kEnd_}, false);
      Expect(T::kEnd_);
      Expect(T::kLoop);
      EndLabel(label, start);
      statement.label = std::move(label);
      return Done(std::move(statement), start);
    }
    case T::kFor: {
      ForStatement statement;
      Advance();
      if (AtIdentifier() && Kind(1) == T::kAs && AtQuery(2)) {
        statement.variable = MultipartIdentifier().back();
        Expect(T::kAs);
      }
      QueryText query = ParseQueryText();
      statement.query = std::move(query.query);
      statement.query_text = std::move(query.text);
      Expect(T::kDo);
      statement.body = CompoundBody({T::kEnd_}, false);
      Expect(T::kEnd_);
      Expect(T::kFor);
      EndLabel(label, start);
      statement.label = std::move(label);
      return Done(std::move(statement), start);
    }
    case T::kLeave: Advance(); return Done(LeaveStatement{LowerAscii(MultipartIdentifier().back())}, start);
    case T::kIterate: Advance(); return Done(IterateStatement{LowerAscii(MultipartIdentifier().back())}, start);
    default: break;
  }
  handled = false;
  return {};
}

}  // namespace crannog::sql
