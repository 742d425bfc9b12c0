#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// What fits nowhere else: session facts, errors, encryption. Source: Spark 4.1 misc.scala.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::Literal;
using plan::TypeKind;

std::vector<TextPtr> Texts(const CallSite& site) {
  std::vector<TextPtr> texts;
  for (const Bound& argument : site.arguments) texts.push_back(argument.text);
  return texts;
}

// Facts of the session are constants of the statement.
Result<Bound> SessionFact(CallSite& site) {
  const std::string_view name = site.entry.names.substr(0, site.entry.names.find(' '));
  const auto& context = site.resolver.context();
  std::string value;
  if (name == "current_user") value = context.user;
  if (name == "current_catalog") value = context.current_schema.catalog;
  if (name == "current_schema") value = context.current_schema.schema;
  if (name == "current_timezone") value = site.resolver.zone();
  if (name == "current_path") value = "system.builtin,system.session," + context.current_schema.catalog + "." + context.current_schema.schema;
  if (name == "version") value = "4.1.1 c0690c763bafabd08e7079d1137fa0a769a05bae";
  Bound bound = site.resolver.LiteralBound(Literal::String(value), site.origin);
  bound.text = CallText(site.name, {});
  return bound;
}

Result<Bound> TypeOf(CallSite& site) {
  Bound bound = site.resolver.LiteralBound(Literal::String(site.arguments[0].type().CatalogString()), site.origin);
  bound.text = CallText("typeof", Texts(site));
  return bound;
}

Result<Bound> AssertTrue(CallSite& site) {
  if (site.arguments.size() == 1) {
    Bound message = site.resolver.LiteralBound(Literal::String("'" + site.arguments[0].text->Pretty() + "' is not true!"));
    site.arguments.push_back(message);
  }
  const TextPtr text = CallText("assert_true", Texts(site));
  auto condition = ImplicitCastType(site.arguments[0].type(), *ParseTypeSpec("boolean"), site.resolver.is_ansi());
  if (!condition) return site.resolver.UnexpectedType(text, 0, "\"BOOLEAN\"", site.arguments[0], site.origin);
  site.arguments[0] = site.resolver.Cast(site.arguments[0], *condition);
  return site.resolver.Call("assert_true", site.arguments, DataType::Null(), true, text, site.origin);
}

Result<Bound> RaiseError(CallSite& site) {
  const TextPtr text = CallText("raise_error", Texts(site));
  return site.resolver.Call("raise_error", site.arguments, DataType::Null(), true, text, site.origin);
}

constexpr FunctionEntry kEntries[] = {
    {.names = "current_user user* session_user*", .build = SessionFact},
    {.names = "current_catalog", .build = SessionFact},
    {.names = "current_schema current_database", .build = SessionFact},
    {.names = "current_timezone", .build = SessionFact},
    {.names = "current_path", .build = SessionFact},
    {.names = "version", .build = SessionFact},
    {.names = "typeof", .args = "expr:any", .build = TypeOf},
    {.names = "assert_true", .args = "expr:any,message:string?", .flags = kNotFoldable, .build = AssertTrue},
    {.names = "raise_error", .args = "expr:string,params:map<string,string>?", .flags = kNotFoldable, .build = RaiseError},
    {.names = "uuid", .args = "seed:integral?", .result = "string", .nulls = NullRule::kNever, .flags = kRandom},
    {.names = "monotonically_increasing_id", .result = "bigint", .nulls = NullRule::kNever, .flags = kRandom},
    {.names = "spark_partition_id", .result = "int", .nulls = NullRule::kNever, .flags = kRandom},
    {.names = "input_file_name", .result = "string", .nulls = NullRule::kNever, .flags = kRandom},
    {.names = "input_file_block_length", .result = "bigint", .nulls = NullRule::kNever, .flags = kRandom},
    {.names = "input_file_block_start", .result = "bigint", .nulls = NullRule::kNever, .flags = kRandom},
    {.names = "java_method reflect*", .args = "class:any,method:any,arg:any...", .result = "string", .nulls = NullRule::kAlways, .flags = kNotFoldable},
    {.names = "try_reflect", .args = "class:any,method:any,arg:any...", .result = "string", .nulls = NullRule::kAlways, .flags = kNotFoldable},
    {.names = "aes_encrypt", .args = "expr:binary,key:binary,mode:string?='GCM',padding:string?='DEFAULT',iv:binary?='',aad:binary?=''", .result = "binary", .nulls = NullRule::kAlways},
    {.names = "aes_decrypt", .args = "expr:binary,key:binary,mode:string?='GCM',padding:string?='DEFAULT',aad:binary?=''", .result = "binary", .nulls = NullRule::kAlways},
    {.names = "try_aes_decrypt", .args = "expr:binary,key:binary,mode:string?='GCM',padding:string?='DEFAULT',aad:binary?=''", .result = "binary", .nulls = NullRule::kAlways, .flags = kTry, .kernel = "aes_decrypt"},
    {.names = "equal_null", .args = "left:any,right:any", .kernel = "equal_null_safe", .build = [](CallSite& site) -> Result<Bound> {
       const TextPtr text = CallText("equal_null", Texts(site));
       TRY(Bound equal, site.resolver.CallBuiltin("<=>", site.arguments, site.origin));
       equal.text = text;
       return equal;
     }},
};

}  // namespace

std::span<const FunctionEntry> MiscFunctions() { return kEntries; }

}  // namespace crannog::analyze
