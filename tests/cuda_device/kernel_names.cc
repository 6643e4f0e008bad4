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

struct Function {
  std::string name;
  std::size_t bytes;
};

using Functions = std::map<std::uintptr_t, Function>;

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
Functions find_functions() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  Functions functions;
  if (bytes.size() < sizeof(Elf64_Ehdr) || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    return functions;
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
      functions.emplace(base + symbols[j].st_value,
                        Function{text + symbols[j].st_name, symbols[j].st_size});
    }
  }
  return functions;
}

const Functions& functions() {
  static const Functions functions = find_functions();
  return functions;
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

std::string readable(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? without_types(demangled.get()) : name;
}

std::string in_digits(const void* address) {
  std::ostringstream text;
  text << address;
  return text.str();
}

}  // namespace

std::string kernel_name(const void* kernel) {
  const auto found = functions().find(reinterpret_cast<std::uintptr_t>(kernel));
  return found == functions().end() ? in_digits(kernel) : readable(found->second.name);
}

std::string name_of_caller(const void* return_address) {
  // The call itself stands before the address, which may be behind the function's end.
  const std::uintptr_t within = reinterpret_cast<std::uintptr_t>(return_address) - 1;
  auto found = functions().upper_bound(within);
  if (found == functions().begin()) return in_digits(return_address);
  --found;
  return within - found->first < found->second.bytes ? readable(found->second.name)
                                                     : in_digits(return_address);
}

}  // namespace nextline::cuda_device
