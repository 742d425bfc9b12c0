#include "delta/live_files.h"

#include "delta/path.h"

namespace crannog::delta {
namespace {

constexpr size_t kBlockBytes = 256 << 10;  // of texts; larger texts get a block of their own

std::string PartitionsToText(const PartitionValues& values) {
  std::string out = "{";
  for (const auto& [key, value] : values) {
    if (out.size() > 1) out += ',';
    AppendJsonString(out, key);
    out += ':';
    if (value) AppendJsonString(out, *value);
    else out += "null";
  }
  return out + "}";
}

std::string TagsToText(const StringMap& tags) {
  if (tags.empty()) return "";
  std::string out = "{";
  for (const auto& [key, value] : tags) {
    if (out.size() > 1) out += ',';
    AppendJsonString(out, key);
    out += ':';
    AppendJsonString(out, value);
  }
  return out + "}";
}

uint64_t HashOf(std::string_view key) { return std::hash<std::string_view>{}(key); }

}  // namespace

PartitionValues FileEntry::Partitions() const {
  PartitionValues values;
  if (partition_values.size() <= 2) return values;
  if (Result<JsonValue> json = ParseJson(partition_values); json && json->IsObject()) {
    for (auto& [key, value] : json->AsObject()) {
      values.emplace_back(key, value.IsString() ? std::optional(value.AsString()) : std::nullopt);
    }
  }
  return values;
}

AddFile FileEntry::ToAddFile() const {
  AddFile add;
  add.path = path;
  add.partition_values = Partitions();
  add.size_bytes = size_bytes;
  add.modification_time_ms = modification_time_ms;
  add.data_change = false;
  add.stats = stats;
  if (!tags.empty()) {
    if (Result<JsonValue> json = ParseJson(tags); json && json->IsObject()) {
      for (auto& [key, value] : json->AsObject()) {
        if (value.IsString()) add.tags[key] = value.AsString();
      }
    }
  }
  if (deletion_vector != nullptr) add.deletion_vector = *deletion_vector;
  if (base_row_id >= 0) add.base_row_id = base_row_id;
  if (default_row_commit_version >= 0) add.default_row_commit_version = default_row_commit_version;
  if (!clustering_provider.empty()) add.clustering_provider = std::string(clustering_provider);
  return add;
}

std::string FileEntry::Key() const {
  std::string key = CanonicalPath(path);
  if (deletion_vector != nullptr) {
    key += '\0';
    key += deletion_vector->UniqueId();
  }
  return key;
}

std::string_view FileSegment::Keep(std::string_view text) {
  if (text.empty()) return {};
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
    blocks_.emplace_back();
    blocks_.back().reserve(std::max(kBlockBytes, text.size()));
  }
  std::string& block = blocks_.back();
  const size_t start = block.size();
  block.append(text);
  return std::string_view(block).substr(start);
}

void FileSegment::Append(const FileEntry& entry) {
  FileEntry kept = entry;
  kept.path = Keep(entry.path);
  kept.partition_values = entry.partition_values == "{}" ? std::string_view("{}") : Keep(entry.partition_values);
  kept.stats = Keep(entry.stats);
  kept.tags = Keep(entry.tags);
  kept.clustering_provider = Keep(entry.clustering_provider);
  if (entry.deletion_vector != nullptr) kept.deletion_vector = &vectors_.emplace_back(*entry.deletion_vector);
  entries_.push_back(kept);
}

void FileSegment::Append(const AddFile& add) {
  FileEntry entry;
  const std::string partitions = PartitionsToText(add.partition_values);
  const std::string tags = TagsToText(add.tags);
  entry.path = add.path;
  entry.partition_values = partitions;
  entry.stats = add.stats;
  entry.tags = tags;
  if (add.clustering_provider) entry.clustering_provider = *add.clustering_provider;
  entry.size_bytes = add.size_bytes;
  entry.modification_time_ms = add.modification_time_ms;
  entry.base_row_id = add.base_row_id.value_or(-1);
  entry.default_row_commit_version = add.default_row_commit_version.value_or(-1);
  entry.deletion_vector = add.deletion_vector ? &*add.deletion_vector : nullptr;
  Append(entry);
}

