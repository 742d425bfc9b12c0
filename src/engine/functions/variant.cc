#include "engine/functions/variant.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "engine/functions/datetime_text.h"
#include "engine/functions/digest.h"
#include "engine/functions/numbers.h"

namespace crannog::engine::functions {
namespace {

enum Basic : uint8_t { kPrimitive = 0, kShortString = 1, kObject = 2, kArray = 3 };
enum Type : uint8_t { kNull = 0, kTrue = 1, kFalse = 2, kInt8 = 3, kInt16 = 4, kInt32 = 5, kInt64 = 6, kDouble = 7, kDecimal4 = 8, kDecimal8 = 9, kDecimal16 = 10,
                      kDate = 11, kTimestamp = 12, kTimestampNtz = 13, kFloat = 14, kBinary = 15, kLongString = 16 };

constexpr int kDepthMax = 1000;

uint64_t Unsigned(std::string_view bytes, size_t at, size_t width) {
  uint64_t out = 0;
  for (size_t i = 0; i < width && at + i < bytes.size(); ++i) out |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return out;
}
int64_t Signed(std::string_view bytes, size_t at, size_t width) {
  const uint64_t raw = Unsigned(bytes, at, width);
  const int shift = static_cast<int>(64 - 8 * width);
  return static_cast<int64_t>(raw << shift) >> shift;
}

// Bytes of a primitive behind its header; 0 for those with a length field.
size_t PrimitiveWidth(uint8_t type) {
  switch (type) {
    case kInt8: return 1;
    case kInt16: return 2;
    case kInt32:
    case kDate:
    case kFloat: return 4;
    case kInt64:
    case kDouble:
    case kTimestamp:
    case kTimestampNtz: return 8;
    case kDecimal4: return 5;
    case kDecimal8: return 9;
    case kDecimal16: return 17;
    default: return 0;
  }
}

size_t WidthFor(uint64_t most) { return most <= 0xFF ? 1 : most <= 0xFFFF ? 2 : most <= 0xFFFFFF ? 3 : 4; }

}  // namespace

struct VariantView::Layout {
  size_t count = 0, id_at = 0, id_width = 0, offset_at = 0, offset_width = 0, data_at = 0;
};

VariantKind VariantView::kind() const {
  if (value_.empty()) return VariantKind::kInvalid;
  const auto header = static_cast<unsigned char>(value_[0]);
  const uint8_t type = header >> 2;
  switch (header & 3) {
    case kShortString: return 1u + type <= value_.size() ? VariantKind::kString : VariantKind::kInvalid;
    case kObject: return VariantKind::kObject;
    case kArray: return VariantKind::kArray;
    default: break;
  }
  if (1 + PrimitiveWidth(type) > value_.size()) return VariantKind::kInvalid;
  switch (type) {
    case kNull: return VariantKind::kNull;
    case kTrue:
    case kFalse: return VariantKind::kBoolean;
    case kInt8:
    case kInt16:
    case kInt32:
    case kInt64: return VariantKind::kLong;
    case kDouble: return VariantKind::kDouble;
    case kFloat: return VariantKind::kFloat;
    case kDecimal4:
    case kDecimal8:
    case kDecimal16: return static_cast<unsigned char>(value_[1]) <= 38 ? VariantKind::kDecimal : VariantKind::kInvalid;
    case kDate: return VariantKind::kDate;
    case kTimestamp: return VariantKind::kTimestamp;
    case kTimestampNtz: return VariantKind::kTimestampNtz;
    case kBinary:
    case kLongString:
      if (value_.size() < 5 || Unsigned(value_, 1, 4) > value_.size() - 5) return VariantKind::kInvalid;
      return type == kBinary ? VariantKind::kBinary : VariantKind::kString;
    default: return VariantKind::kInvalid;
  }
}

bool VariantView::Boolean() const { return static_cast<unsigned char>(value_[0]) >> 2 == kTrue; }
int64_t VariantView::Long() const { return Signed(value_, 1, PrimitiveWidth(static_cast<unsigned char>(value_[0]) >> 2)); }

double VariantView::Double() const {
  if (static_cast<unsigned char>(value_[0]) >> 2 == kFloat) {
    float out;
    std::memcpy(&out, value_.data() + 1, sizeof out);
    return out;
  }
  double out;
  std::memcpy(&out, value_.data() + 1, sizeof out);
  return out;
}

__int128 VariantView::Decimal(int& scale) const {
  const uint8_t type = static_cast<unsigned char>(value_[0]) >> 2;
  scale = static_cast<unsigned char>(value_[1]);
  __int128 out;
  if (type == kDecimal16) {
    out = static_cast<__int128>(static_cast<unsigned __int128>(Unsigned(value_, 10, 8)) << 64 | Unsigned(value_, 2, 8));
  } else {
    out = Signed(value_, 2, type == kDecimal4 ? 4 : 8);
  }
  while (scale > 0 && out % 10 == 0) {
    out /= 10;
    --scale;
  }
  return out;
}

std::string_view VariantView::Text() const {
  const auto header = static_cast<unsigned char>(value_[0]);
  if ((header & 3) == kShortString) return value_.substr(1, header >> 2);
  return value_.substr(5, Unsigned(value_, 1, 4));
}

bool VariantView::ReadLayout(Layout& l) const {
  if (value_.empty()) return false;
  const auto header = static_cast<unsigned char>(value_[0]);
  const bool is_object = (header & 3) == kObject;
  if (!is_object && (header & 3) != kArray) return false;
  const uint8_t info = header >> 2;
  l.offset_width = static_cast<size_t>(info & 3) + 1;
  l.id_width = is_object ? static_cast<size_t>(info >> 2 & 3) + 1 : 0;
  const bool is_large = is_object ? (info >> 4 & 1) != 0 : (info >> 2 & 1) != 0;
  const size_t count_width = is_large ? 4 : 1;
  if (value_.size() < 1 + count_width) return false;
  l.count = Unsigned(value_, 1, count_width);
  l.id_at = 1 + count_width;
  l.offset_at = l.id_at + l.count * l.id_width;
  l.data_at = l.offset_at + (l.count + 1) * l.offset_width;
  return l.data_at <= value_.size();
}

size_t VariantView::size() const {
  Layout l;
  return ReadLayout(l) ? l.count : 0;
}

VariantView VariantView::Element(size_t i) const {
  Layout l;
  if (!ReadLayout(l) || i >= l.count) return {"", metadata_};
  const size_t offset = Unsigned(value_, l.offset_at + i * l.offset_width, l.offset_width);
  if (offset > value_.size() - l.data_at) return {"", metadata_};
  return {value_.substr(l.data_at + offset), metadata_};
}

std::string_view VariantView::DictionaryName(size_t id) const {
  if (metadata_.empty()) return {};
  const size_t width = (static_cast<unsigned char>(metadata_[0]) >> 6) + 1u;
  const size_t count = Unsigned(metadata_, 1, width);
  if (id >= count) return {};
  const size_t data = 1 + width * (count + 2);
  const size_t begin = Unsigned(metadata_, 1 + width * (1 + id), width), end = Unsigned(metadata_, 1 + width * (2 + id), width);
  if (begin > end || data + end > metadata_.size()) return {};
  return metadata_.substr(data + begin, end - begin);
}

std::string_view VariantView::MemberName(size_t i) const {
  Layout l;
  if (!ReadLayout(l) || i >= l.count) return {};
  return DictionaryName(Unsigned(value_, l.id_at + i * l.id_width, l.id_width));
}

std::optional<VariantView> VariantView::Member(std::string_view name) const {
  if (kind() != VariantKind::kObject) return std::nullopt;
  // Members are sorted by name.
  size_t low = 0, high = size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const auto found = MemberName(middle);
    if (found == name) return Element(middle);
    if (found < name) low = middle + 1;
    else high = middle;
  }
  return std::nullopt;
}

