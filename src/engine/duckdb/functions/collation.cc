#include "engine/functions/collation.h"

#include "engine/duckdb/functions/kit.h"

/// What collated strings change: comparisons go by collation keys, searching by the collation's matches. Wraps the binders of other families.
namespace crannog::engine::duck {
namespace {

using duckdb::string_t;
using Shared = std::shared_ptr<const fn::Collation>;

// The collation of argument i, or null for UTF8_BINARY and other types.
Shared CollationOf(const KernelCall& call, size_t i) {
  if (i >= call.resolved.size()) return nullptr;
  const plan::DataType& type = call.ArgumentType(i);
  if (!type.Is(TypeKind::kString) || type.collation().empty()) return nullptr;
  auto found = fn::Collation::Find(type.collation());
  if (!found) Raise(found.error(), call.origin);
  return (*found)->is_binary() ? nullptr : *found;
}

ExprPtr KeyOf(PlanBuilder& builder, const Shared& collation, const std::string& name, ExprPtr text) {
  Kernel kernel;
  kernel.name = "collation_key/" + name;
  kernel.result = duckdb::LogicalType::BLOB;
  kernel.function = RowKernel<string_t, string_t>([collation](KernelContext& c, string_t text) { return c.String(collation->Key(View(text))); });
  kernel.fallibility = Fallibility::kNever;
  ExprList arguments;
  arguments.push_back(std::move(text));
  return builder.Call(std::move(kernel), std::move(arguments));
}

// Compares keys in place of texts.
KernelBinder ByKeys(KernelBinder plain) {
  return [plain](KernelCall& call, PlanBuilder& builder) {
    if (const Shared collation = CollationOf(call, 0)) {
      const std::string name = call.ArgumentType(0).collation();
      for (auto& argument : call.arguments) argument = KeyOf(builder, collation, name, std::move(argument));
    }
    return plain(call, builder);
  };
}

size_t CharacterCount(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}
size_t OffsetOf(std::string_view text, int64_t characters) {
  size_t at = 0;
  while (characters > 0 && at < text.size()) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    --characters;
  }
  return at;
}

int32_t Locate(const fn::Collation& collation, std::string_view part, std::string_view text, int32_t position) {
  if (position < 1) return 0;
  if (part.empty()) return 1;
  const size_t from = OffsetOf(text, position - 1);
  const auto match = collation.Search(text, part, from);
  return match ? static_cast<int32_t>(CharacterCount(text.substr(0, match->begin))) + 1 : 0;
}

ExprPtr BindSearch(KernelCall& call, PlanBuilder& builder, const Shared& c) {
  const std::string& f = call.function;
  if (f == "contains") {
    return BindRows<bool, string_t, string_t>(call, builder, [c](KernelContext&, string_t text, string_t part) { return c->Search(View(text), View(part), 0).has_value(); });
  }
  if (f == "startswith") return BindRows<bool, string_t, string_t>(call, builder, [c](KernelContext&, string_t text, string_t part) { return c->StartsWith(View(text), View(part)); });
  if (f == "endswith") return BindRows<bool, string_t, string_t>(call, builder, [c](KernelContext&, string_t text, string_t part) { return c->EndsWith(View(text), View(part)); });
  if (f == "instr") return BindRows<int32_t, string_t, string_t>(call, builder, [c](KernelContext&, string_t text, string_t part) { return Locate(*c, View(part), View(text), 1); });
  if (f == "locate" || f == "position") {
    if (call.arguments.size() == 2) return BindRows<int32_t, string_t, string_t>(call, builder, [c](KernelContext&, string_t part, string_t text) { return Locate(*c, View(part), View(text), 1); });
    return BindRows<int32_t, string_t, string_t, int32_t>(call, builder,
                                                          [c](KernelContext&, string_t part, string_t text, int32_t at) { return Locate(*c, View(part), View(text), at); });
  }
  if (f == "replace") {
    return BindRows<string_t, string_t, string_t, string_t>(call, builder, [c](KernelContext& context, string_t given, string_t part, string_t with) {
      const std::string_view text = View(given);
      std::string out;
      size_t copied = 0;
      for (const auto& match : c->SearchAll(text, View(part))) {
        out += text.substr(copied, match.begin - copied);
        out += View(with);
        copied = match.end;
      }
      out += text.substr(copied);
      return context.String(out);
    });
  }
  if (f == "find_in_set") {
    return BindRows<int32_t, string_t, string_t>(call, builder, [c](KernelContext&, string_t word, string_t set) {
      if (View(word).find(',') != std::string_view::npos) return 0;
      std::string_view rest = View(set);
      for (int32_t index = 1;; ++index) {
        const size_t comma = rest.find(',');
        if (c->Equal(rest.substr(0, comma), View(word))) return index;
        if (comma == std::string_view::npos) return 0;
        rest.remove_prefix(comma + 1);
      }
    });
  }
  if (f == "substring_index") {
    return BindRows<string_t, string_t, string_t, int32_t>(call, builder, [c](KernelContext& context, string_t given, string_t part, int32_t count) {
      const std::string_view text = View(given);
      if (count == 0 || part.GetSize() == 0) return string_t("", 0);
      const auto all = c->SearchAll(text, View(part));
      const auto size = static_cast<int64_t>(all.size());
      if (count > 0) return count > size ? context.String(text) : context.String(text.substr(0, all[static_cast<size_t>(count - 1)].begin));
      return -static_cast<int64_t>(count) > size ? context.String(text) : context.String(text.substr(all[static_cast<size_t>(size + count)].end));
    });
  }
  // split_part
  return BindRows<string_t, string_t, string_t, int32_t>(call, builder, [c](KernelContext& context, string_t given, string_t by, int32_t part) {
    if (part == 0) context.Fail("INVALID_INDEX_OF_ZERO", {});
    const std::string_view text = View(given);
    std::vector<std::string_view> pieces;
    size_t at = 0;
    for (const auto& match : c->SearchAll(text, View(by))) {
      pieces.push_back(text.substr(at, match.begin - at));
      at = match.end;
    }
    pieces.push_back(text.substr(at));
    const auto size = static_cast<int64_t>(pieces.size());
    const int64_t index = part > 0 ? part - 1 : size + part;
    return index < 0 || index >= size ? string_t("", 0) : context.String(pieces[static_cast<size_t>(index)]);
  });
}

KernelBinder BySearch(KernelBinder plain) {
  return [plain](KernelCall& call, PlanBuilder& builder) {
    if (const Shared collation = CollationOf(call, 0)) return BindSearch(call, builder, collation);
    return plain(call, builder);
  };
}

// LIKE under UTF8_LCASE compares lower case.
KernelBinder ByLowerCase(KernelBinder plain) {
  return [plain](KernelCall& call, PlanBuilder& builder) {
    if (CollationOf(call, 0)) {
      for (size_t i = 0; i < call.arguments.size() && i < 2; ++i) {
        Kernel kernel;
        kernel.name = "lower_by_character";
        kernel.result = duckdb::LogicalType::VARCHAR;
        kernel.function = RowKernel<string_t, string_t>([](KernelContext& c, string_t text) { return c.String(fn::LowerByCharacter(View(text))); });
        kernel.fallibility = Fallibility::kNever;
        ExprList arguments;
        arguments.push_back(std::move(call.arguments[i]));
        call.arguments[i] = builder.Call(std::move(kernel), std::move(arguments));
      }
    }
    return plain(call, builder);
  };
}

// Regular expressions under UTF8_LCASE ignore case: a constant pattern says so itself.
KernelBinder IgnoringCase(KernelBinder plain) {
  return [plain](KernelCall& call, PlanBuilder& builder) {
    const auto pattern = ConstantText(call, 1);
    if (!CollationOf(call, 0) || !pattern) return plain(call, builder);
    std::vector<plan::ResolvedExpressionPtr> resolved = call.resolved;
    resolved[1] = plan::MakeResolved(plan::Literal::String("(?i)" + *pattern), plan::DataType::String(), false);
    KernelCall changed{.function = call.function, .mode = call.mode, .settings = call.settings, .resolved = resolved, .arguments = std::move(call.arguments),
                       .type = call.type, .nullable = call.nullable, .origin = call.origin, .lambda = call.lambda};
    changed.arguments[1] = PlanBuilder::Constant(duckdb::Value("(?i)" + *pattern));
    return plain(changed, builder);
  };
}

}  // namespace

void WrapCollations(KernelRegistry& registry) {
  const auto wrap = [&](std::initializer_list<std::string_view> names, KernelBinder (*wrapper)(KernelBinder)) {
    for (std::string_view name : names) {
      if (const KernelBinder* known = registry.Find(name)) registry.Add({name}, wrapper(*known));
    }
  };
  wrap({"equal", "equal_null_safe", "not_equal", "less", "less_equal", "greater", "greater_equal", "in"}, ByKeys);
  wrap({"contains", "startswith", "endswith", "instr", "locate", "position", "replace", "find_in_set", "substring_index", "split_part"}, BySearch);
  wrap({"like"}, ByLowerCase);
  wrap({"rlike", "regexp_replace", "regexp_extract", "regexp_extract_all", "regexp_count", "regexp_instr", "regexp_substr", "split"}, IgnoringCase);
  registry.Add({"collation_key"}, [](KernelCall& call, PlanBuilder& builder) {
    const Shared collation = CollationOf(call, 0);
    const Shared effective = collation ? collation : *fn::Collation::Find("");
    return KeyOf(builder, effective, call.ArgumentType(0).collation(), std::move(call.arguments[0]));
  });
}

}  // namespace crannog::engine::duck
