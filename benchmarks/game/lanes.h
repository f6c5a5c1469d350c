/* Vectors of single-precision numbers, one future a lane: 16 with AVX-512, 8 with AVX2, 4 elsewhere.
 *
 * AVX-512 is written by hand; the rest in the vector extensions that GCC and Clang share, with what AVX2 does better
 * named. A `mask` says which lanes are meant and takes & | ~. A `tally` counts masks lane by lane or in all. */
#include <stdint.h>

#if defined(__AVX512F__)

#include <immintrin.h>
#define LANES 16
typedef __m512 vec;
typedef __m512i words;
typedef __mmask16 mask;
typedef uint64_t tally;
#define ALL ((mask)0xffff)
#define INLINE static inline __attribute__((always_inline))

INLINE vec same(float x) { return _mm512_set1_ps(x); }
INLINE vec fma_(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec pick(mask m, vec yes, vec no) { return _mm512_mask_blend_ps(m, no, yes); }
INLINE vec least(vec a, vec b) { return _mm512_min_ps(a, b); }
INLINE vec most(vec a, vec b) { return _mm512_max_ps(a, b); }
INLINE vec root(vec x) { return _mm512_sqrt_ps(x); }
INLINE mask at_least(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
INLINE mask below(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
INLINE int any(mask m) { return m != 0; }
INLINE int count(mask m) { return __builtin_popcount(m); }
INLINE void add_mask(tally *t, mask m) { *t += (uint64_t)__builtin_popcount(m); }
INLINE double total(tally t) { return (double)t; }
INLINE double sum(vec x) { return _mm512_reduce_add_ps(x); }
INLINE words load_words(const uint32_t *p) { return _mm512_loadu_si512(p); }
INLINE words add_words(words a, words b) { return _mm512_add_epi32(a, b); }
INLINE words xor_words(words a, words b) { return _mm512_xor_si512(a, b); }
INLINE words shift_left_9(words a) { return _mm512_slli_epi32(a, 9); }
INLINE words rotate_left_11(words a) { return _mm512_rol_epi32(a, 11); }
/* [0, 1) from the upper 23 bits */
INLINE vec unit(words a) {
    words one = _mm512_set1_epi32(0x3f800000);
    return _mm512_castsi512_ps(_mm512_or_si512(_mm512_srli_epi32(a, 9), one)) - same(1.0f);
}
/* x = whole + rest, |rest| <= 1/2 */
INLINE vec whole(vec x, words *k) {
    vec w = _mm512_roundscale_ps(x, 0);
    *k = _mm512_cvtps_epi32(w);
    return w;
}
INLINE vec times_power_of_two(vec x, vec k, words unused) { (void)unused; return _mm512_scalef_ps(x, k); }
/* x = m * 2^e, m in [sqrt(1/2), sqrt(2)) */
INLINE vec mantissa(vec x, vec *e) {
    vec m = _mm512_getmant_ps(x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_zero);
    mask big = at_least(m, same(1.41421356f));
    *e = _mm512_getexp_ps(x);
    *e = _mm512_mask_add_ps(*e, big, *e, same(1.0f));
    return _mm512_mask_mul_ps(m, big, m, same(0.5f));
}
INLINE mask odd(words k) { return _mm512_test_epi32_mask(k, _mm512_set1_epi32(1)); }
/* x with its sign turned where bit 1 of k is set */
INLINE vec turn_sign(vec x, words k) {
    words s = _mm512_slli_epi32(_mm512_and_si512(k, _mm512_set1_epi32(2)), 30);
    return _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(x), s));
}
INLINE words one_more(words k) { return _mm512_add_epi32(k, _mm512_set1_epi32(1)); }
INLINE words no_words(void) { return _mm512_setzero_si512(); }
INLINE words add_where(words k, mask m) { return _mm512_mask_add_epi32(k, m, k, _mm512_set1_epi32(1)); }
INLINE vec look_up(const float *table, words k) { return _mm512_permutexvar_ps(k, _mm512_loadu_ps(table)); }

#else

#if defined(__AVX2__)
#include <immintrin.h>
#define LANES 8
#else
#define LANES 4
#if defined(__aarch64__)
#include <arm_neon.h>
#endif
#endif
typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t words __attribute__((vector_size(4 * LANES)));
typedef uint32_t unsigned_words __attribute__((vector_size(4 * LANES)));
typedef words mask;
typedef words tally;
#define ALL (~(words){0})
#define INLINE static inline __attribute__((always_inline))

INLINE vec same(float x) { return x - (vec){0}; }
INLINE vec fma_(vec a, vec b, vec c) { return a * b + c; } /* contracted where the processor can */
INLINE vec pick(mask m, vec yes, vec no) { return (vec)(((words)yes & m) | ((words)no & ~m)); }
INLINE mask at_least(vec a, vec b) { return a >= b; }
INLINE mask below(vec a, vec b) { return a < b; }
INLINE vec least(vec a, vec b) { return pick(a < b, a, b); }
INLINE vec most(vec a, vec b) { return pick(a < b, b, a); }
INLINE double sum(vec x) { double s = 0; for (int l = 0; l < LANES; l++) s += x[l]; return s; }
INLINE void add_mask(tally *t, mask m) { *t -= m; }
INLINE double total(tally t) { double s = 0; for (int l = 0; l < LANES; l++) s += t[l]; return s; }
INLINE words load_words(const uint32_t *p) { words w; __builtin_memcpy(&w, p, sizeof w); return w; }
INLINE words add_words(words a, words b) { return (words)((unsigned_words)a + (unsigned_words)b); }
INLINE words xor_words(words a, words b) { return a ^ b; }
INLINE words shift_left_9(words a) { return (words)((unsigned_words)a << 9); }
INLINE words rotate_left_11(words a) { return (words)(((unsigned_words)a << 11) | ((unsigned_words)a >> 21)); }
INLINE vec unit(words a) { return (vec)((words)((unsigned_words)a >> 9) | 0x3f800000) - same(1.0f); }
INLINE vec times_power_of_two(vec x, vec unused, words k) { (void)unused; return x * (vec)((k + 127) << 23); }
INLINE vec mantissa(vec x, vec *e) {
    words k = ((words)x - 0x3f3504f3) >> 23;
    *e = __builtin_convertvector(k, vec);
    return (vec)((words)x - (k << 23));
}
INLINE mask odd(words k) { return -(k & 1); }
INLINE vec turn_sign(vec x, words k) { return (vec)((words)x ^ ((k & 2) << 30)); }
INLINE words one_more(words k) { return k + 1; }
INLINE words no_words(void) { return (words){0}; }
INLINE words add_where(words k, mask m) { return k - m; }

#if defined(__AVX2__)
INLINE vec root(vec x) { return (vec)_mm256_sqrt_ps((__m256)x); }
INLINE int any(mask m) { return !_mm256_testz_si256((__m256i)m, (__m256i)m); }
INLINE int count(mask m) { return __builtin_popcount(_mm256_movemask_ps((__m256)m)); }
INLINE vec whole(vec x, words *k) { *k = (words)_mm256_cvtps_epi32((__m256)x); return __builtin_convertvector(*k, vec); }
INLINE vec look_up(const float *table, words k) {
    __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), (__m256i)k);
    __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), (__m256i)k);
    return (vec)_mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32((__m256i)k, 28)));
}
#else
INLINE int any(mask m) { int s = 0; for (int l = 0; l < LANES; l++) s |= m[l]; return s; }
INLINE int count(mask m) { int s = 0; for (int l = 0; l < LANES; l++) s -= m[l]; return s; }
INLINE vec look_up(const float *table, words k) { vec x; for (int l = 0; l < LANES; l++) x[l] = table[k[l]]; return x; }
#if defined(__aarch64__)
INLINE vec root(vec x) { return (vec)vsqrtq_f32((float32x4_t)x); }
INLINE vec whole(vec x, words *k) { *k = (words)vcvtnq_s32_f32((float32x4_t)x); return __builtin_convertvector(*k, vec); }
#else
INLINE vec root(vec x) { for (int l = 0; l < LANES; l++) x[l] = __builtin_sqrtf(x[l]); return x; }
INLINE vec whole(vec x, words *k) {
    *k = __builtin_convertvector(x + pick(x < 0, same(-0.5f), same(0.5f)), words);
    return __builtin_convertvector(*k, vec);
}
#endif
#endif
#endif