std::string_view VariantView::bytes() const {
  Layout l;
  if (ReadLayout(l)) {
    // The last offset is the length of the data.
    const size_t length = Unsigned(value_, l.offset_at + l.count * l.offset_width, l.offset_width);
    return value_.substr(0, std::min(value_.size(), l.data_at + length));
  }
  switch (kind()) {
    case VariantKind::kInvalid: return {};
    case VariantKind::kString:
    case VariantKind::kBinary: return value_.substr(0, static_cast<size_t>(Text().data() + Text().size() - value_.data()));
    default: return value_.substr(0, 1 + PrimitiveWidth(static_cast<unsigned char>(value_[0]) >> 2));
  }
}

void VariantBuilder::Put(uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out_.push_back(static_cast<char>(value >> (8 * i)));
}

void VariantBuilder::Mark() {
  if (!frames_.empty() && !frames_.back().is_object) frames_.back().offsets.push_back(static_cast<uint32_t>(out_.size() - frames_.back().begin));
}

void VariantBuilder::Null() { Mark(), out_.push_back(static_cast<char>(kNull << 2)); }
void VariantBuilder::Boolean(bool value) { Mark(), out_.push_back(static_cast<char>((value ? kTrue : kFalse) << 2)); }
void VariantBuilder::Long(int64_t value) {
  Mark();
  const int width = value == static_cast<int8_t>(value) ? 1 : value == static_cast<int16_t>(value) ? 2 : value == static_cast<int32_t>(value) ? 4 : 8;
  const Type type = width == 1 ? kInt8 : width == 2 ? kInt16 : width == 4 ? kInt32 : kInt64;
  out_.push_back(static_cast<char>(type << 2));
  Put(static_cast<uint64_t>(value), width);
}
void VariantBuilder::Double(double value) {
  Mark();
  out_.push_back(static_cast<char>(kDouble << 2));
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  Put(bits, 8);
}
void VariantBuilder::Float(float value) {
  Mark();
  out_.push_back(static_cast<char>(kFloat << 2));
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  Put(bits, 4);
}
void VariantBuilder::Decimal(__int128 unscaled, int precision, int scale) {
  Mark();
  const Type type = precision <= 9 && scale <= 9 ? kDecimal4 : precision <= 18 && scale <= 18 ? kDecimal8 : kDecimal16;
  out_.push_back(static_cast<char>(type << 2));
  out_.push_back(static_cast<char>(scale));
  Put(static_cast<uint64_t>(unscaled), type == kDecimal4 ? 4 : 8);
  if (type == kDecimal16) Put(static_cast<uint64_t>(unscaled >> 64), 8);
}
void VariantBuilder::String(std::string_view text) {
  Mark();
  if (text.size() <= 63) {
    out_.push_back(static_cast<char>(text.size() << 2 | kShortString));
  } else {
    out_.push_back(static_cast<char>(kLongString << 2));
    Put(text.size(), 4);
  }
  out_ += text;
}
void VariantBuilder::Binary(std::string_view bytes) {
  Mark();
  out_.push_back(static_cast<char>(kBinary << 2));
  Put(bytes.size(), 4);
  out_ += bytes;
}
void VariantBuilder::Date(int32_t days) {
  Mark();
  out_.push_back(static_cast<char>(kDate << 2));
  Put(static_cast<uint32_t>(days), 4);
}
void VariantBuilder::Timestamp(int64_t micros, bool is_ntz) {
  Mark();
  out_.push_back(static_cast<char>((is_ntz ? kTimestampNtz : kTimestamp) << 2));
  Put(static_cast<uint64_t>(micros), 8);
}

