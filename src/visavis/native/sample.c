/* Texels: bilinear look-ups in RGBA textures, a row at a time. The part of the kernel where the time
 * goes; with AVX2 it is written out, elsewhere the compiler's vectors do.
 */
#include "kernel.h"

static inline void brighten_px(uint8_t *pixel, int gain) {
    for (int k = 0; k < 3; k++) {
        const int lit = pixel[k] + ((pixel[k] * gain + 128) >> 8);
        pixel[k] = (uint8_t)(lit < 0 ? 0 : lit > 255 ? 255 : lit);
    }
}

static inline void over_px(const uint8_t *person, const uint8_t *behind, int count, uint8_t *out) {
    for (int i = 0; i < count; i++) {
        uint32_t p, b;
        memcpy(&p, person + 4 * i, 4);
        memcpy(&b, behind + 4 * i, 4);
        const uint32_t through = 255 - (p >> 24);
        uint32_t even = (b & 0xff00ff) * through + 0x800080;
        uint32_t odd = ((b >> 8) & 0xff00ff) * through + 0x800080;
        even = ((even + ((even >> 8) & 0xff00ff)) >> 8) & 0xff00ff;
        odd = ((odd + ((odd >> 8) & 0xff00ff)) >> 8) & 0xff00ff;
        even += p & 0xff00ff;
        odd += (p >> 8) & 0xff00ff;
        /* a carry into the ninth bit fills the eight below it */
        even |= ((even >> 8) & 0x010001) * 255;
        odd |= ((odd >> 8) & 0x010001) * 255;
        const uint32_t sum = (even & 0xff00ff) | ((odd & 0xff00ff) << 8);
        memcpy(out + 4 * i, &sum, 4);
    }
}

#ifdef __AVX2__
#include <immintrin.h>

/* The left upper texel of a px with its neighbour, and the two below, in one half of a register. */
static inline __m128i four_texels(const uint8_t *upper, const uint8_t *lower, int32_t at) {
    const __m128i pair = _mm_loadl_epi64((const __m128i *)(const void *)(upper + (size_t)at * 4));
    return _mm_castpd_si128(_mm_loadh_pd(
        _mm_castsi128_pd(pair), (const double *)(const void *)(lower + (size_t)at * 4)));
}

/* Px i and i + 4 of eight, times 4096: per channel upper and lower texels times pairs of weights of
 * 6 bits, then left and right. */
#define TWO_PX(i)                                                                             \
    _mm256_madd_epi16(                                                                        \
        _mm256_maddubs_epi16(                                                                 \
            _mm256_shuffle_epi8(_mm256_inserti128_si256(                                      \
                                    _mm256_castsi128_si256(four_texels(upper, lower, at[i])), \
                                    four_texels(upper, lower, at[i + 4]), 1),                 \
                                order),                                                       \
            _mm256_shuffle_epi32(down, (i) * 0x55)),                                          \
        _mm256_shuffle_epi32(along, (i) * 0x55))

/* Eight px; positions in 1/64 texel, inside the texture. */
static inline void eight_px(const Texture *texture, __m256i x, __m256i y, uint8_t *out) {
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 8, 4, 12, 1, 9, 5, 13, 2, 10, 6, 14, 3, 11, 7, 15));
    const __m256i part = _mm256_set1_epi32(63), one = _mm256_set1_epi32(64);
    const __m256i half = _mm256_set1_epi32(2048);
    const uint8_t *upper = texture->pixels, *lower = upper + (size_t)texture->width * 4;
    int32_t at[8];
    const __m256i whole = _mm256_add_epi32(
        _mm256_mullo_epi32(_mm256_srli_epi32(y, 6), _mm256_set1_epi32(texture->width)),
        _mm256_srli_epi32(x, 6));
    _mm256_storeu_si256((__m256i *)(void *)at, whole);
    /* the next row of px lies two rows of texels further down; caches see no pattern in that */
    const uintptr_t next = (uintptr_t)(upper + (size_t)at[0] * 4) + (size_t)texture->width * 8;
    _mm_prefetch((const char *)next, _MM_HINT_T0);
    _mm_prefetch((const char *)(next + (size_t)texture->width * 4), _MM_HINT_T0);
    const __m256i fx = _mm256_and_si256(x, part), fy = _mm256_and_si256(y, part);
    const __m256i along = _mm256_or_si256(_mm256_sub_epi32(one, fx), _mm256_slli_epi32(fx, 16));
    __m256i down = _mm256_or_si256(_mm256_sub_epi32(one, fy), _mm256_slli_epi32(fy, 8));
    down = _mm256_or_si256(down, _mm256_slli_epi32(down, 16));
    __m256i px[4] = {TWO_PX(0), TWO_PX(1), TWO_PX(2), TWO_PX(3)};
    for (int i = 0; i < 4; i++) px[i] = _mm256_srli_epi32(_mm256_add_epi32(px[i], half), 12);
    /* packs work within halves, which is why px i and i + 4 go together */
    const __m256i bytes = _mm256_packus_epi16(_mm256_packus_epi32(px[0], px[1]),
                                              _mm256_packus_epi32(px[2], px[3]));
    _mm256_storeu_si256((__m256i *)(void *)out, bytes);
}

