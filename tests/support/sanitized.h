#pragma once

// GCC has a macro for each sanitizer, clang 14 something else.
#if defined(__SANITIZE_ADDRESS__)
#define NEXTLINE_ADDRESS_SANITIZER
#elif defined(__SANITIZE_THREAD__)
#define NEXTLINE_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NEXTLINE_ADDRESS_SANITIZER
#elif __has_feature(thread_sanitizer)
#define NEXTLINE_THREAD_SANITIZER
#endif
#endif

namespace nextline::test {

/// Whether a sanitizer watches this build. It makes all of it many times as slow, so tests at
/// random take fewer steps.
#if defined(NEXTLINE_ADDRESS_SANITIZER) || defined(NEXTLINE_THREAD_SANITIZER)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace nextline::test