void VariantBuilder::StartArray() {
  Mark();
  frames_.push_back({false, out_.size(), {}, {}});
}

void VariantBuilder::EndArray() {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  std::string data = out_.substr(frame.begin);
  out_.resize(frame.begin);
  const size_t count = frame.offsets.size(), width = WidthFor(data.size());
  const bool is_large = count > 0xFF;
  out_.push_back(static_cast<char>((static_cast<unsigned>(is_large) << 2 | (width - 1)) << 2 | kArray));
  Put(count, is_large ? 4 : 1);
  for (uint32_t offset : frame.offsets) Put(offset, static_cast<int>(width));
  Put(data.size(), static_cast<int>(width));
  out_ += data;
}

void VariantBuilder::StartObject() {
  Mark();
  frames_.push_back({true, out_.size(), {}, {}});
}

void VariantBuilder::Key(std::string_view name) {
  auto found = ids_.find(name);
  if (found == ids_.end()) {
    found = ids_.emplace(std::string(name), static_cast<uint32_t>(names_.size())).first;
    names_.emplace_back(name);
  }
  frames_.back().ids.push_back(found->second);
  frames_.back().offsets.push_back(static_cast<uint32_t>(out_.size() - frames_.back().begin));
}

bool VariantBuilder::EndObject() {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  std::string data = out_.substr(frame.begin);
  out_.resize(frame.begin);
  const size_t count = frame.ids.size();
  std::vector<size_t> order(count);
  for (size_t i = 0; i < count; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return names_[frame.ids[a]] < names_[frame.ids[b]]; });
  uint32_t id_most = 0;
  bool unique = true;
  for (size_t i = 0; i < count; ++i) {
    id_most = std::max(id_most, frame.ids[i]);
    if (i > 0 && frame.ids[order[i]] == frame.ids[order[i - 1]]) unique = false;
  }
  const size_t offset_width = WidthFor(data.size()), id_width = WidthFor(id_most);
  const bool is_large = count > 0xFF;
  out_.push_back(static_cast<char>((static_cast<unsigned>(is_large) << 4 | (id_width - 1) << 2 | (offset_width - 1)) << 2 | kObject));
  Put(count, is_large ? 4 : 1);
  for (size_t i : order) Put(frame.ids[i], static_cast<int>(id_width));
  for (size_t i : order) Put(frame.offsets[i], static_cast<int>(offset_width));
  Put(data.size(), static_cast<int>(offset_width));
  out_ += data;
  return unique;
}

