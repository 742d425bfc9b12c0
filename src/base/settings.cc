#include "base/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <numeric>

#include "base/check.h"

namespace crannog {
namespace {

constexpr Setting kSettings[] = {
#include "settings.inc"
};

std::string Replaced(std::string_view text, std::string_view from, char to) {
  std::string out(text);
  for (char& c : out) {
    if (from.find(c) != std::string_view::npos) c = to;
  }
  return out;
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

Result<int64_t> ParseNumber(std::string_view text, SettingKind kind) {
  int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit = Trim(text.substr(static_cast<size_t>(end - text.data())));
  constexpr std::pair<std::string_view, int> kShifts[] = {{"", 0}, {"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
  for (const auto& [name, shift] : kShifts) {
    if (code == std::errc() && unit == name && (shift == 0 || kind == SettingKind::kBytes) && value >= 0 &&
        value <= (INT64_MAX >> shift)) {
      return value << shift;
    }
  }
  return Failure(ErrorCode::kInvalidParameterValue,
                 fmt::format("{} is no {}", text, kind == SettingKind::kBytes ? "size such as 64MiB" : "whole number"));
}

size_t EditDistance(std::string_view left, std::string_view right) {
  std::vector<size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < left.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < right.size(); ++j) {
      const size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

Error UnknownSetting(std::string_view shown, std::string_view where, const std::vector<std::string>& candidates) {
  const std::string nearest = NearestWord(shown, candidates);
  return MakeError(ErrorCode::kInvalidParameterValue, fmt::format("unknown setting {} in {}", shown, where),
                   nearest.empty() ? "crannog serve --help lists the settings" : fmt::format("did you mean {}?", nearest));
}

std::vector<std::string> Names(std::string (Setting::*shape)() const) {
  std::vector<std::string> out;
  for (const Setting& setting : kSettings) out.push_back((setting.*shape)());
  return out;
}

}  // namespace

std::string Setting::Flag() const { return "--" + Replaced(name, "._", '-'); }

std::string Setting::Environment() const {
  std::string out = "CRANNOG_" + Replaced(name, ".", '_');
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

std::span<const Setting> AllSettings() { return kSettings; }

std::string NearestWord(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

Settings::Settings() {
  for (const Setting& setting : kSettings) {
    values_[std::string(setting.name)].setting = &setting;
    const Result<> set = Set(setting.name, setting.default_text, "defaults");
    CHECK(set.has_value());
  }
}

Result<> Settings::Set(std::string_view name, std::string_view text, std::string_view where) {
  auto it = values_.find(name);
  if (it == values_.end()) {
    std::vector<std::string> names;
    for (const Setting& setting : kSettings) names.emplace_back(setting.name);
    return Failure(UnknownSetting(name, where, names));
  }
  Value& value = it->second;
  const Setting& setting = *value.setting;
  auto refuse = [&](std::string why) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("setting {} in {}: {}", name, where, why), std::string(setting.doc));
  };
  switch (setting.kind) {
    case SettingKind::kText: break;
    case SettingKind::kList: {
      if (value.where != where) value.list.clear();
      for (std::string_view rest = text; !rest.empty();) {
        const size_t comma = rest.find(',');
        if (const std::string_view item = Trim(rest.substr(0, comma)); !item.empty()) value.list.emplace_back(item);
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
      }
      break;
    }
    case SettingKind::kTruth:
      if (text != "true" && text != "false" && text != "1" && text != "0") return refuse(fmt::format("{} is neither true nor false", text));
      value.number = text == "true" || text == "1";
      break;
    case SettingKind::kNumber:
    case SettingKind::kBytes: {
      const Result<int64_t> number = ParseNumber(text, setting.kind);
      if (!number) return refuse(number.error().message);
      if (setting.max > 0 && (*number < setting.min || *number > setting.max)) {
        return refuse(fmt::format("{} is not from {} to {}", text, setting.min, setting.max));
      }
      value.number = *number;
      break;
    }
  }
  value.text = text;
  value.where = where;
  return {};
}

Result<> Settings::ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("the settings file {} cannot be read", path));
  std::string section;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::string_view text = Trim(line);
    if (text.empty() || text[0] == '#') continue;
    if (text.front() == '[' && text.back() == ']') {
      section = std::string(Trim(text.substr(1, text.size() - 2))) + ".";
      continue;
    }
    const size_t equals = text.find('=');
    const std::string where = fmt::format("{}:{}", path, number);
    if (equals == std::string_view::npos) {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{}: expected `name = value`, found {}", where, text));
    }
    std::string_view value = Trim(text.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"') {
      const size_t close = value.find('"', 1);
      if (close == std::string_view::npos) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{}: a quote is open", where));
      value = value.substr(1, close - 1);
    } else if (const size_t comment = value.find(" #"); comment != std::string_view::npos) {
      value = Trim(value.substr(0, comment));
    }
    TRY(Set(section + std::string(Trim(text.substr(0, equals))), value, where));
  }
  return {};
}

Result<> Settings::ReadEnvironment(const char* const* environment) {
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry(*environment);
    if (!entry.starts_with("CRANNOG_")) continue;
    const size_t equals = entry.find('=');
    const std::string_view name = entry.substr(0, equals);
    if (equals == std::string_view::npos || name == "CRANNOG_CONFIG" || name == "CRANNOG_LAUNCHER") continue;
    const auto setting = std::ranges::find_if(kSettings, [name](const Setting& row) { return row.Environment() == name; });
    if (setting == std::end(kSettings)) return Failure(UnknownSetting(name, "the environment", Names(&Setting::Environment)));
    TRY(Set(setting->name, entry.substr(equals + 1), "the environment"));
  }
  return {};
}

Result<std::vector<std::string>> Settings::ReadFlags(const std::vector<std::string>& arguments) {
  std::vector<std::string> rest;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with("--")) {
      rest.push_back(argument);
      continue;
    }
    const size_t equals = argument.find('=');
    const std::string flag = argument.substr(0, equals);
    const auto setting = std::ranges::find_if(kSettings, [&flag](const Setting& row) { return row.Flag() == flag; });
    if (setting == std::end(kSettings)) return Failure(UnknownSetting(flag, "the command line", Names(&Setting::Flag)));
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (setting->kind == SettingKind::kTruth) {
      value = "true";
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} needs a value", flag), std::string(setting->doc));
    }
    TRY(Set(setting->name, value, "the command line"));
  }
  return rest;
}

const Settings::Value& Settings::Get(std::string_view name, SettingKind kind) const {
  const auto it = values_.find(name);
  CHECK(it != values_.end());
  const SettingKind actual = it->second.setting->kind;
  CHECK(actual == kind || (kind == SettingKind::kNumber && actual == SettingKind::kBytes));
  return it->second;
}

const std::string& Settings::Text(std::string_view name) const { return Get(name, SettingKind::kText).text; }
const std::vector<std::string>& Settings::List(std::string_view name) const { return Get(name, SettingKind::kList).list; }
bool Settings::Truth(std::string_view name) const { return Get(name, SettingKind::kTruth).number != 0; }
int64_t Settings::Number(std::string_view name) const { return Get(name, SettingKind::kNumber).number; }

}  // namespace crannog
