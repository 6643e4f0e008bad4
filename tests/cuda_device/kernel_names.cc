#include "tests/cuda_device/kernel_names.h"

#include <cxxabi.h>
#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string_view>
#include <vector>

namespace nextline::cuda_device {

namespace {

using Names = std::map<std::uintptr_t, std::string>;

// Where the program itself was loaded to: the first object that the loader lists.
std::uintptr_t load_address() {
  std::uintptr_t address = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        *static_cast<std::uintptr_t*>(result) = info->dlpi_addr;
        return 1;
      },
      &address);
  return address;
}

// Kernels need not be visible outside of their file, so that the loader cannot name them; the table
// of the linker's symbols can (ELF-64 object file format, "Symbol table").
Names names_of_functions() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  Names names;
  if (bytes.size() < sizeof(Elf64_Ehdr) || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    return names;
  }
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(bytes.data());
  const auto* sections = reinterpret_cast<const Elf64_Shdr*>(bytes.data() + header->e_shoff);
  const std::uintptr_t base = load_address();
  for (std::size_t i = 0; i < header->e_shnum; ++i) {
    if (sections[i].sh_type != SHT_SYMTAB) continue;
    const char* text = bytes.data() + sections[sections[i].sh_link].sh_offset;
    const auto* symbols = reinterpret_cast<const Elf64_Sym*>(bytes.data() + sections[i].sh_offset);
    for (std::size_t j = 0; j < sections[i].sh_size / sizeof(Elf64_Sym); ++j) {
      if (ELF64_ST_TYPE(symbols[j].st_info) != STT_FUNC || symbols[j].st_value == 0) continue;
      names.emplace(base + symbols[j].st_value, text + symbols[j].st_name);
    }
  }
  return names;
}

// Without what stands before the last blank and behind the last parenthesis that is in no other.
std::string without_types(std::string_view name) {
  std::size_t first = 0;
  std::size_t end = name.size();
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '(' && depth == 0) end = i;
    if (name[i] == '(' || name[i] == '<') ++depth;
    if (name[i] == ')' || name[i] == '>') --depth;
    if (name[i] == ' ' && depth == 0) first = i + 1;
  }
  return std::string(first < end ? name.substr(first, end - first) : name);
}

}  // namespace

std::string kernel_name(const void* kernel) {
  static const Names names = names_of_functions();
  const auto found = names.find(reinterpret_cast<std::uintptr_t>(kernel));
  if (found == names.end()) {
    std::ostringstream text;
    text << kernel;
    return text.str();
  }
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(found->second.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? without_types(demangled.get()) : found->second;
}

}  // namespace nextline::cuda_device