void VariantBuilder::Append(const VariantView& view, int depth) {
  switch (depth > kDepthMax ? VariantKind::kInvalid : view.kind()) {
    case VariantKind::kArray:
      StartArray();
      for (size_t i = 0; i < view.size(); ++i) Append(view.Element(i), depth + 1);
      EndArray();
      return;
    case VariantKind::kObject:
      StartObject();
      for (size_t i = 0; i < view.size(); ++i) {
        Key(view.MemberName(i));
        Append(view.Element(i), depth + 1);
      }
      EndObject();
      return;
    case VariantKind::kInvalid: Null(); return;
    default:
      Mark();
      out_ += view.bytes();
  }
}

VariantBytes VariantBuilder::Finish() {
  VariantBytes out;
  size_t total = 0;
  for (const auto& name : names_) total += name.size();
  const size_t width = WidthFor(std::max(total, names_.size()));
  const auto put = [&](uint64_t value) {
    for (size_t i = 0; i < width; ++i) out.metadata.push_back(static_cast<char>(value >> (8 * i)));
  };
  out.metadata.push_back(static_cast<char>(1 | (width - 1) << 6));
  put(names_.size());
  size_t offset = 0;
  put(0);
  for (const auto& name : names_) put(offset += name.size());
  for (const auto& name : names_) out.metadata += name;
  out.value = std::move(out_);
  out_.clear();
  names_.clear();
  ids_.clear();
  return out;
}

bool AppendJsonVariant(VariantBuilder& builder, const JsonNode& node) {
  switch (node.kind) {
    case JsonKind::kNull: builder.Null(); return true;
    case JsonKind::kTrue: builder.Boolean(true); return true;
    case JsonKind::kFalse: builder.Boolean(false); return true;
    case JsonKind::kString: builder.String(node.text); return true;
    case JsonKind::kInteger:
    case JsonKind::kReal: {
      int64_t integer;
      const char* end = node.text.data() + node.text.size();
      if (node.kind == JsonKind::kInteger) {
        const auto parsed = std::from_chars(node.text.data(), end, integer);
        if (parsed.ec == std::errc() && parsed.ptr == end) {
          builder.Long(integer);
          return true;
        }
      }
      if (node.text.find_first_of("eEyN") == std::string_view::npos) {
        __int128 unscaled = 0;
        int digits = 0, scale = 0;
        bool behind = false;
        for (char c : node.text) {
          if (c == '.') behind = true;
          if (c < '0' || c > '9') continue;
          if (digits > 0 || c != '0') ++digits;
          if (digits <= 38) unscaled = unscaled * 10 + (c - '0');
          scale += behind;
        }
        if (digits <= 38 && scale <= 38) {
          builder.Decimal(node.text[0] == '-' ? -unscaled : unscaled, std::max(digits, scale), scale);
          return true;
        }
      }
      double real = 0;
      std::from_chars(node.text.data(), end, real);
      builder.Double(real);
      return true;
    }
    case JsonKind::kArray: {
      builder.StartArray();
      bool ok = true;
      for (const JsonNode* c = node.child; c != nullptr; c = c->next) ok &= AppendJsonVariant(builder, *c);
      builder.EndArray();
      return ok;
    }
    case JsonKind::kObject: {
      builder.StartObject();
      bool ok = true;
      for (const JsonNode* c = node.child; c != nullptr; c = c->next) {
        builder.Key(c->name);
        ok &= AppendJsonVariant(builder, *c);
      }
      return builder.EndObject() && ok;
    }
  }
  return true;
}

