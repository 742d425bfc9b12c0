#include <fmt/format.h>

#include "sql/parser_state.h"

/// CREATE FUNCTION with a SQL body, a Python body or a class.
namespace crannog::sql {

RoutineParameter Parser::ParseRoutineParameter() {
  size_t start = pos_;
  RoutineParameter parameter;
  parameter.name = ErrorCapturingIdentifier();
  parameter.type = ParseType();
  for (;;) {
    if (AtAny({T::kNot}) && Kind(1) == T::kNull) {
      size_t at = pos_;
      Advance();
      Advance();
      SqlSyntax("CREATE_FUNC_WITH_COLUMN_CONSTRAINTS", {}, at);
    } else if (Accept(T::kDefault)) {
      parameter.default_value = ParseExpressionText();
    } else if (Accept(T::kComment)) {
      parameter.comment = StringLiteral();
    } else if (Accept(T::kCollate)) {
      parameter.type = DataType::String(CollationName());
    } else {
      break;
    }
  }
  parameter.origin = From(start);
  return parameter;
}

Statement Parser::CreateFunctionStatement(size_t start, IfExists mode, bool temporary) {
  CreateFunction create;
  create.is_temporary = temporary;
  create.if_not_exists = IfNotExists();
  create.if_exists = mode == IfExists::kReplace ? mode : create.if_not_exists ? IfExists::kIgnore : IfExists::kFail;
  create.name = ParseName();
  bool is_sql = At(T::kLeftParen);
  if (is_sql) {
    Advance();
    if (!At(T::kRightParen)) CommaList([&] { create.parameters.push_back(ParseRoutineParameter()); });
    Expect(T::kRightParen);
    if (Accept(T::kReturns)) {
      if (At(T::kTable) && (Kind(1) == T::kLeftParen || KindIn(1, {T::kReturn, T::kLanguage, T::kComment}))) {
        Advance();
        create.is_table_function = true;
        if (Accept(T::kLeftParen)) {
          CommaList([&] { create.return_columns.push_back(ParseRoutineParameter()); });
          Expect(T::kRightParen);
        }
      } else {
        create.return_type = ParseType();
      }
    }
    for (;;) {
      if (Accept(T::kLanguage)) {
        create.language = UpperAscii(Text());
        Advance();
      } else if (Accept(T::kSpecific)) {
        ErrorCapturingIdentifier();
      } else if (Accept(T::kDeterministic)) {
        create.is_deterministic = true;
      } else if (At(T::kNot, T::kDeterministic)) {
        Advance();
        Advance();
        create.is_deterministic = false;
      } else if (At(T::kContains, T::kSql)) {
        Advance();
        Advance();
        create.contains_sql = true;
      } else if (At(T::kNo, T::kSql)) {
        Advance();
        Advance();
        create.contains_sql = false;
      } else if (AtAny({T::kReads, T::kModifies}) && Kind(1) == T::kSql) {
        create.reads_sql_data = At(T::kReads);
        Advance();
        Advance();
        Expect(T::kData);
      } else if (At(T::kReturns, T::kNull) || At(T::kCalled, T::kOn)) {
        create.returns_null_on_null_input = At(T::kReturns);
        Advance();
        if (Accept(T::kNull)) Expect(T::kOn);
        else Expect(T::kOn);
        Expect(T::kNull);
        Expect(T::kInput);
      } else if (Accept(T::kComment)) {
        create.comment = StringLiteral();
      } else if (At(T::kSql, T::kSecurity)) {
        Advance();
        Advance();
        if (!Accept(T::kInvoker)) Expect(T::kDefiner);
      } else if (At(T::kDefault, T::kCollation)) {
        Advance();
        Advance();
        create.default_collation = CollationName();
      } else if (At(T::kHandler) && AtString(1)) {
        Advance();
        create.handler = StringLiteral();
      } else if (AtWord("ENVIRONMENT") && Kind(1) == T::kLeftParen) {
        size_t at = pos_ + 1;
        Advance();
        int depth = 0;
        do {
          if (At(T::kEnd)) Fail("')'");
          if (At(T::kLeftParen)) ++depth;
          if (At(T::kRightParen)) --depth;
          Advance();
        } while (depth > 0);
        create.environment = SliceTokens(at, pos_);
      } else {
        break;
      }
    }
    if (Accept(T::kReturn)) {
      bool is_query = false;
      if (AtQuery() && !At(T::kLeftParen)) {
        is_query = Try([&] {
          create.body_query = ParseQueryText();
          if (!AtAny({T::kEnd, T::kSemicolon})) Fail("the end of the statement");
        });
      } else if (AtQuery()) {
        // ( query ) as a whole is the body of a table function, else a scalar subquery.
        is_query = create.is_table_function && Try([&] {
          create.body_query = ParseQueryText();
          if (!AtAny({T::kEnd, T::kSemicolon})) Fail("the end of the statement");
        });
      }
      if (!is_query) {
        create.body_query.reset();
        create.body_expression = ParseExpressionText();
      }
    } else if (Accept(T::kAs)) {
      create.body_text = StringLiteral();
    } else {
      Fail("RETURN or AS");
    }
  } else {
    Expect(T::kAs);
    create.class_name = StringLiteral();
    if (Accept(T::kUsing)) {
      CommaList([&] {
        size_t at = pos_;
        std::string kind = LowerAscii(Identifier());
        std::string path = StringLiteral();
        if (kind != "jar" && kind != "file" && kind != "archive") LegacyOperationNotAllowed(fmt::format("CREATE FUNCTION with resource type '{}'", kind), at);
        create.resources.emplace_back(std::move(kind), std::move(path));
      });
    }
  }
  const std::vector<std::string>& parts = create.name.parts;
  if (temporary && create.if_not_exists) {
    SqlSyntax("CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS", {}, start);
  } else if (mode == IfExists::kReplace && create.if_not_exists) {
    SqlSyntax("CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE", {}, start);
  } else if (temporary && parts.size() == 2) {
    SqlSyntax("CREATE_TEMP_FUNC_WITH_DATABASE", {{"database", fmt::format("`{}`", parts[0])}}, start);
  } else if (temporary && parts.size() > 2) {
    SqlSyntax("MULTI_PART_NAME", {{"statement", "CREATE TEMPORARY FUNCTION"}, {"name", fmt::format("`{}`", fmt::join(parts, "`.`"))}}, start);
  }
  return Done(std::move(create), start);
}

}  // namespace crannog::sql
