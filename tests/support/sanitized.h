#pragma once

namespace nextline::test {

/// Whether a sanitizer watches this build. It makes all of it many times as slow, so tests at
/// random take fewer steps.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace nextline::test
