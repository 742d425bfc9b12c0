#include "engine/functions/text_functions.h"

#include "engine/duckdb/functions/kit.h"
#include "engine/functions/digest.h"

/// String functions beyond the basic ones.
namespace crannog::engine::duck {
namespace {

using duckdb::string_t;

ExprPtr BindOverlay(KernelCall& call, PlanBuilder& builder) {
  const bool is_binary = call.ArgumentType(0).Is(TypeKind::kBinary);
  if (call.arguments.size() == 3) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value::INTEGER(-1)));
  return BindRows<string_t, string_t, string_t, int32_t, int32_t>(call, builder, [is_binary](KernelContext& c, string_t text, string_t with, int32_t position, int32_t length) {
    return c.String(fn::Overlay(View(text), View(with), position, length, is_binary));
  });
}

ExprPtr BindLevenshtein(KernelCall& call, PlanBuilder& builder) {
  if (call.arguments.size() == 2) {
    return BindRows<int32_t, string_t, string_t>(call, builder, [](KernelContext&, string_t a, string_t b) { return fn::Levenshtein(View(a), View(b)); });
  }
  return BindRows<int32_t, string_t, string_t, int32_t>(call, builder,
                                                        [](KernelContext&, string_t a, string_t b, int32_t limit) { return fn::Levenshtein(View(a), View(b), limit); });
}

ExprPtr BindTranslate(KernelCall& call, PlanBuilder& builder) {
  const auto from = ConstantText(call, 1), to = ConstantText(call, 2);
  if (from && to) {
    auto translation = std::make_shared<const fn::Translation>(*from, *to);
    return BindRows<string_t, string_t, string_t, string_t>(
        call, builder, [translation](KernelContext& c, string_t text, string_t, string_t) { return c.String(translation->Apply(View(text))); });
  }
  return BindRows<string_t, string_t, string_t, string_t>(
      call, builder, [](KernelContext& c, string_t text, string_t f, string_t t) { return c.String(fn::Translation(View(f), View(t)).Apply(View(text))); });
}

// mask(text, upper, lower, digit, other): a NULL replacement keeps the character.
ExprPtr BindMask(KernelCall& call, PlanBuilder& builder) {
  const char* defaults[] = {"X", "x", "n"};
  while (call.arguments.size() < 5) {
    const size_t i = call.arguments.size();
    call.arguments.push_back(i <= 3 ? PlanBuilder::Constant(duckdb::Value(defaults[i - 1])) : PlanBuilder::Null(duckdb::LogicalType::VARCHAR));
  }
  auto kernel = [](duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
    KernelContext context{DataOf(state), result};
    const bool constant = args.AllConstant();
    const duckdb::idx_t count = constant ? 1 : args.size();
    duckdb::UnifiedVectorFormat formats[5];
    for (int i = 0; i < 5; ++i) args.data[static_cast<size_t>(i)].ToUnifiedFormat(args.size(), formats[i]);
    const auto get = [&](int i, duckdb::idx_t row) -> std::optional<std::string> {
      const auto at = formats[i].sel->get_index(row);
      if (!formats[i].validity.RowIsValid(at)) return std::nullopt;
      return std::string(View(duckdb::UnifiedVectorFormat::GetData<string_t>(formats[i])[at]));
    };
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    for (duckdb::idx_t row = 0; row < count; ++row) {
      const auto text = get(0, row);
      if (!text) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      out[row] = context.String(fn::Mask(*text, {get(1, row), get(2, row), get(3, row), get(4, row)}));
    }
    if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  };
  return CallKernel(call, builder, kernel, {.nulls = NullPolicy::kSeesNulls});
}

ExprPtr BindSentences(KernelCall& call, PlanBuilder& builder) {
  while (call.arguments.size() < 3) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value("")));
  return BindRows<duckdb::list_entry_t, string_t, string_t, string_t>(call, builder, [](KernelContext& c, string_t text, string_t language, string_t country) {
    const auto sentences = fn::Sentences(View(text), View(language), View(country));
    const auto at = duckdb::ListVector::GetListSize(c.result);
    duckdb::ListVector::Reserve(c.result, at + sentences.size());
    duckdb::Vector& lists = duckdb::ListVector::GetEntry(c.result);
    for (size_t i = 0; i < sentences.size(); ++i) {
      const auto word_at = duckdb::ListVector::GetListSize(lists);
      duckdb::ListVector::Reserve(lists, word_at + sentences[i].size());
      duckdb::Vector& words = duckdb::ListVector::GetEntry(lists);
      for (size_t k = 0; k < sentences[i].size(); ++k) {
        duckdb::FlatVector::GetData<string_t>(words)[word_at + k] = duckdb::StringVector::AddString(words, sentences[i][k]);
      }
      duckdb::ListVector::SetListSize(lists, word_at + sentences[i].size());
      duckdb::FlatVector::GetData<duckdb::list_entry_t>(lists)[at + i] = {word_at, sentences[i].size()};
    }
    duckdb::ListVector::SetListSize(c.result, at + sentences.size());
    return duckdb::list_entry_t{at, sentences.size()};
  });
}

}  // namespace

void RegisterText(KernelRegistry& registry) {
  registry.Add({"soundex"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) { return c.String(fn::Soundex(View(v))); }));
  registry.Add({"levenshtein"}, BindLevenshtein);
  registry.Add({"luhn_check"}, Rows<bool, string_t>([](KernelContext&, string_t v) { return fn::LuhnCheck(View(v)); }));
  registry.Add({"initcap"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) { return c.String(fn::InitCap(View(v))); }));
  registry.Add({"translate"}, BindTranslate);
  registry.Add({"overlay"}, BindOverlay);
  registry.Add({"find_in_set"}, Rows<int32_t, string_t, string_t>([](KernelContext&, string_t word, string_t set) { return fn::FindInSet(View(word), View(set)); }));
  registry.Add({"mask"}, BindMask);
  registry.Add({"sentences"}, BindSentences);
  registry.Add({"is_valid_utf8"}, Rows<bool, string_t>([](KernelContext&, string_t v) { return fn::IsValidUtf8(View(v)); }));
  registry.Add({"make_valid_utf8"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) { return c.String(fn::MakeValidUtf8(View(v))); }));
  registry.Add({"validate_utf8"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) {
                 if (!fn::IsValidUtf8(View(v))) {
                   std::string hex;
                   for (char byte : View(v)) {
                     const auto u = static_cast<unsigned char>(byte);
                     hex += {'\\', 'x', "0123456789ABCDEF"[u >> 4], "0123456789ABCDEF"[u & 15]};
                   }
                   c.Fail("INVALID_UTF8_STRING", {{"str", hex}});
                 }
                 return c.String(View(v));
               }));
  registry.Add({"try_validate_utf8"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) -> std::optional<string_t> {
                 if (!fn::IsValidUtf8(View(v))) return std::nullopt;
                 return c.String(View(v));
               }));
}

}  // namespace crannog::engine::duck
