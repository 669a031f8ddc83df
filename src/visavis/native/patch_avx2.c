/* A patch of the picture straight into an encoder's planes, with AVX2: the part of the kernel where
 * the time goes. Two rows of 8 px are looked up together: the texels of a row of px lie in a few
 * rows of 16 or 32 bytes, from which each px takes its own.
 */
#include "planes.h"

#ifdef __AVX2__
#include <immintrin.h>

#define MOST_ROWS 8
#define FRACTION 2048 /* steps of a texel: positions are 16 bits, from the patch's first texel on */

/* A patch's texels in a plane: where they begin, and how they are found. */
typedef struct {
    ptrdiff_t at;
    size_t stride;           /* bytes */
    int rows;                /* of texels that a row of px may look at, 3 to MOST_ROWS */
    int wide;                /* how many times 16 bytes a row of px may look at, 1 or 2 */
    __m256i low[2], high[2]; /* x, then y: inside the texture */
} Reach;

/* Where 16 px look, a row of px in each half. */
typedef struct {
    __m256i column;                /* from the patch's first */
    __m256i along, down;           /* how much of the right texel, and of the lower */
    __m256i row;                   /* of the upper texel, from the half's first */
    size_t at[2];                  /* where each half's rows begin */
} Spot;

static inline Spot spot_of(const Reach *r, __m256i x, __m256i y) {
    Spot s;
    const __m256i part = _mm256_set1_epi16(63);
    x = _mm256_min_epu16(_mm256_max_epu16(x, r->low[0]), r->high[0]);
    y = _mm256_min_epu16(_mm256_max_epu16(y, r->low[1]), r->high[1]);
    s.column = _mm256_srli_epi16(x, 11);
    /* 64 - part, part */
    s.along = _mm256_add_epi16(_mm256_mullo_epi16(_mm256_and_si256(_mm256_srli_epi16(x, 5), part),
                                                  _mm256_set1_epi16(255)),
                               _mm256_set1_epi16(64));
    s.down = _mm256_and_si256(_mm256_slli_epi16(y, 4), _mm256_set1_epi16(63 * 512));
    const __m256i row = _mm256_srli_epi16(y, 11);
    const __m256i first = _mm256_broadcastsi128_si256(_mm_set1_epi16(0x0100));
    const __m256i last = _mm256_broadcastsi128_si256(_mm_set1_epi16(0x0f0e));
    const __m256i top =
        _mm256_min_epu16(_mm256_shuffle_epi8(row, first), _mm256_shuffle_epi8(row, last));
    s.row = _mm256_sub_epi16(row, top);
    s.at[0] = (uint32_t)_mm_cvtsi128_si32(_mm256_castsi256_si128(top)) & 0xffff;
    s.at[1] = (uint32_t)_mm_cvtsi128_si32(_mm256_extracti128_si256(top, 1)) & 0xffff;
    s.at[0] *= r->stride;
    s.at[1] *= r->stride;
    return s;
}

static inline __m256i two_halves(const uint8_t *first, const uint8_t *second) {
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)first)),
        _mm_loadu_si128((const __m128i *)(const void *)second), 1);
}

/* 16 px; take: for each the bytes of its two texels. */
static inline __m256i look_up_16(const uint8_t *texels, size_t stride, const Spot *s, __m256i take,
                                 int wide, int rows) {
    const uint8_t *a = texels + s->at[0], *b = texels + s->at[1];
    __m256i row[MOST_ROWS];
    /* what is taken from the other 16 bytes has its highest bit set, and is 0 here */
    const __m256i early = _mm256_adds_epu8(take, _mm256_set1_epi8(0x70));
    const __m256i late = _mm256_sub_epi8(take, _mm256_set1_epi8(16));
    for (int i = 0; i < rows; i++, a += stride, b += stride) {
        __m256i pairs = _mm256_shuffle_epi8(two_halves(a, b), wide > 1 ? early : take);
        if (wide > 1)
            pairs = _mm256_or_si256(pairs,
                                    _mm256_shuffle_epi8(two_halves(a + 16, b + 16), late));
        row[i] = _mm256_maddubs_epi16(pairs, s->along);
    }
    __m256i upper = row[0], lower = row[1];
    for (int i = 1; i + 1 < rows; i++) {
        const __m256i below = _mm256_cmpgt_epi16(s->row, _mm256_set1_epi16((short)(i - 1)));
        upper = _mm256_blendv_epi8(upper, row[i], below);
        lower = _mm256_blendv_epi8(lower, row[i + 1], below);
    }
    return _mm256_add_epi16(upper, _mm256_mulhrs_epi16(_mm256_sub_epi16(lower, upper), s->down));
}

