/* A row of px at any positions in a texture's planes, with AVX2. Where neighbouring px look at
 * neighbouring texels, as nearly everywhere, those of four px come from a few loads of 16 bytes.
 */
#include "planes.h"

#ifdef __AVX2__
#include <immintrin.h>

/* Where 8 px look, four in each half. */
typedef struct {
    __m256i x, y;        /* 1/64 texel, inside the texture */
    __m256i column;      /* from the half's first texel */
    __m256i along, down; /* how much of the right texel, and of the lower; for two channels */
    __m256i second;      /* whether the upper of a px' texels is in the second row */
    int32_t at[2];       /* where each half's texels begin */
    int near;            /* whether they all lie in three rows of 9 texels; else x and y count */
} Spot;

static inline Spot spot_of(const Planes *t, __m256 u, __m256 v) {
    Spot s;
    const __m256i zero = _mm256_setzero_si256(), part = _mm256_set1_epi32(63);
    const __m256 scale = _mm256_set1_ps(64);
    /* what is no number, or too large for one, becomes the least of all */
    __m256i x = _mm256_max_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(u, scale)), zero);
    __m256i y = _mm256_max_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(v, scale)), zero);
    s.x = x = _mm256_min_epi32(x, _mm256_set1_epi32((t->width - 1) * 64 - 1));
    s.y = y = _mm256_min_epi32(y, _mm256_set1_epi32((t->height - 1) * 64 - 1));
    const __m256i column = _mm256_srli_epi32(x, 6), row = _mm256_srli_epi32(y, 6);
    const __m256i first = _mm256_min_epi32(_mm256_shuffle_epi32(column, 0x00),
                                           _mm256_shuffle_epi32(column, 0xff));
    const __m256i top =
        _mm256_min_epi32(_mm256_shuffle_epi32(row, 0x00), _mm256_shuffle_epi32(row, 0xff));
    const __m256i start =
        _mm256_add_epi32(_mm256_mullo_epi32(top, _mm256_set1_epi32(t->stride)), first);
    s.at[0] = _mm256_cvtsi256_si32(start);
    s.at[1] = _mm_cvtsi128_si32(_mm256_extracti128_si256(start, 1));
    s.column = _mm256_sub_epi32(column, first);
    const __m256i below = _mm256_sub_epi32(row, top);
    s.near = _mm256_testz_si256(_mm256_or_si256(s.column, _mm256_slli_epi32(below, 3)),
                                _mm256_set1_epi32(~15)) &&
             _mm256_testz_si256(_mm256_cmpgt_epi32(s.column, _mm256_set1_epi32(14)), part);
    s.second = _mm256_cmpgt_epi32(below, zero);
    const __m256i fx = _mm256_and_si256(x, part), fy = _mm256_and_si256(y, part);
    s.along = _mm256_add_epi32(_mm256_mullo_epi16(fx, _mm256_set1_epi32(255)),
                               _mm256_set1_epi32(64));
    s.along = _mm256_or_si256(s.along, _mm256_slli_epi32(s.along, 16));
    s.down = _mm256_slli_epi32(_mm256_or_si256(fy, _mm256_slli_epi32(fy, 16)), 9);
    return s;
}

static inline __m256i two_halves(const uint8_t *first, const uint8_t *second) {
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)first)),
        _mm_loadu_si128((const __m128i *)(const void *)second), 1);
}

/* Each px' one or two channels in 32 bits. */
static inline __m256i look_up_8(const uint8_t *texels, const Planes *t, const Spot *s, int channels) {
    const size_t stride = (size_t)(t->stride * channels);
    const uint8_t *a = texels + (size_t)s->at[0] * (size_t)channels;
    const uint8_t *b = texels + (size_t)s->at[1] * (size_t)channels;
    const __m256i column = s->column;
    __m256i take = _mm256_or_si256(column, _mm256_slli_epi32(column, 8));
    __m256i row[3];
    if (channels == 1)
        take = _mm256_add_epi32(take, _mm256_set1_epi32((int)0x80800100u));
    else
        take = _mm256_add_epi32(_mm256_slli_epi32(_mm256_or_si256(take,
                                                                  _mm256_slli_epi32(take, 16)), 1),
                                _mm256_set1_epi32(0x03010200));
    const __m256i other = _mm256_sub_epi8(take, _mm256_set1_epi8(16));
    if (channels == 2) take = _mm256_adds_epu8(take, _mm256_set1_epi8(0x70));
    for (int i = 0; i < 3; i++, a += stride, b += stride) {
        __m256i pairs = _mm256_shuffle_epi8(two_halves(a, b), take);
        if (channels == 2)
            pairs = _mm256_or_si256(pairs,
                                    _mm256_shuffle_epi8(two_halves(a + 16, b + 16), other));
        row[i] = _mm256_maddubs_epi16(pairs, s->along);
    }
    const __m256i upper = _mm256_blendv_epi8(row[0], row[1], s->second);
    const __m256i lower = _mm256_blendv_epi8(row[1], row[2], s->second);
    return _mm256_add_epi16(upper, _mm256_mulhrs_epi16(_mm256_sub_epi16(lower, upper), s->down));
}

/* 8 px into 16 bits each. */
static inline void put(__m256i found, int16_t *out) {
    _mm_storeu_si128((__m128i *)(void *)out,
                     _mm_packs_epi32(_mm256_castsi256_si128(found),
                                     _mm256_extracti128_si256(found, 1)));
}

static __attribute__((noinline)) void apart(const Planes *t, const Spot *s, int16_t out[4][8]) {
    int32_t x[8], y[8];
    _mm256_storeu_si256((__m256i *)(void *)x, s->x);
    _mm256_storeu_si256((__m256i *)(void *)y, s->y);
    for (int i = 0; i < 8; i++) {
        const Place at = {x[i], y[i]};
        out[0][i] = (int16_t)look_up(t->luma, t, at, 1);
        out[1][i] = (int16_t)look_up(t->alpha, t, at, 1);
        out[2][i] = (int16_t)look_up(t->chroma, t, at, 2);
        out[3][i] = (int16_t)look_up(t->chroma + 1, t, at, 2);
    }
}

void look_up_row(const Planes *t, const float *u, const float *v, int count, int16_t *luma,
                 int16_t *alpha, int16_t *blue, int16_t *red) {
    for (int i = 0; i < count; i += 8) {
        const int n = count - i < 8 ? count - i : 8;
        float x[8], y[8];
        for (int k = 0; k < 8; k++) {
            x[k] = u[i + (k < n ? k : n - 1)];
            y[k] = v[i + (k < n ? k : n - 1)];
        }
        const Spot s = spot_of(t, _mm256_loadu_ps(x), _mm256_loadu_ps(y));
        int16_t found[4][8];
        if (s.near) {
            put(look_up_8(t->luma, t, &s, 1), found[0]);
            put(look_up_8(t->alpha, t, &s, 1), found[1]);
            const __m256i both = look_up_8(t->chroma, t, &s, 2);
            put(_mm256_srai_epi32(_mm256_slli_epi32(both, 16), 16), found[2]);
            put(_mm256_srai_epi32(both, 16), found[3]);
        } else {
            apart(t, &s, found);
        }
        int16_t *const rows[4] = {luma, alpha, blue, red};
        for (int k = 0; k < 4; k++) memcpy(rows[k] + i, found[k], (size_t)n * sizeof(int16_t));
    }
}
#endif