int64_t FileSegment::Find(std::string_view key) const {
  std::lock_guard lock(mutex_);
  if (!indexed_) {
    index_.reserve(entries_.size());
    for (size_t i = 0; i < entries_.size(); ++i) index_.emplace(HashOf(entries_[i].Key()), static_cast<uint32_t>(i));
    indexed_ = true;
  }
  auto [first, last] = index_.equal_range(HashOf(key));
  for (; first != last; ++first) {
    if (entries_[first->second].Key() == key) return first->second;
  }
  return -1;
}

std::shared_ptr<const void> FileSegment::Cached(const std::string& name, const std::function<std::shared_ptr<const void>()>& make) const {
  {
    std::lock_guard lock(mutex_);
    if (auto found = cache_.find(name); found != cache_.end()) return found->second;
  }
  std::shared_ptr<const void> made = make();
  std::lock_guard lock(mutex_);
  return cache_.emplace(name, std::move(made)).first->second;
}

LiveFiles LiveFiles::Of(std::shared_ptr<const FileSegment> segment) {
  LiveFiles files;
  for (const FileEntry& entry : segment->entries()) files.total_bytes_ += entry.size_bytes;
  files.count_ = static_cast<int64_t>(segment->entries().size());
  if (files.count_ > 0) files.parts_.push_back({std::move(segment), nullptr});
  return files;
}

void LiveFiles::ForEach(const std::function<void(const FileEntry&)>& visit) const {
  for (const Part& part : parts_) {
    const auto entries = part.segment->entries();
    for (size_t row = 0; row < entries.size(); ++row) {
      if (!part.IsDead(row)) visit(entries[row]);
    }
  }
}

const FileEntry* LiveFiles::Find(std::string_view key) const {
  for (const Part& part : parts_) {
    const int64_t row = part.segment->Find(key);
    if (row >= 0 && !part.IsDead(static_cast<size_t>(row))) return &part.segment->entries()[static_cast<size_t>(row)];
  }
  return nullptr;
}

void LiveFiles::Kill(std::string_view key) {
  for (Part& part : parts_) {
    const int64_t found = part.segment->Find(key);
    if (found < 0) continue;
    const auto row = static_cast<size_t>(found);
    if (part.IsDead(row)) continue;
    // Only bitmaps that no other version shares are changed in place.
    if (part.dead == nullptr) part.dead = std::make_shared<std::vector<uint64_t>>((part.segment->entries().size() + 63) / 64, 0);
    else if (part.dead.use_count() > 1) part.dead = std::make_shared<std::vector<uint64_t>>(*part.dead);
    const_cast<std::vector<uint64_t>&>(*part.dead)[row >> 6] |= uint64_t{1} << (row & 63);
    --count_;
    total_bytes_ -= part.segment->entries()[row].size_bytes;
    return;
  }
}

LiveFiles LiveFiles::Apply(const std::vector<std::string>& removed_keys, const std::vector<AddFile>& added) const {
  LiveFiles next = *this;
  for (const std::string& key : removed_keys) next.Kill(key);
  if (added.empty()) return next;
  auto segment = std::make_shared<FileSegment>();
  segment->Reserve(added.size());
  for (const AddFile& add : added) {
    next.Kill(FileKey(add.path, add.deletion_vector));
    segment->Append(add);
    next.total_bytes_ += add.size_bytes;
  }
  next.count_ += static_cast<int64_t>(added.size());
  next.parts_.push_back({std::move(segment), nullptr});
  next.Compact();
  return next;
}

// Keeps the number of segments logarithmic: a segment is merged with its neighbour once that is no more than twice its size.
void LiveFiles::Compact() {
  auto size = [](const Part& part) { return part.segment->entries().size(); };
  while (parts_.size() >= 2 && size(parts_[parts_.size() - 2]) <= 2 * size(parts_.back())) {
    auto merged = std::make_shared<FileSegment>();
    for (size_t i = parts_.size() - 2; i < parts_.size(); ++i) {
      const auto entries = parts_[i].segment->entries();
      for (size_t row = 0; row < entries.size(); ++row) {
        if (!parts_[i].IsDead(row)) merged->Append(entries[row]);
      }
    }
    parts_.pop_back();
    parts_.back() = {std::move(merged), nullptr};
  }
}

}  // namespace crannog::delta
