#include "session/variant_text.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "base/json.h"
#include "engine/functions/civil_time.h"
#include "engine/functions/time_zone.h"
#include "session/value_text.h"

namespace crannog::session {
namespace {

// Reads the encoding with every offset checked; `failed` stays set once anything was out of range.
class VariantReader {
 public:
  VariantReader(const std::string& metadata, const std::string& value, const engine::functions::TimeZone& zone)
      : metadata_(metadata), value_(value), zone_(zone) {}

  std::string Run() {
    std::string out;
    Append(out, 0, 0);
    return failed_ ? "" : out;
  }

 private:
  static constexpr int kDepthMax = 1000;

  uint64_t Unsigned(const std::string& bytes, size_t at, size_t width) {
    if (at > bytes.size() || width > bytes.size() - at) {
      failed_ = true;
      return 0;
    }
    uint64_t value = 0;
    std::memcpy(&value, bytes.data() + at, width);
    return value;
  }

  int64_t Signed(size_t at, size_t width) {
    const uint64_t raw = Unsigned(value_, at, width);
    const int shift = static_cast<int>(64 - 8 * width);
    return static_cast<int64_t>(raw << shift) >> shift;
  }

  std::string Text(size_t at, size_t length) {
    if (at > value_.size() || length > value_.size() - at) {
      failed_ = true;
      return "";
    }
    return value_.substr(at, length);
  }

  std::string Key(uint64_t id) {
    const auto header = Unsigned(metadata_, 0, 1);
    const size_t width = (header >> 6) + 1;
    const uint64_t count = Unsigned(metadata_, 1, width);
    if (id >= count) {
      failed_ = true;
      return "";
    }
    const uint64_t begin = Unsigned(metadata_, 1 + width * (id + 1), width);
    const uint64_t end = Unsigned(metadata_, 1 + width * (id + 2), width);
    const size_t base = 1 + width * (count + 2);
    if (failed_ || begin > end || base + end > metadata_.size()) {
      failed_ = true;
      return "";
    }
    return metadata_.substr(base + begin, end - begin);
  }

  void Append(std::string& out, size_t at, int depth) {
    if (depth > kDepthMax) failed_ = true;
    const auto header = Unsigned(value_, at, 1);
    if (failed_) return;
    const uint64_t info = header >> 2;
    switch (header & 3) {
      case 0: AppendPrimitive(out, at + 1, info); break;
      case 1: AppendJsonString(out, Text(at + 1, info)); break;
      case 2: AppendObject(out, at, info, depth); break;
      case 3: AppendArray(out, at, info, depth); break;
    }
  }

  void AppendObject(std::string& out, size_t at, uint64_t info, int depth) {
    const size_t offset_width = (info & 3) + 1, id_width = (info >> 2 & 3) + 1, count_width = (info >> 4 & 1) != 0 ? 4 : 1;
    const uint64_t count = Unsigned(value_, at + 1, count_width);
    const size_t ids = at + 1 + count_width, offsets = ids + count * id_width, data = offsets + (count + 1) * offset_width;
    out += '{';
    for (uint64_t i = 0; i < count && !failed_; ++i) {
      if (i != 0) out += ',';
      AppendJsonString(out, Key(Unsigned(value_, ids + i * id_width, id_width)));
      out += ':';
      Append(out, data + Unsigned(value_, offsets + i * offset_width, offset_width), depth + 1);
    }
    out += '}';
  }

  void AppendArray(std::string& out, size_t at, uint64_t info, int depth) {
    const size_t offset_width = (info & 3) + 1, count_width = (info >> 2 & 1) != 0 ? 4 : 1;
    const uint64_t count = Unsigned(value_, at + 1, count_width);
    const size_t offsets = at + 1 + count_width, data = offsets + (count + 1) * offset_width;
    out += '[';
    for (uint64_t i = 0; i < count && !failed_; ++i) {
      if (i != 0) out += ',';
      Append(out, data + Unsigned(value_, offsets + i * offset_width, offset_width), depth + 1);
    }
    out += ']';
  }

