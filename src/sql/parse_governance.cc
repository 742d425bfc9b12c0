#include <fmt/format.h>

#include "sql/parser_state.h"

/// GRANT, REVOKE, DENY, shares and recipients. Source: reference/governance.md.
namespace crannog::sql {

std::string Parser::Principal() {
  if (AtString()) return StringLiteral();
  if (AtAny({T::kUser}) && (AtIdentifier(1) || AtString(1)) && !KindIn(1, {T::kOn})) Advance();
  if (AtWord("GROUP") && AtIdentifier(1)) Advance();
  // account.users@example.com without quotes is several tokens; only plain names go without.
  return ErrorCapturingIdentifier();
}

// The kind after ON; a bare name is a table.
ObjectKind Parser::SecurableKind() {
  if (AtIdentifier() && KindIn(1, {T::kTo, T::kFrom, T::kDot, T::kEnd, T::kSemicolon}) && !AtWord("METASTORE")) return ObjectKind::kTable;
  if (auto kind = AcceptObjectKind()) return *kind;
  return ObjectKind::kTable;
}

Statement Parser::GrantStatement() {
  size_t start = pos_;
  Grant grant;
  grant.action = At(T::kGrant) ? GrantAction::kGrant : At(T::kRevoke) ? GrantAction::kRevoke : GrantAction::kDeny;
  Advance();
  if (At(T::kRole)) return UnsupportedWords(2, start);
  CommaList([&] {
    std::string privilege;
    while (!AtAny({T::kOn, T::kComma, T::kEnd, T::kSemicolon, T::kTo, T::kFrom})) {
      if (!IsKeyword(Kind()) && !AtIdentifier()) Fail("a privilege");
      if (!privilege.empty()) privilege += " ";
      privilege += UpperAscii(At(T::kBackquoted) ? IdentifierText(pos_) : std::string(Text()));
      Advance();
    }
    if (privilege.empty()) Fail("a privilege");
    if (privilege == "ALL") privilege = "ALL PRIVILEGES";
    grant.privileges.push_back(std::move(privilege));
  });
  Expect(T::kOn);
  grant.kind = SecurableKind();
  bool unnamed = grant.kind == ObjectKind::kMetastore || grant.kind == ObjectKind::kAnyFile || grant.kind == ObjectKind::kAnonymousFunction;
  if (!unnamed) grant.name = ParseName();
  if (grant.action == GrantAction::kRevoke) {
    if (!Accept(T::kFrom)) Expect(T::kTo);
  } else {
    Expect(T::kTo);
  }
  if (AtWord("RECIPIENT") && AtIdentifier(1)) {
    Advance();
    grant.is_share_to_recipient = true;
  }
  grant.principal = Principal();
  return Done(std::move(grant), start);
}

// CREATE | ALTER SHARE, CREATE RECIPIENT
Statement Parser::ShareStatement(size_t start, bool create) {
  if (create && AcceptWord("RECIPIENT")) {
    CreateRecipient recipient;
    recipient.if_not_exists = IfNotExists();
    recipient.name = ParseName();
    for (;;) {
      if (Accept(T::kUsing)) {
        ExpectWord("ID");
        recipient.sharing_id = StringLiteral();
      } else if (Accept(T::kComment)) {
        recipient.comment = StringLiteral();
      } else if (Accept(T::kProperties)) {
        recipient.properties = PropertyList();
      } else {
        break;
      }
    }
    return Done(std::move(recipient), start);
  }
  ExpectWord("SHARE");
  if (create) {
    CreateShare share;
    share.if_not_exists = IfNotExists();
    share.name = ParseName();
    if (Accept(T::kComment)) share.comment = StringLiteral();
    return Done(std::move(share), start);
  }
  Name name = ParseName();
  if (auto statement = CommonAlter(ObjectKind::kShare, name, start)) return *std::move(statement);
  AlterShare alter;
  alter.share = std::move(name);
  if (Accept(T::kAdd)) alter.change = ShareChange::kAdd;
  else if (AcceptWord("REMOVE")) alter.change = ShareChange::kRemove;
  else if (Accept(T::kUpdate)) alter.change = ShareChange::kUpdate;
  else Fail("ADD, REMOVE or UPDATE");
  auto kind = AcceptObjectKind();
  if (!kind) {
    if (AcceptWord("FILE") || AcceptWord("NOTEBOOK")) Fail("TABLE, SCHEMA, VIEW, VOLUME or MODEL");
    kind = ObjectKind::kTable;
  }
  alter.kind = *kind;
  alter.object = ParseName();
  for (;;) {
    if (Accept(T::kComment)) {
      alter.comment = StringLiteral();
    } else if (At(T::kPartition, T::kLeftParen)) {
      Advance();
      CommaList([&] {
        Expect(T::kLeftParen);
        std::vector<std::pair<std::string, ExpressionPtr>> partition;
        CommaList([&] {
          std::string column = Identifier();
          if (!Accept(T::kEq)) Expect(T::kLike);
          ExpressionPtr value = ValueExpression();
          partition.emplace_back(std::move(column), std::move(value));
        });
        Expect(T::kRightParen);
        alter.partitions.push_back(std::move(partition));
      });
    } else if (Accept(T::kAs)) {
      alter.alias = ParseName();
    } else if (AtWords({"WITH", "HISTORY"})) {
      Advance();
      Advance();
      alter.with_history = true;
    } else if (AtWords({"WITHOUT", "HISTORY"})) {
      Advance();
      Advance();
      alter.with_history = false;
    } else if (AtWords({"WITH", "CHANGE", "DATA", "FEED"})) {
      pos_ += 4;
      alter.with_change_data_feed = true;
      if (AtWords({"START", "VERSION"})) {
        Advance();
        Advance();
        alter.start_version = IntegerValue();
      }
    } else if (At(T::kStart, T::kVersion)) {
      Advance();
      Advance();
      alter.start_version = IntegerValue();
    } else {
      break;
    }
  }
  return Done(std::move(alter), start);
}

}  // namespace crannog::sql
