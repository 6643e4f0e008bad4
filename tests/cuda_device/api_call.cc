#include "tests/cuda_device/api_call.h"

#include <unwind.h>

#include <cstddef>

#include "tests/cuda_device/kernel_names.h"

namespace nextline::cuda_device {

namespace {

/// A walk up the stack, which begins to collect at the first address.
struct Walk {
  const void* first;
  CallSite& site;
  std::size_t collected = 0;
  std::size_t passed = 0;
};

// The functions of the emulation itself stand between the walk and its first address.
constexpr std::size_t kMostPassed = 32;

_Unwind_Reason_Code visit(_Unwind_Context* context, void* data) {
  Walk& walk = *static_cast<Walk*>(data);
  const auto* address = reinterpret_cast<const void*>(_Unwind_GetIP(context));
  if (walk.collected > 0 || address == walk.first) {
    walk.site.callers[walk.collected++] = address;
    return walk.collected == walk.site.callers.size() ? _URC_END_OF_STACK : _URC_NO_REASON;
  }
  return ++walk.passed == kMostPassed ? _URC_END_OF_STACK : _URC_NO_REASON;
}

}  // namespace

CallSite site_of(const ApiCall& call) {
  CallSite site{call.function, call.kernel, {}};
  Walk walk{call.return_address, site};
  _Unwind_Backtrace(visit, &walk);
  site.callers[0] = call.return_address;
  return site;
}

std::string description(const CallSite& site) {
  std::string text(site.function);
  if (site.kernel != nullptr) text += " of " + kernel_name(site.kernel);
  for (const void* caller : site.callers) {
    if (caller != nullptr) text += ", called by " + name_of_caller(caller);
  }
  return text;
}

}  // namespace nextline::cuda_device