void sample_row(const Texture *texture, const float *u, const float *v, int count, uint8_t *out) {
    const __m256 scale = _mm256_set1_ps(64), zero = _mm256_setzero_ps();
    /* the last texel is reached but for 1/64 */
    const __m256 right = _mm256_set1_ps((float)((texture->width - 1) * 64 - 1));
    const __m256 bottom = _mm256_set1_ps((float)((texture->height - 1) * 64 - 1));
    for (int i = 0; i < count; i += 8) {
        float part[3][8] = {{0}};
        const float *x = u + i, *y = v + i;
        const int left = count - i;
        if (left < 8) {
            memcpy(part[0], x, (size_t)left * sizeof(float));
            memcpy(part[1], y, (size_t)left * sizeof(float));
            x = part[0];
            y = part[1];
        }
        /* the second operand is taken where the first is not a number */
        const __m256 xs =
            _mm256_min_ps(_mm256_max_ps(_mm256_mul_ps(_mm256_loadu_ps(x), scale), zero), right);
        const __m256 ys =
            _mm256_min_ps(_mm256_max_ps(_mm256_mul_ps(_mm256_loadu_ps(y), scale), zero), bottom);
        uint8_t *target = left < 8 ? (uint8_t *)part[2] : out + 4 * i;
        eight_px(texture, _mm256_cvtps_epi32(xs), _mm256_cvtps_epi32(ys), target);
        if (left < 8) memcpy(out + 4 * i, part[2], (size_t)left * 4);
    }
}

/* Eight bytes of two px, gain of each, for the three colours and not for alpha. */
static inline __m128i gain_of_two(const int16_t *gain) {
    int32_t two;
    memcpy(&two, gain, 4);
    return _mm_shuffle_epi8(_mm_cvtsi32_si128(two), _mm_setr_epi8(0, 1, 0, 1, 0, 1, -1, -1, 2, 3,
                                                                  2, 3, 2, 3, -1, -1));
}

void brighten_row(uint8_t *pixels, const int16_t *gain, int count) {
    int i = 0;
    for (; i + 4 <= count; i += 4) {
        __m128i *at = (__m128i *)(void *)(pixels + 4 * i);
        const __m256i c = _mm256_cvtepu8_epi16(_mm_loadu_si128(at));
        const __m256i g = _mm256_inserti128_si256(_mm256_castsi128_si256(gain_of_two(gain + i)),
                                                  gain_of_two(gain + i + 2), 1);
        __m256i more = _mm256_add_epi16(_mm256_mullo_epi16(c, g), _mm256_set1_epi16(128));
        more = _mm256_add_epi16(c, _mm256_srai_epi16(more, 8));
        _mm_storeu_si128(at, _mm_packus_epi16(_mm256_castsi256_si128(more),
                                              _mm256_extracti128_si256(more, 1)));
    }
    for (; i < count; i++) brighten_px(pixels + 4 * i, gain[i]);
}

/* Eight 16-bit products, over 255, rounded. */
static inline __m256i per_255(__m256i product) {
    const __m256i sum = _mm256_add_epi16(product, _mm256_set1_epi16(128));
    return _mm256_srli_epi16(_mm256_add_epi16(sum, _mm256_srli_epi16(sum, 8)), 8);
}

