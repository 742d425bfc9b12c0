#include "delta/log_segment.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <map>

#include "base/json.h"

namespace crannog::delta {
namespace {

// Takes `digits` digits (0: as many as there are) and moves on.
bool TakeDigits(std::string_view& text, size_t digits, int64_t& out) {
  size_t count = 0;
  uint64_t value = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9' && count < 20) value = value * 10 + static_cast<uint64_t>(text[count++] - '0');
  if (count == 0 || (digits != 0 && count != digits) || value > INT64_MAX) return false;
  text.remove_prefix(count);
  out = static_cast<int64_t>(value);
  return true;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string UrlEncode(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

void Flatten(const JsonValue& value, const std::string& path, std::vector<std::pair<std::string, std::string>>& out) {
  const std::string lead = path.empty() ? "" : path + "+";
  if (value.IsObject()) {
    for (const auto& [key, child] : value.AsObject()) {
      if (path.empty() && key == "checksum") continue;
      Flatten(child, fmt::format("{}\"{}\"", lead, UrlEncode(key)), out);
    }
  } else if (value.IsArray()) {
    for (size_t i = 0; i < value.AsArray().size(); ++i) Flatten(value.AsArray()[i], fmt::format("{}{}", lead, i), out);
  } else {
    out.emplace_back(path, value.IsString() ? fmt::format("\"{}\"", UrlEncode(value.AsString())) : WriteJson(value));
  }
}

std::string Md5(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest, &length, EVP_md5(), nullptr);
  std::string out;
  for (unsigned int i = 0; i < length; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

// Of several checkpoints of one version: V2 by UUID over classic over multi-part (as Delta Spark orders them).
int Rank(const Checkpoint& checkpoint) {
  switch (checkpoint.files.front().kind) {
    case LogFile::Kind::kUuidCheckpoint: return checkpoint.files.front().is_json ? 2 : 3;
    case LogFile::Kind::kCheckpoint: return 1;
    default: return 0;
  }
}

std::string VersionList(const std::vector<LogFile>& commits) {
  std::string out;
  for (const LogFile& commit : commits) out += fmt::format("{}{}", out.empty() ? "" : ", ", commit.version);
  return out;
}

}  // namespace

std::string CommitKey(int64_t version) { return fmt::format("{}{:020}.json", kLogFolder, version); }
std::string ChecksumKey(int64_t version) { return fmt::format("{}{:020}.crc", kLogFolder, version); }
std::string ClassicCheckpointKey(int64_t version) { return fmt::format("{}{:020}.checkpoint.parquet", kLogFolder, version); }

std::optional<LogFile> ParseLogFile(const io::ObjectInfo& info) {
  std::string_view name = info.key;
  if (!TakePrefix(name, kLogFolder)) return std::nullopt;
  LogFile file;
  file.key = info.key;
  file.size_bytes = info.size_bytes;
  file.modified_ms = info.modified_ms;
  if (TakePrefix(name, "_staged_commits/") || TakePrefix(name, "_commits/")) {
    if (!TakeDigits(name, 20, file.version) || !name.starts_with('.') || !name.ends_with(".json")) return std::nullopt;
    file.kind = LogFile::Kind::kStagedCommit;
    return file;
  }
  if (!TakeDigits(name, 20, file.version)) return std::nullopt;
  file.first_version = file.version;
  if (name == ".json") {
    file.kind = LogFile::Kind::kCommit;
    return file;
  }
  if (name == ".crc") {
    file.kind = LogFile::Kind::kChecksum;
    return file;
  }
  if (TakePrefix(name, ".checkpoint.")) {
    if (name == "parquet") {
      file.kind = LogFile::Kind::kCheckpoint;
      return file;
    }
    std::string_view parts = name;
    int64_t part = 0, count = 0;
    if (TakeDigits(parts, 10, part) && TakePrefix(parts, ".") && TakeDigits(parts, 10, count) && parts == ".parquet") {
      if (part < 1 || part > count || count > INT32_MAX) return std::nullopt;
      file.kind = LogFile::Kind::kMultiPartCheckpoint;
      file.part = static_cast<int32_t>(part);
      file.part_count = static_cast<int32_t>(count);
      return file;
    }
    const size_t dot = name.find('.');
    if (dot != 36) return std::nullopt;
    file.is_json = name.substr(dot) == ".json";
    if (!file.is_json && name.substr(dot) != ".parquet") return std::nullopt;
    file.kind = LogFile::Kind::kUuidCheckpoint;
    return file;
  }
  int64_t last = 0;
  if (TakePrefix(name, ".") && TakeDigits(name, 20, last) && name == ".compacted.json" && last > file.version) {
    file.kind = LogFile::Kind::kCompaction;
    file.version = last;
    return file;
  }
  return std::nullopt;
}

std::string CanonicalJson(std::string_view json_object) {
  Result<JsonValue> json = ParseJson(json_object);
  if (!json) return "";
  std::vector<std::pair<std::string, std::string>> leaves;
  Flatten(*json, "", leaves);
  std::sort(leaves.begin(), leaves.end());
  std::string out;
  for (const auto& [path, value] : leaves) out += fmt::format("{}{}={}", out.empty() ? "" : ",", path, value);
  return out;
}

std::string WithJsonChecksum(std::string_view json_object) {
  Result<JsonValue> json = ParseJson(json_object);
  if (!json) return std::string(json_object);
  json->Set("checksum", Md5(CanonicalJson(json_object)));
  return WriteJson(*json);
}

std::optional<LastCheckpoint> ReadLastCheckpoint(io::ObjectStore& store) {
  Result<std::string> text = store.Read(fmt::format("{}_last_checkpoint", kLogFolder));
  if (!text) return std::nullopt;
  Result<JsonValue> json = ParseJson(*text);
  if (!json || !json->IsObject()) return std::nullopt;
  const JsonValue* version = json->Find("version");
  if (version == nullptr || !version->IsInt() || version->AsInt() < 0) return std::nullopt;
  if (const JsonValue* checksum = json->Find("checksum"); checksum != nullptr && checksum->IsString()) {
    if (checksum->AsString() != Md5(CanonicalJson(*text))) return std::nullopt;
  }
  LastCheckpoint last;
  last.version = version->AsInt();
  if (const JsonValue* parts = json->Find("parts"); parts != nullptr && parts->IsInt()) last.parts = static_cast<int32_t>(parts->AsInt());
  return last;
}

Result<LogListing> ListLog(io::ObjectStore& store, int64_t first_version) {
  // The byte before '.' and digits: everything of the first version itself is listed.
  const std::string start_after = first_version > 0 ? fmt::format("{}{:020}", kLogFolder, first_version) : "";
  TRY(const std::vector<io::ObjectInfo> infos, store.List(kLogFolder, start_after));
  LogListing listing;
  std::map<std::pair<int64_t, int32_t>, std::vector<LogFile>> parts;
  for (const io::ObjectInfo& info : infos) {
    std::optional<LogFile> file = ParseLogFile(info);
    if (!file) continue;
    switch (file->kind) {
      case LogFile::Kind::kCommit: listing.commits.push_back(*std::move(file)); break;
      case LogFile::Kind::kCompaction: listing.compactions.push_back(*std::move(file)); break;
      case LogFile::Kind::kMultiPartCheckpoint: parts[{file->version, file->part_count}].push_back(*std::move(file)); break;
      case LogFile::Kind::kCheckpoint:
      case LogFile::Kind::kUuidCheckpoint: {
        const int64_t version = file->version;
        if (file->size_bytes > 0) listing.checkpoints.push_back({version, {*std::move(file)}});
        break;
      }
      case LogFile::Kind::kChecksum:
      case LogFile::Kind::kStagedCommit: break;
    }
  }
  for (auto& [key, files] : parts) {
    if (static_cast<int32_t>(files.size()) == key.second) listing.checkpoints.push_back({key.first, std::move(files)});
    else listing.multi_parts.insert(listing.multi_parts.end(), files.begin(), files.end());
  }
  std::stable_sort(listing.checkpoints.begin(), listing.checkpoints.end(), [](const Checkpoint& a, const Checkpoint& b) {
    return a.version != b.version ? a.version < b.version : Rank(a) < Rank(b);
  });
  return listing;
}

Result<LogSegment> ChooseSegment(const LogListing& listing, std::optional<int64_t> version, int64_t checkpoint_before, std::string_view table) {
  int64_t newest = -1;
  if (!listing.commits.empty()) newest = listing.commits.back().version;
  if (!listing.checkpoints.empty()) newest = std::max(newest, listing.checkpoints.back().version);
  if (newest < 0) return Failure(ConditionError("DELTA_TABLE_NOT_FOUND", {{"tableName", std::string(table)}}));
  const int64_t target = version.value_or(newest);
  const int64_t oldest = !listing.commits.empty() ? listing.commits.front().version : listing.checkpoints.front().version;
  if (target > newest || target < 0) {
    return Failure(ConditionError("DELTA_VERSION_NOT_FOUND", {{"userVersion", fmt::format("{}", target)},
                                                              {"earliest", fmt::format("{}", oldest)},
                                                              {"latest", fmt::format("{}", newest)}}));
  }
  LogSegment segment;
  segment.version = target;
  for (auto it = listing.checkpoints.rbegin(); it != listing.checkpoints.rend(); ++it) {
    if (it->version <= target && it->version < checkpoint_before) {
      segment.checkpoint = *it;
      break;
    }
  }
  const int64_t base = segment.checkpoint ? segment.checkpoint->version : -1;
  for (const LogFile& commit : listing.commits) {
    if (commit.version > base && commit.version <= target) segment.commits.push_back(commit);
  }
  int64_t expected = base + 1;
  for (const LogFile& commit : segment.commits) {
    if (commit.version != expected) {
      if (expected == base + 1 && base < 0) {
        return Failure(ConditionError("DELTA_LOG_FILE_NOT_FOUND", {{"version", fmt::format("{}", target)}, {"checkpointVersion", "-1"}, {"logPath", fmt::format("{}/_delta_log", table)}}));
      }
      return Failure(ConditionError("DELTA_VERSIONS_NOT_CONTIGUOUS", {{"versionList", VersionList(segment.commits)},
                                                                     {"startVersion", fmt::format("{}", expected - 1)},
                                                                     {"endVersion", fmt::format("{}", commit.version)},
                                                                     {"versionToLoad", fmt::format("{}", target)}}));
    }
    ++expected;
  }
  if (expected <= target) {
    return Failure(ConditionError("DELTA_LOG_FILE_NOT_FOUND", {{"version", fmt::format("{}", target)}, {"checkpointVersion", fmt::format("{}", base)}, {"logPath", fmt::format("{}/_delta_log", table)}}));
  }
  for (const LogFile& compaction : listing.compactions) {
    if (compaction.first_version > base && compaction.version <= target) segment.compactions.push_back(compaction);
  }
  return segment;
}

}  // namespace crannog::delta
