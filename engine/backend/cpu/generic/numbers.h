// Included once per instruction set, inside its namespace and behind its simd.h.

struct Half {
  std::uint16_t bits;
};
struct Bfloat16 {
  std::uint16_t bits;
};

/// Sixteen numbers as they are stored, widened to float32.
inline F32 load_numbers(const float* p) { return load(p); }
inline F32 load_numbers(const Half* p) { return load_half(&p->bits); }
inline F32 load_numbers(const Bfloat16* p) { return load_bfloat16(&p->bits); }

/// Sixteen numbers rounded to what is stored: to nearest, ties to even.
inline void store_numbers(float* p, const F32& v) { store(p, v); }
inline void store_numbers(Half* p, const F32& v) { store_half(&p->bits, v); }
inline void store_numbers(Bfloat16* p, const F32& v) { store_bfloat16(&p->bits, v); }
