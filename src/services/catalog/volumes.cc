#include "services/catalog/volumes.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace crannog::catalog {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kCopyBytes = 8 << 20;

Error NoSuchPath(std::string_view path) {
  return MakeError(ErrorCode::kNotFound, fmt::format("The path {} does not exist.", path));
}

// The parts of a path. Error: an empty or climbing part.
Result<std::vector<std::string>> SplitPath(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    if (part.empty()) continue;
    if (part == "." || part == ".." || part.find('\0') != std::string_view::npos) {
      return Failure(ErrorCode::kInvalidParameterValue, "a path must not hold '.', '..' or zero bytes");
    }
    parts.emplace_back(part);
  }
  return parts;
}

std::string Join(const std::vector<std::string>& parts, size_t first) {
  std::string key;
  for (size_t i = first; i < parts.size(); ++i) key += (key.empty() ? "" : "/") + parts[i];
  return key;
}

std::string Child(const std::string& parent, std::string_view name) { return parent == "/" ? fmt::format("/{}", name) : fmt::format("{}/{}", parent, name); }

int64_t ModifiedMs(const fs::path& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return 0;
  return int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

// The folder itself where the store is local; the key "" is the store's root.
std::optional<fs::path> LocalFolder(const Volumes::Place& place) {
  if (!place.key.empty()) {
    auto path = place.store->LocalPath(place.key);
    if (!path) return std::nullopt;
    return fs::path(*path);
  }
  auto inner = place.store->LocalPath("x");
  if (!inner) return std::nullopt;
  return fs::path(*inner).parent_path();
}

bool IsHidden(std::string_view name) { return name.starts_with(".crannog-"); }

Result<> DiskError(const std::error_code& error, std::string_view path) {
  if (!error) return {};
  return Failure(ErrorCode::kUnavailable, fmt::format("{}: {}", path, error.message()));
}

}  // namespace

Result<Volumes::Place> Volumes::Resolve(const Actor& actor, std::string_view path, Intent intent) {
  if (path.starts_with("dbfs:")) path.remove_prefix(5);
  TRY(std::vector<std::string> parts, SplitPath(path));
  Place place;
  place.path = "/" + Join(parts, 0);
  std::string root;
  if (!parts.empty() && parts[0] == "Volumes") {
    if (parts.size() < 4) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} names no volume: /Volumes/<catalog>/<schema>/<volume>", place.path));
    const Names names = {parts[1], parts[2], parts[3]};
    TRY(catalog_.Require(actor, intent == Intent::kRead ? "READ_VOLUME" : "WRITE_VOLUME", Kind::kVolume, names));
    TRY(Securable volume, catalog_.Get(actor, Kind::kVolume, names));
    root = volume.location;
    place.key = Join(parts, 4);
  } else if (!parts.empty() && parts[0] == "Models") {
    if (parts.size() < 5) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} names no model version: /Models/<catalog>/<schema>/<model>/<version>", place.path));
    const Names names = {parts[1], parts[2], parts[3]};
    TRY(catalog_.Require(actor, intent == Intent::kRead ? "EXECUTE" : "CREATE_MODEL_VERSION", Kind::kModel, names));
    TRY(Securable model, catalog_.Get(actor, Kind::kModel, names));
    root = model.location;
    place.key = Join(parts, 4);
  } else {
    root = catalog_.options().dbfs_root;
    if (root.empty()) return Failure(NotImplemented("files outside of /Volumes and /Models"));
    place.key = Join(parts, 0);
  }
  TRY(place.store, io::OpenStore(root, {}));
  return place;
}

Result<FileStatus> Volumes::Head(const Actor& actor, std::string_view path) {
  TRY(Place place, Resolve(actor, path, Intent::kRead));
  if (const auto folder = LocalFolder(place)) {
    std::error_code error;
    const bool is_directory = fs::is_directory(*folder, error);
    if (is_directory || place.key.empty()) return FileStatus{place.path, true, 0, ModifiedMs(*folder)};
    if (!fs::is_regular_file(*folder, error)) return Failure(NoSuchPath(place.path));
    return FileStatus{place.path, false, static_cast<int64_t>(fs::file_size(*folder, error)), ModifiedMs(*folder)};
  }
  if (place.key.empty()) return FileStatus{place.path, true};
  auto object = place.store->Head(place.key);
  if (object) return FileStatus{place.path, false, object->size_bytes, object->modified_ms};
  if (object.error().code != ErrorCode::kNotFound) return Failure(std::move(object).error());
  TRY(std::vector<io::ObjectInfo> below, place.store->List(place.key + "/"));
  if (below.empty()) return Failure(NoSuchPath(place.path));
  return FileStatus{place.path, true};
}

Result<std::string> Volumes::Read(const Actor& actor, std::string_view path, io::ByteRange range) {
  TRY(Place place, Resolve(actor, path, Intent::kRead));
  if (place.key.empty()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} is a directory", place.path));
  return place.store->Read(place.key, range);
}

Result<std::unique_ptr<io::ObjectWriter>> Volumes::OpenWriter(const Actor& actor, std::string_view path, io::WriteMode mode) {
  TRY(Place place, Resolve(actor, path, Intent::kWrite));
  if (place.key.empty()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} is a directory", place.path));
  if (const auto folder = LocalFolder(place)) {
    std::error_code error;
    if (fs::is_directory(*folder, error)) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} is a directory", place.path));
  }
  if (mode == io::WriteMode::kCreateOnly && place.store->Head(place.key)) {
    return Failure(ErrorCode::kAlreadyExists, fmt::format("The path {} already exists.", place.path), "set overwrite to replace it");
  }
  return place.store->OpenWriter(place.key, mode);
}