namespace {

void AppendJsonAt(std::string& out, const VariantView& view, const TimeZone& zone, int depth) {
  if (depth > kDepthMax) return;
  switch (view.kind()) {
    case VariantKind::kNull:
    case VariantKind::kInvalid: out += "null"; return;
    case VariantKind::kBoolean: out += view.Boolean() ? "true" : "false"; return;
    case VariantKind::kLong: AppendInteger(out, view.Long()); return;
    case VariantKind::kDouble:
    case VariantKind::kFloat: {
      const double value = view.Double();
      std::string text;
      if (view.kind() == VariantKind::kFloat) AppendFloat(text, static_cast<float>(value));
      else AppendDouble(text, value);
      if (std::isfinite(value)) out += text;
      else AppendJsonText(out, text);
      return;
    }
    case VariantKind::kDecimal: {
      int scale;
      const __int128 unscaled = view.Decimal(scale);
      AppendDecimal(out, unscaled, scale);
      return;
    }
    case VariantKind::kString: AppendJsonText(out, view.Text()); return;
    case VariantKind::kBinary: AppendJsonText(out, Base64(view.Text())); return;
    case VariantKind::kDate:
      out.push_back('"');
      AppendDate(out, view.Long());
      out.push_back('"');
      return;
    case VariantKind::kTimestamp: {
      out.push_back('"');
      AppendTimestamp(out, zone.ToLocal(view.Long()));
      const int32_t offset = zone.OffsetSecondsAt(view.Long());
      const int32_t absolute = offset < 0 ? -offset : offset;
      out.push_back(offset < 0 ? '-' : '+');
      for (const int32_t part : {absolute / 3600, absolute / 60 % 60}) {
        out.push_back(static_cast<char>('0' + part / 10));
        out.push_back(static_cast<char>('0' + part % 10));
        out.push_back(':');
      }
      out.back() = '"';
      return;
    }
    case VariantKind::kTimestampNtz:
      out.push_back('"');
      AppendTimestamp(out, view.Long());
      out.push_back('"');
      return;
    case VariantKind::kArray:
      out.push_back('[');
      for (size_t i = 0; i < view.size(); ++i) {
        if (i > 0) out.push_back(',');
        AppendJsonAt(out, view.Element(i), zone, depth + 1);
      }
      out.push_back(']');
      return;
    case VariantKind::kObject:
      out.push_back('{');
      for (size_t i = 0; i < view.size(); ++i) {
        if (i > 0) out.push_back(',');
        AppendJsonText(out, view.MemberName(i));
        out.push_back(':');
        AppendJsonAt(out, view.Element(i), zone, depth + 1);
      }
      out.push_back('}');
      return;
  }
}

// The schema of a variant as a small tree, merged over array elements.
struct Shape {
  std::string name;  // of a primitive; "OBJECT", "ARRAY", "DECIMAL"
  int precision = 0, scale = 0;
  std::map<std::string, Shape> members;
  std::vector<Shape> element;
};

Shape ShapeOf(const VariantView& view, int depth);

Shape Merge(const Shape& a, const Shape& b) {
  if (a.name == "VOID") return b;
  if (b.name == "VOID") return a;
  if (a.name == "OBJECT" && b.name == "OBJECT") {
    Shape out = a;
    for (const auto& [name, shape] : b.members) {
      auto [known, is_new] = out.members.emplace(name, shape);
      if (!is_new) known->second = Merge(known->second, shape);
    }
    return out;
  }
  if (a.name == "ARRAY" && b.name == "ARRAY") return {"ARRAY", 0, 0, {}, {Merge(a.element[0], b.element[0])}};
  const auto is_number = [](const Shape& s) { return s.name == "BIGINT" || s.name == "DECIMAL" || s.name == "DOUBLE" || s.name == "FLOAT"; };
  if (a.name == b.name && a.name != "DECIMAL") return a;
  if (is_number(a) && is_number(b)) {
    if (a.name == "DOUBLE" || b.name == "DOUBLE" || a.name == "FLOAT" || b.name == "FLOAT") return {"DOUBLE", 0, 0, {}, {}};
    const int pa = a.name == "BIGINT" ? 20 : a.precision, sa = a.scale, pb = b.name == "BIGINT" ? 20 : b.precision, sb = b.scale;
    const int scale = std::max(sa, sb), range = std::max(pa - sa, pb - sb);
    if (range + scale > 38) return {"DOUBLE", 0, 0, {}, {}};
    return {"DECIMAL", range + scale, scale, {}, {}};
  }
  return {"VARIANT", 0, 0, {}, {}};
}

Shape ShapeOf(const VariantView& view, int depth) {
  Shape out;
  switch (view.kind()) {
    case VariantKind::kNull:
    case VariantKind::kInvalid: out.name = "VOID"; break;
    case VariantKind::kBoolean: out.name = "BOOLEAN"; break;
    case VariantKind::kLong: out.name = "BIGINT"; break;
    case VariantKind::kDouble: out.name = "DOUBLE"; break;
    case VariantKind::kFloat: out.name = "FLOAT"; break;
    case VariantKind::kString: out.name = "STRING"; break;
    case VariantKind::kBinary: out.name = "BINARY"; break;
    case VariantKind::kDate: out.name = "DATE"; break;
    case VariantKind::kTimestamp: out.name = "TIMESTAMP"; break;
    case VariantKind::kTimestampNtz: out.name = "TIMESTAMP_NTZ"; break;
    case VariantKind::kDecimal: {
      out.name = "DECIMAL";
      const __int128 unscaled = view.Decimal(out.scale);
      out.precision = std::max(static_cast<int>(DigitsOf(unscaled, out.scale).digits.size()), out.scale);
      const DecimalDigits digits = DigitsOf(unscaled, out.scale);
      out.precision = std::max(out.precision, digits.exponent + out.scale);
      out.precision = std::max(out.precision, 1);
      break;
    }
    case VariantKind::kArray: {
      out.name = "ARRAY";
      Shape element{"VOID", 0, 0, {}, {}};
      for (size_t i = 0; i < view.size() && depth < kDepthMax; ++i) element = Merge(element, ShapeOf(view.Element(i), depth + 1));
      out.element.push_back(std::move(element));
      break;
    }
    case VariantKind::kObject:
      out.name = "OBJECT";
      for (size_t i = 0; i < view.size() && depth < kDepthMax; ++i) out.members.emplace(std::string(view.MemberName(i)), ShapeOf(view.Element(i), depth + 1));
      break;
  }
  return out;
}

std::string ShapeText(const Shape& shape) {
  if (shape.name == "DECIMAL") return "DECIMAL(" + std::to_string(shape.precision) + "," + std::to_string(shape.scale) + ")";
  if (shape.name == "ARRAY") return "ARRAY<" + ShapeText(shape.element[0]) + ">";
  if (shape.name != "OBJECT") return shape.name;
  std::string out = "OBJECT<";
  bool first = true;
  for (const auto& [name, member] : shape.members) {
    if (!first) out += ", ";
    first = false;
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
    out += (plain ? name : "`" + name + "`") + ": " + ShapeText(member);
  }
  return out + ">";
}

}  // namespace