  // BigDecimal.stripTrailingZeros().toPlainString().
  void AppendDecimal(std::string& out, size_t at, size_t width) {
    const int scale = static_cast<int>(Unsigned(value_, at, 1));
    plan::Int128 unscaled = 0;
    if (width == 16) {
      const uint64_t low = Unsigned(value_, at + 1, 8), high = Unsigned(value_, at + 9, 8);
      unscaled = static_cast<plan::Int128>(static_cast<unsigned __int128>(high) << 64 | low);
    } else {
      unscaled = Signed(at + 1, width);
    }
    std::string text = DecimalText(unscaled, scale);
    if (text.find('.') != std::string::npos) {
      while (text.back() == '0') text.pop_back();
      if (text.back() == '.') text.pop_back();
    }
    out += text;
  }

  void AppendFloating(std::string& out, double value, std::string text) {
    const bool is_finite = value - value == 0;
    out += is_finite ? text : "\"" + text + "\"";
  }

  void AppendPrimitive(std::string& out, size_t at, uint64_t kind) {
    switch (kind) {
      case 0: out += "null"; return;
      case 1: out += "true"; return;
      case 2: out += "false"; return;
      case 3: out += std::to_string(Signed(at, 1)); return;
      case 4: out += std::to_string(Signed(at, 2)); return;
      case 5: out += std::to_string(Signed(at, 4)); return;
      case 6: out += std::to_string(Signed(at, 8)); return;
      case 7: {
        const uint64_t raw = Unsigned(value_, at, 8);
        double number;
        std::memcpy(&number, &raw, 8);
        AppendFloating(out, number, JavaDoubleText(number));
        return;
      }
      case 8: AppendDecimal(out, at, 4); return;
      case 9: AppendDecimal(out, at, 8); return;
      case 10: AppendDecimal(out, at, 16); return;
      case 11: out += "\"" + DateText(Signed(at, 4)) + "\""; return;
      case 12: {
        const int64_t micros = Signed(at, 8);
        const int32_t offset = zone_.OffsetSecondsAt(micros);
        const int32_t absolute = offset < 0 ? -offset : offset;
        out += fmt::format("\"{}{}{:02}:{:02}\"", TimestampText(zone_.ToLocal(micros)), offset < 0 ? '-' : '+', absolute / 3600, absolute / 60 % 60);
        return;
      }
      case 13: out += "\"" + TimestampText(Signed(at, 8)) + "\""; return;
      case 14: {
        const auto raw = static_cast<uint32_t>(Unsigned(value_, at, 4));
        float number;
        std::memcpy(&number, &raw, 4);
        AppendFloating(out, number, JavaFloatText(number));
        return;
      }
      case 15: AppendBase64(out, Text(at + 4, Unsigned(value_, at, 4))); return;
      case 16: AppendJsonString(out, Text(at + 4, Unsigned(value_, at, 4))); return;
      case 20: {
        static constexpr char kHex[] = "0123456789abcdef";
        const std::string bytes = Text(at, 16);
        out += '"';
        for (size_t i = 0; i < bytes.size(); ++i) {
          if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
          out += kHex[static_cast<unsigned char>(bytes[i]) >> 4];
          out += kHex[static_cast<unsigned char>(bytes[i]) & 15];
        }
        out += '"';
        return;
      }
      default: failed_ = true; return;
    }
  }

  void AppendBase64(std::string& out, const std::string& bytes) { out += "\"" + Base64Text(bytes) + "\""; }

  const std::string& metadata_;
  const std::string& value_;
  const engine::functions::TimeZone& zone_;
  bool failed_ = false;
};

}  // namespace

std::string VariantText(const plan::Literal& value, const engine::functions::TimeZone& zone) {
  const auto& parts = *std::get<plan::Literal::Children>(value.value);
  return VariantReader(std::get<std::string>(parts[0].value), std::get<std::string>(parts[1].value), zone).Run();
}

}  // namespace crannog::session