void over_row(const uint8_t *person, const uint8_t *behind, int count, uint8_t *out) {
    const __m256i alphas = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15));
    const __m256i zero = _mm256_setzero_si256(), full = _mm256_set1_epi8(-1);
    int i = 0;
    for (; i + 8 <= count; i += 8) {
        const __m256i p = _mm256_loadu_si256((const __m256i *)(const void *)(person + 4 * i));
        const __m256i through = _mm256_sub_epi8(full, _mm256_shuffle_epi8(p, alphas));
        __m256i b = zero;
        if (!_mm256_testz_si256(through, through)) {
            b = _mm256_loadu_si256((const __m256i *)(const void *)(behind + 4 * i));
            const __m256i low = _mm256_mullo_epi16(_mm256_unpacklo_epi8(b, zero),
                                                   _mm256_unpacklo_epi8(through, zero));
            const __m256i high = _mm256_mullo_epi16(_mm256_unpackhi_epi8(b, zero),
                                                    _mm256_unpackhi_epi8(through, zero));
            b = _mm256_packus_epi16(per_255(low), per_255(high));
        }
        _mm256_storeu_si256((__m256i *)(void *)(out + 4 * i), _mm256_adds_epu8(p, b));
    }
    over_px(person + 4 * i, behind + 4 * i, count - i, out + 4 * i);
}

#else

void over_row(const uint8_t *person, const uint8_t *behind, int count, uint8_t *out) {
    over_px(person, behind, count, out);
}

void brighten_row(uint8_t *pixels, const int16_t *gain, int count) {
    for (int i = 0; i < count; i++) brighten_px(pixels + 4 * i, gain[i]);
}

typedef uint8_t Bytes __attribute__((vector_size(16)));
typedef uint16_t Shorts __attribute__((vector_size(16)));
typedef uint64_t Halves __attribute__((vector_size(16)));

#if defined(__clang__) || __GNUC__ >= 12
#define LOW_BYTES(a, b) \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#else
#define LOW_BYTES(a, b) \
    __builtin_shuffle(a, b, (Bytes){0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23})
#endif

/* Two neighbouring texels, 8 bytes, as 16-bit numbers. */
static inline Shorts two_texels(const uint8_t *at) {
    uint64_t both;
    memcpy(&both, at, 8);
    const Bytes bytes = (Bytes)(Halves){both, 0}, zero = {0};
    return (Shorts)LOW_BYTES(bytes, zero);
}

void sample_row(const Texture *texture, const float *u, const float *v, int count, uint8_t *out) {
    const float right = (float)((texture->width - 1) * 64 - 1);
    const float bottom = (float)((texture->height - 1) * 64 - 1);
    const size_t row = (size_t)texture->width * 4;
    for (int i = 0; i < count; i++) {
        const uint32_t x = (uint32_t)clampf(u[i] * 64 + 0.5f, 0, right);
        const uint32_t y = (uint32_t)clampf(v[i] * 64 + 0.5f, 0, bottom);
        const uint8_t *texel = texture->pixels + (size_t)(y >> 6) * row + (size_t)(x >> 6) * 4;
        const uint16_t d = y & 63, a = x & 63;
        const Shorts mixed =
            (two_texels(texel) * (uint16_t)(64 - d) + two_texels(texel + row) * d) >> 4;
        /* 10 bits and 6 of weight fit, halves and all */
        const Halves weights = {(uint64_t)(64 - a) * 0x0001000100010001u,
                                (uint64_t)a * 0x0001000100010001u};
        const Halves px = (Halves)(mixed * (Shorts)weights);
        const uint64_t high = 0x00ff00ff00ff00ffu, half = 0x0080008000800080u;
        /* each half is at most 65280 with the other: the sum does not carry */
        uint64_t sum = px[0] + px[1];
        sum = ((sum + half) >> 8) & high;
        sum = (sum | (sum >> 8)) & 0x0000ffff0000ffffu;
        const uint32_t packed = (uint32_t)(sum | (sum >> 16));
        memcpy(out + 4 * i, &packed, 4);
    }
}
#endif
