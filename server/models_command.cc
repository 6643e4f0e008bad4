#include "server/models_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/models/catalogue.h"
#include "server/models/fetch.h"
#include "server/models/model_store.h"
#include "server/models/progress_bar.h"
#include "server/models/progress_lines.h"

namespace nextline::server {
namespace {

using models::Catalogue;
using models::CatalogueEntry;
using models::ModelStore;

Answer list_models(const Catalogue& catalogue, const ModelStore& store) {
  std::size_t name_width = 0;
  for (const CatalogueEntry& entry : catalogue.entries()) {
    name_width = std::max(name_width, entry.name.size());
  }
  Answer answer;
  boost::json::array rows;
  for (const CatalogueEntry& entry : catalogue.entries()) {
    const bool present = store.has(entry);
    rows.push_back({{"name", entry.name},
                    {"architecture", entry.architecture},
                    {"bytes", entry.bytes},
                    {"licence", entry.licence},
                    {"sha256", entry.sha256},
                    {"path", store.path_of(entry.name).string()},
                    {"default", entry.name == models::kDefaultModel},
                    {"present", present}});
    answer.text += fmt::format("{:<{}}  {:<6}  {:>6.0f} MB  {:<12}  {}\n", entry.name, name_width,
                               entry.architecture, static_cast<double>(entry.bytes) / 1e6,
                               entry.licence, present ? "fetched" : "-");
  }
  answer.json = {{"models", std::move(rows)}};
  return answer;
}

Result<Answer> fetch_model(const CatalogueEntry& entry, const ModelStore& store,
                           const ModelsArguments& arguments, const std::stop_token& stop) {
  const auto start_progress =
      arguments.tells_progress ? models::ProgressLines::start : models::ProgressBar::start;
  return models::fetch(entry, store, arguments.from, start_progress, stop)
      .map([&](const models::Fetched& fetched) {
        return Answer{.json = {{"name", entry.name},
                               {"path", fetched.path.string()},
                               {"bytes", entry.bytes},
                               {"sha256", entry.sha256},
                               {"fetched", !fetched.was_there}},
                      .text = fetched.path.string() + "\n",
                      .remark = fmt::format(
                          "{} {}.\n", entry.name,
                          fetched.was_there ? "was there already" : "is fetched and checked")};
      });
}

Result<Answer> verify_model(const CatalogueEntry& entry, const ModelStore& store,
                            const std::stop_token& stop) {
  const auto path = store.path_of(entry.name);
  if (!std::filesystem::exists(path)) {
    return failure(
        fmt::format("The model {0} is not on this machine; 'nextline models fetch {0}' fetches it.",
                    entry.name));
  }
  return models::verify(entry, path, models::ProgressBar::start, stop).map([&] {
    return Answer{
        .json = {{"name", entry.name},
                 {"path", path.string()},
                 {"bytes", entry.bytes},
                 {"sha256", entry.sha256},
                 {"verified", true}},
        .text = fmt::format("{} is whole: its SHA-256 is {}.\n", entry.name, entry.sha256),
        .remark = {}};
  });
}

}  // namespace

Result<Answer> manage_models(const ModelsArguments& arguments, std::stop_token stop) {
  const auto catalogue = Catalogue::load();
  if (!catalogue) return tl::unexpected(catalogue.error());
  const auto store = ModelStore::open();
  if (!store) return tl::unexpected(store.error());
  if (arguments.action == ModelsArguments::Action::kList) return list_models(*catalogue, *store);

  const std::string name =
      arguments.name.empty() ? std::string(models::kDefaultModel) : arguments.name;
  const CatalogueEntry* entry = catalogue->find(name);
  if (entry == nullptr) {
    return failure(
        fmt::format("There is no model named '{}'; 'nextline models list' shows the names.", name));
  }
  if (arguments.action == ModelsArguments::Action::kFetch) {
    return fetch_model(*entry, *store, arguments, stop);
  }
  return verify_model(*entry, *store, stop);
}

}  // namespace nextline::server
