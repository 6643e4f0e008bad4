// Included once per instruction set, inside its namespace.

/// A number as a type.
template <int kValue>
struct Count {
  static constexpr int value = kValue;
};

/// Calls `action(Count<kFirst>{})` … `action(Count<kLast - 1>{})`.
template <int kFirst, int kLast, typename Action>
[[gnu::always_inline]] inline void for_counts(const Action& action) {
  if constexpr (kFirst < kLast) {
    action(Count<kFirst>{});
    for_counts<kFirst + 1, kLast>(action);
  }
}
