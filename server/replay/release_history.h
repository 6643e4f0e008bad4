#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/error.h"
#include "engine/speculate/suffix_drafter.h"
#include "engine/tokenizer/tokenizer.h"

namespace nextline::replay {

std::uint16_t language_number(const std::string& path);

Result<SuffixDrafter::Segments> history_of(const std::filesystem::path& repository,
                                           const std::string& commit, bool has_changes,
                                           const Tokenizer& tokenizer,
                                           const std::filesystem::path& folder);

}  // namespace nextline::replay