Result<> Volumes::DeleteFile(const Actor& actor, std::string_view path) {
  TRY(Place place, Resolve(actor, path, Intent::kWrite));
  if (place.key.empty() || !place.store->Head(place.key)) return Failure(NoSuchPath(place.path));
  return place.store->Delete(place.key);
}

Result<std::vector<FileStatus>> Volumes::List(const Actor& actor, std::string_view path) {
  TRY(Place place, Resolve(actor, path, Intent::kRead));
  std::vector<FileStatus> entries;
  if (const auto folder = LocalFolder(place)) {
    std::error_code error;
    if (!fs::is_directory(*folder, error)) {
      if (place.key.empty()) return entries;  // a volume that nothing was written to yet
      return Failure(NoSuchPath(place.path));
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(*folder, error)) {
      const std::string name = entry.path().filename().string();
      if (IsHidden(name)) continue;
      std::error_code ignored;
      const bool is_directory = entry.is_directory(ignored);
      entries.push_back({Child(place.path, name), is_directory, is_directory ? 0 : static_cast<int64_t>(entry.file_size(ignored)),
                         ModifiedMs(entry.path())});
    }
    std::ranges::sort(entries, {}, &FileStatus::path);
    return entries;
  }
  const std::string prefix = place.key.empty() ? "" : place.key + "/";
  TRY(std::vector<io::ObjectInfo> objects, place.store->List(prefix));
  std::map<std::string, FileStatus> by_name;
  for (const io::ObjectInfo& object : objects) {
    const std::string rest = object.key.substr(prefix.size());
    const size_t slash = rest.find('/');
    const std::string name = rest.substr(0, slash);
    if (slash == std::string::npos) by_name[name] = {Child(place.path, name), false, object.size_bytes, object.modified_ms};
    else by_name.try_emplace(name, FileStatus{Child(place.path, name), true});
  }
  if (by_name.empty() && !place.key.empty()) return Failure(NoSuchPath(place.path));
  for (auto& [name, status] : by_name) entries.push_back(std::move(status));
  return entries;
}

Result<> Volumes::MakeDirectory(const Actor& actor, std::string_view path) {
  TRY(Place place, Resolve(actor, path, Intent::kWrite));
  const auto folder = LocalFolder(place);
  if (!folder) return {};  // an object store has no empty directories
  std::error_code error;
  if (fs::is_regular_file(*folder, error)) return Failure(ErrorCode::kAlreadyExists, fmt::format("There is a file at {}", place.path));
  fs::create_directories(*folder, error);
  if (error == std::errc::not_a_directory || error == std::errc::file_exists) {
    return Failure(ErrorCode::kAlreadyExists, fmt::format("A parent of {} is a file", place.path));
  }
  return DiskError(error, place.path);
}

Result<> Volumes::RemoveDirectory(const Actor& actor, std::string_view path, Removal removal) {
  TRY(Place place, Resolve(actor, path, Intent::kWrite));
  if (place.key.empty()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("The root {} cannot be removed", place.path));
  TRY(std::vector<FileStatus> entries, List(actor, path));
  if (!entries.empty() && removal == Removal::kOnlyEmpty) {
    return Failure(ErrorCode::kInvalidState, fmt::format("The directory {} is not empty.", place.path));
  }
  if (const auto folder = LocalFolder(place)) {
    std::error_code error;
    fs::remove_all(*folder, error);
    return DiskError(error, place.path);
  }
  TRY(std::vector<io::ObjectInfo> objects, place.store->List(place.key + "/"));
  for (const io::ObjectInfo& object : objects) TRY(place.store->Delete(object.key));
  return {};
}

Result<> Volumes::Move(const Actor& actor, std::string_view from, std::string_view to) {
  TRY(FileStatus source, Head(actor, from));
  TRY(Place source_place, Resolve(actor, from, Intent::kWrite));
  TRY(Place target_place, Resolve(actor, to, Intent::kWrite));
  if (target_place.path == source_place.path || target_place.path.starts_with(source_place.path + "/")) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} cannot be moved into itself", source_place.path));
  }
  if (Head(actor, to)) return Failure(ErrorCode::kAlreadyExists, fmt::format("The path {} already exists.", target_place.path));
  const auto source_folder = LocalFolder(source_place), target_folder = LocalFolder(target_place);
  if (source_folder && target_folder) {
    std::error_code error;
    fs::create_directories(target_folder->parent_path(), error);
    fs::rename(*source_folder, *target_folder, error);
    if (error != std::errc::cross_device_link) return DiskError(error, source_place.path);
  }
  // Between stores: copy, then remove.
  std::vector<std::pair<std::string, std::string>> files;
  if (source.is_directory) {
    TRY(std::vector<io::ObjectInfo> objects, source_place.store->List(source_place.key + "/"));
    for (const io::ObjectInfo& object : objects) files.emplace_back(object.key, target_place.key + object.key.substr(source_place.key.size()));
  } else {
    files.emplace_back(source_place.key, target_place.key);
  }
  for (const auto& [key, target_key] : files) {
    TRY(io::ObjectInfo info, source_place.store->Head(key));
    TRY(auto writer, target_place.store->OpenWriter(target_key, io::WriteMode::kOverwrite));
    for (int64_t offset = 0; offset < info.size_bytes; offset += kCopyBytes) {
      TRY(std::string bytes, source_place.store->Read(key, {offset, std::min(kCopyBytes, info.size_bytes - offset)}));
      TRY(writer->Append(bytes));
    }
    TRY(writer->Finish());
  }
  for (const auto& [key, target_key] : files) TRY(source_place.store->Delete(key));
  return {};
}

}  // namespace crannog::catalog
