#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <optional>

#include "server/models/catalogue.h"

namespace nextline::models {
namespace {

namespace json = boost::json;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Names become file names and arguments of the package client, so they are kept harmless: they
/// begin with a letter or digit, and hold nothing but those, '.', '_', '-' and '+'.
bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 && is_alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_alphanumeric(c) || std::string_view("._-+").find(c) != std::string_view::npos;
         });
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool stays_below_its_folder(const std::string& path) {
  const std::filesystem::path parts(path);
  return !path.empty() && parts.is_relative() &&
         std::find(parts.begin(), parts.end(), "..") == parts.end();
}

bool is_url(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://") || text.starts_with("file://");
}

/// Reads the fields of one JSON object and remembers the first thing that is wrong with it.
class Fields {
 public:
  Fields(const json::value& value, std::string where) : where_(std::move(where)) {
    if (value.is_object()) {
      object_ = &value.get_object();
    } else {
      complain("is not an object");
    }
  }

  const json::value* find(std::string_view key) const {
    return object_ == nullptr ? nullptr : object_->if_contains(key);
  }

  std::string text(std::string_view key) {
    const json::value* value = find(key);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
    complain(fmt::format("lacks the text \"{}\"", key));
    return {};
  }

  std::string optional_text(std::string_view key) { return find(key) ? text(key) : std::string(); }

  std::uint64_t positive_number(std::string_view key) {
    const json::value* value = find(key);
    if (value != nullptr && value->is_int64() && value->get_int64() > 0) {
      return static_cast<std::uint64_t>(value->get_int64());
    }
    complain(fmt::format("lacks the positive whole number \"{}\"", key));
    return 0;
  }

  const json::array& array(std::string_view key) {
    static const json::array kEmpty;
    const json::value* value = find(key);
    if (value != nullptr && value->is_array()) return value->get_array();
    complain(fmt::format("lacks the array \"{}\"", key));
    return kEmpty;
  }

  void expect(bool condition, std::string_view complaint) {
    if (!condition) complain(complaint);
  }

  void complain(std::string_view what) {
    if (complaint_.empty()) complaint_ = fmt::format("{} {}", where_, what);
  }

  void take_complaint_of(const Fields& inner) {
    if (complaint_.empty()) complaint_ = inner.complaint_;
  }

  const std::string& where() const { return where_; }
  const std::string& complaint() const { return complaint_; }

 private:
  const json::object* object_ = nullptr;
  std::string where_;
  std::string complaint_;
};

PackageFile read_package(const json::value& value, Fields& source) {
  Fields fields(value, fmt::format("a package of {}", source.where()));
  PackageFile file{fields.text("name"), fields.text("version"), fields.text("path")};
  fields.expect(is_plain_name(file.package), "has no plain package name");
  fields.expect(is_plain_name(file.version), "has no plain version");
  fields.expect(stays_below_its_folder(file.path), "has a path that leaves its folder");
  source.take_complaint_of(fields);
  return file;
}

Source read_source(const json::value& value, Fields& entry) {
  Fields fields(value, fmt::format("a source of {}", entry.where()));
  Source source = UrlSource{};
  if (fields.find("packages") != nullptr) {
    PackageSource packages;
    for (const json::value& part : fields.array("packages")) {
      packages.parts.push_back(read_package(part, fields));
    }
    fields.expect(!packages.parts.empty(), "names no packages");
    source = std::move(packages);
  } else {
    UrlSource url{fields.text("url")};
    fields.expect(is_url(url.url), "has a URL that begins with none of https://, http://, file://");
    source = std::move(url);
  }
  entry.take_complaint_of(fields);
  return source;
}

CatalogueEntry read_entry(const json::value& value, std::size_t number, std::string& complaint) {
  Fields fields(value, fmt::format("model {}", number));
  CatalogueEntry entry{.name = fields.text("name"),
                       .architecture = fields.text("architecture"),
                       .bytes = fields.positive_number("bytes"),
                       .sha256 = fields.text("sha256"),
                       .licence = fields.optional_text("licence"),
                       .sink = fields.optional_text("sink"),
                       .sources = {}};
  fields.expect(is_plain_name(entry.name),
                "has a name with other characters than letters, digits and . _ - +");
  fields.expect(is_sha256(entry.sha256),
                "has a \"sha256\" that is not 64 lower-case hexadecimal digits");
  for (const json::value& source : fields.array("sources")) {
    entry.sources.push_back(read_source(source, fields));
  }
  if (complaint.empty()) complaint = fields.complaint();
  return entry;
}

}  // namespace

Result<std::vector<CatalogueEntry>> parse_catalogue(std::string_view text, std::string_view name) {
  json::error_code error;
  const json::value root = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) {
    return failure(fmt::format("The model catalogue {} is not JSON.", name), error.message());
  }
  const json::object* object = root.if_object();
  const json::value* models = object == nullptr ? nullptr : object->if_contains("models");
  if (models == nullptr || !models->is_array()) {
    return failure(
        fmt::format("The model catalogue {} is not an object with an array \"models\".", name));
  }

  std::vector<CatalogueEntry> entries;
  std::string complaint;
  for (const json::value& value : models->get_array()) {
    entries.push_back(read_entry(value, entries.size() + 1, complaint));
  }
  if (complaint.empty()) return entries;
  return failure(fmt::format("The model catalogue {} is wrong: {}.", name, complaint));
}

}  // namespace nextline::models
