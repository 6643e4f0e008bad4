#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/error.h"
#include "engine/model/model.h"

namespace nextline::test {

/// Loads a model of the catalogue from where `nextline models fetch` puts it; the error says how to
/// get one that is missing.
Result<std::unique_ptr<const Model>> load_cached_model(const std::string& name);

}  // namespace nextline::test