static inline __m256i look_up_any(const uint8_t *texels, const Reach *r, const Spot *s,
                                  __m256i take) {
    if (r->rows > 3) return look_up_16(texels + r->at, r->stride, s, take, 2, r->rows);
    if (r->wide > 1) return look_up_16(texels + r->at, r->stride, s, take, 2, 3);
    return look_up_16(texels + r->at, r->stride, s, take, 1, 3);
}

/* One byte a texel, luma or alpha. */
static inline __m256i plain_16(const uint8_t *texels, const Reach *r, const Spot *s) {
    return look_up_any(texels, r, s,
                       _mm256_add_epi16(_mm256_mullo_epi16(s->column, _mm256_set1_epi16(0x0101)),
                                        _mm256_set1_epi16(0x0100)));
}

/* Two bytes a texel; in each half 4 px of blue, then of red. */
static inline __m256i chroma_16(const uint8_t *texels, const Reach *r, const Spot *s) {
    const __m256i each = _mm256_broadcastsi128_si256(
        _mm_setr_epi16(0x0200, 0x0200, 0x0200, 0x0200, 0x0301, 0x0301, 0x0301, 0x0301));
    return look_up_any(texels, r, s,
                       _mm256_add_epi16(_mm256_mullo_epi16(s->column, _mm256_set1_epi16(0x0202)),
                                        each));
}

/* One of a patch's numbers in two rows of 8 px, and how much more it is two rows further down. */
typedef struct {
    __m256i now, step;
} Run;

static inline __m256i packed(__m256i upper, __m256i lower) {
    return _mm256_permute4x64_epi64(_mm256_packus_epi32(upper, lower), 0xd8);
}

/* The numbers less base, times scale. Rows are high px apart; along: where px lie in them, of 1. */
static inline Run run_of(const Cell corner[4], int k, float base, float scale, float more,
                         __m256 along, float high) {
    const __m256 upper = _mm256_add_ps(
        _mm256_set1_ps((corner[0][k] - base) * scale + more),
        _mm256_mul_ps(_mm256_set1_ps((corner[1][k] - corner[0][k]) * scale), along));
    const __m256 lower = _mm256_add_ps(
        _mm256_set1_ps((corner[2][k] - base) * scale + more),
        _mm256_mul_ps(_mm256_set1_ps((corner[3][k] - corner[2][k]) * scale), along));
    const __m256 down = _mm256_mul_ps(_mm256_sub_ps(lower, upper), _mm256_set1_ps(high / STEP));
    const __m256 first = _mm256_add_ps(upper, _mm256_mul_ps(down, _mm256_set1_ps(0.5f)));
    __m256i step = _mm256_cvtps_epi32(_mm256_add_ps(down, down));
    step = _mm256_permute4x64_epi64(_mm256_packs_epi32(step, step), 0xd8);
    return (Run){packed(_mm256_cvttps_epi32(first),
                        _mm256_cvttps_epi32(_mm256_add_ps(first, down))),
                 step};
}

/* Means of 2 x 2 px of each of two pairs of rows, 4 of them twice in each half. */
static inline __m256i means(__m256i upper, __m256i lower) {
    const __m256i even = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13));
    const __m256i first = _mm256_permute2x128_si256(upper, lower, 0x20);
    const __m256i second = _mm256_permute2x128_si256(upper, lower, 0x31);
    const __m256i both = _mm256_avg_epu16(first, second);
    return _mm256_shuffle_epi8(_mm256_avg_epu16(both, _mm256_srli_epi32(both, 16)), even);
}