void AppendVariantJson(std::string& out, const VariantView& view, const TimeZone& zone) { AppendJsonAt(out, view, zone, 0); }
std::string VariantSchema(const VariantView& view) { return ShapeText(ShapeOf(view, 0)); }

std::optional<VariantPath> VariantPath::Compile(std::string_view path) {
  if (path.empty() || path[0] != '$') return std::nullopt;
  VariantPath out;
  size_t at = 1;
  while (at < path.size()) {
    Step step;
    if (path[at] == '.') {
      size_t end = at + 1;
      while (end < path.size() && path[end] != '.' && path[end] != '[') ++end;
      if (end == at + 1) return std::nullopt;
      step.name = path.substr(at + 1, end - at - 1);
      at = end;
    } else if (path[at] == '[' && at + 1 < path.size() && (path[at + 1] == '\'' || path[at + 1] == '"')) {
      const size_t close = path.find(path[at + 1], at + 2);
      if (close == std::string_view::npos || close + 1 >= path.size() || path[close + 1] != ']') return std::nullopt;
      step.name = path.substr(at + 2, close - at - 2);
      at = close + 2;
    } else if (path[at] == '[') {
      size_t end = at + 1;
      while (end < path.size() && path[end] >= '0' && path[end] <= '9' && end - at < 10) step.index = step.index * 10 + static_cast<size_t>(path[end++] - '0');
      if (end == at + 1 || end >= path.size() || path[end] != ']') return std::nullopt;
      step.is_index = true;
      at = end + 1;
    } else {
      return std::nullopt;
    }
    out.steps_.push_back(std::move(step));
  }
  return out;
}

std::optional<VariantView> VariantPath::Find(VariantView view) const {
  for (const Step& step : steps_) {
    if (step.is_index) {
      if (view.kind() != VariantKind::kArray || step.index >= view.size()) return std::nullopt;
      view = view.Element(step.index);
    } else {
      auto member = view.Member(step.name);
      if (!member) return std::nullopt;
      view = *member;
    }
  }
  return view;
}

}  // namespace crannog::engine::functions