/* Look up 16 px of luma, in place of what lies behind. */
static inline void luma_rows(const Planes *t, const Reach *r, const Patch *patch, __m256i x,
                             __m256i y, __m256i share, __m256i *through, uint8_t *out, int stride) {
    const Spot s = spot_of(r, x, y);
    __m256i luma = _mm256_mulhrs_epi16(plain_16(t->luma, r, &s), share);
    if (patch->mixed) {
        const __m256i alpha = plain_16(t->alpha, r, &s);
        *through = _mm256_sub_epi16(_mm256_set1_epi16(OPAQUE),
                                    _mm256_add_epi16(alpha, _mm256_srli_epi16(alpha, 8)));
        const __m128i bytes = _mm_subs_epu8(
            _mm_castpd_si128(_mm_loadh_pd(
                _mm_load_sd((const double *)(const void *)out),
                (const double *)(const void *)(out + stride))),
            _mm_set1_epi8(16));
        const __m256i back = _mm256_slli_epi16(_mm256_cvtepu8_epi16(bytes), 6);
        luma = _mm256_add_epi16(luma, _mm256_mulhrs_epi16(back, *through));
    }
    luma = _mm256_srli_epi16(_mm256_add_epi16(luma, _mm256_set1_epi16(16 * 32 + 16)), 5);
    const __m256i both = _mm256_packus_epi16(luma, luma);
    _mm_storel_epi64((__m128i *)(void *)out, _mm256_castsi256_si128(both));
    _mm_storel_epi64((__m128i *)(void *)(out + stride), _mm256_extracti128_si256(both, 1));
}

static inline int32_t four(const uint8_t *at) {
    int32_t all;
    memcpy(&all, at, 4);
    return all;
}

/* Two rows of 4 px of chroma. */
static inline void chroma_rows(const Planes *t, const Reach *r, const Patch *patch, __m256i x,
                               __m256i y, __m256i share, __m256i through, uint8_t *blue, uint8_t *red,
                               int stride) {
    const __m256i middle = _mm256_set1_epi16(128 * 64);
    const Spot s = spot_of(r, x, y);
    share = _mm256_slli_epi16(_mm256_mulhrs_epi16(share, _mm256_set1_epi16(CHROMA_OF_LUMA)), 1);
    __m256i chroma =
        _mm256_mulhrs_epi16(_mm256_sub_epi16(chroma_16(t->chroma, r, &s), middle), share);
    if (patch->mixed) {
        const __m128i bytes =
            _mm_setr_epi32(four(blue), four(red), four(blue + stride), four(red + stride));
        const __m256i back =
            _mm256_sub_epi16(_mm256_slli_epi16(_mm256_cvtepu8_epi16(bytes), 6), middle);
        chroma = _mm256_add_epi16(chroma, _mm256_mulhrs_epi16(back, through));
    }
    chroma = _mm256_srai_epi16(_mm256_add_epi16(chroma, _mm256_set1_epi16(128 * 32 + 16)), 5);
    const __m256i both = _mm256_packus_epi16(chroma, chroma);
    int32_t rows[8];
    _mm256_storeu_si256((__m256i *)(void *)rows, both);
    memcpy(blue, rows, 4);
    memcpy(red, rows + 1, 4);
    memcpy(blue + stride, rows + 4, 4);
    memcpy(red + stride, rows + 5, 4);
}

static inline float most(float a, float b) { return a > b ? a : b; }
static inline float size(float a) { return a < 0 ? -a : a; }

static inline void limits(int base, int length, __m256i *low, __m256i *high) {
    const int last = (length - 1 - base) * FRACTION - FRACTION / 64;
    *low = _mm256_set1_epi16((short)(base < 0 ? -base * FRACTION : 0));
    *high = _mm256_set1_epi16((short)(last < 65535 ? last : 65535));
}

/* How to look up between four px of a plane, and its first texel there; 0 if they lie too far from
 * each other. A row of px goes from px[0] to px[1] or from px[2] to px[3]. */
static inline int reach_of(const Plane *t, const Cell px[4], Reach *r, int base[2]) {
    const Cell low = lower_of(lower_of(px[0], px[1]), lower_of(px[2], px[3]));
    const Cell high = upper_of(upper_of(px[0], px[1]), upper_of(px[2], px[3]));
    base[0] = (int)(low[0] + 65536) - 65536; /* down, below 0 too */
    base[1] = (int)(low[1] + 65536) - 65536;
    /* px left of the texture show its first column, which may be further than they are wide */
    const float wide = most(high[0], 0) - (float)base[0], tall = high[1] - (float)base[1];
    const float slope = most(size(px[1][1] - px[0][1]), size(px[3][1] - px[2][1]));
    if (base[0] < -14 || base[1] < -30 || base[0] > t->width - 2 || base[1] > t->height - 2)
        return 0;
    /* the last px' right texel is among 16 / channels of each load; positions are rounded */
    const float room = 16.0f / (float)t->channels - 1.1f;
    if (!(wide < 2 * room + 1 && tall < 30.9f && slope < MOST_ROWS - 2.05f)) return 0;
    r->rows = 3 + (int)(slope + 0.05f);
    r->wide = wide < room ? 1 : 2;
    r->stride = (size_t)(t->stride * t->channels);
    r->at = (ptrdiff_t)base[1] * t->stride * t->channels + base[0] * t->channels;
    limits(base[0], t->width, r->low, r->high);
    limits(base[1], t->height, r->low + 1, r->high + 1);
    return 1;
}

/* Where the px in the corners look, so many px from the edges, times scale and more. */
static inline void corner_px(const Cell corner[4], float from, float scale, float more,
                             Cell px[4]) {
    const Cell across = (corner[1] - corner[0]) * (from / STEP);
    const Cell across_low = (corner[3] - corner[2]) * (from / STEP);
    const Cell a = corner[0] + across, b = corner[1] - across;
    const Cell left = (corner[2] + across_low - a) * (from / STEP);
    const Cell right = (corner[3] - across_low - b) * (from / STEP);
    const float last = STEP / from - 1;
    px[0] = (a + left) * scale + more;
    px[1] = (b + right) * scale + more;
    px[2] = (a + left * last) * scale + more;
    px[3] = (b + right * last) * scale + more;
}

void draw_patch(const Planes *t, const Patch *patch, uint8_t *luma, uint8_t *blue, uint8_t *red,
                int stride) {
    const __m256 px = _mm256_setr_ps(1 / 16.f, 3 / 16.f, 5 / 16.f, 7 / 16.f, 9 / 16.f, 11 / 16.f,
                                     13 / 16.f, 15 / 16.f);
    const __m256 blocks = _mm256_setr_ps(1 / 8.f, 3 / 8.f, 5 / 8.f, 7 / 8.f, 1 / 8.f, 3 / 8.f,
                                         5 / 8.f, 7 / 8.f);
    const Cell *corner = patch->corner;
    const Plane plain = luma_of(t), colour = chroma_of(t);
    Reach r, c;
    int base[2], start[2];
    Cell ends[4], colour_ends[4];
    corner_px(corner, 0.5f, 1, 0, ends);
    corner_px(corner, 1, 0.5f, halved(0), colour_ends);
    if (!reach_of(&plain, ends, &r, base) || !reach_of(&colour, colour_ends, &c, start)) {
        draw_patch_plainly(t, patch, luma, blue, red, stride);
        return;
    }
    const float half = FRACTION / 128;
    Run x = run_of(corner, 0, (float)base[0], FRACTION, half, px, 1);
    Run y = run_of(corner, 1, (float)base[1], FRACTION, half, px, 1);
    /* chroma from 2 (u + 0.25) on; a quarter of a texel is 512 steps */
    Run cx = run_of(corner, 0, 2 * (float)start[0], FRACTION / 2, half - 512, blocks, 2);
    Run cy = run_of(corner, 1, 2 * (float)start[1], FRACTION / 2, half - 512, blocks, 2);
    /* with a bit more than is used */
    Run light = {_mm256_set1_epi16((short)(2 * LUMA_SHARE + 0.5f)), _mm256_setzero_si256()};
    if (patch->shaded) light = run_of(corner, 2, 0, 2 * LUMA_SHARE, 0.5f, px, 1);
    for (int row = 0; row < STEP; row += 4) {
        __m256i share[2], through[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (int i = 0; i < 2; i++) {
            share[i] = _mm256_srli_epi16(light.now, 1);
            luma_rows(t, &r, patch, x.now, y.now, share[i], through + i,
                      luma + (size_t)(row + 2 * i) * (size_t)stride, stride);
            x.now = _mm256_add_epi16(x.now, x.step);
            y.now = _mm256_add_epi16(y.now, y.step);
            light.now = _mm256_add_epi16(light.now, light.step);
        }
        const size_t below = (size_t)(row / 2) * (size_t)(stride / 2);
        chroma_rows(t, &c, patch, cx.now, cy.now, means(share[0], share[1]),
                    means(through[0], through[1]), blue + below, red + below, stride / 2);
        cx.now = _mm256_add_epi16(cx.now, cx.step);
        cy.now = _mm256_add_epi16(cy.now, cy.step);
    }
}
#endif
