/* A texture as encoders see colours, and look-ups in it.
 *
 * Look-ups are 64 times the value, of 14 bits, and what is written is 32 times it before it is
 * rounded. Products are of 16 bits, halved and rounded, as the instruction pmulhrsw has them; plain
 * C does the same.
 */
#ifndef VISAVIS_PLANES_H
#define VISAVIS_PLANES_H

#include "kernel.h"

/* A person's texture: luma 0..255 and chroma about 128, times alpha; and alpha. In rows of stride
 * texels; what reads them may read, but not use, SLACK bytes before the first and a few rows and
 * SLACK bytes beyond the last. */
typedef struct {
    const uint8_t *luma, *alpha; /* (height, stride); at least 2 x 2 used */
    const uint8_t *chroma;       /* (height, stride, 2) blue, red */
    const uint8_t *cover; /* (height, width) / COVER, rounded up: what a look-up there meets */
    int32_t width, height, stride;
} Planes;

#define COVER 16 /* texels, of a cell of cover */
enum { EMPTY, SOME, FULL };

#define LUMA_SHARE (16384.0f * 219 / 255) /* of full range, as limited range has it */
#define CHROMA_OF_LUMA 16758              /* 224 / 219, 1 / 16384 */
#define OPAQUE 16384
#define FURTHEST 16000.0f /* texels; what lies further out shows the texture's edge as well */

static inline int product(int a, int b) { return (a * b + 0x4000) >> 15; }

/* A position in 1/64 texel, inside the texture. */
typedef struct {
    int32_t x, y;
} Place;

static inline Place place(const Planes *t, float u, float v) {
    return (Place){(int32_t)clampf(u * 64 + 0.5f, 0, (float)((t->width - 1) * 64 - 1)),
                   (int32_t)clampf(v * 64 + 0.5f, 0, (float)((t->height - 1) * 64 - 1))};
}

/* One channel of texels with so many. */
static inline int look_up(const uint8_t *texels, const Planes *t, Place at, int channels) {
    const size_t below = (size_t)(t->stride * channels);
    const uint8_t *upper = texels + (size_t)(at.y >> 6) * below + (at.x >> 6) * channels;
    const uint8_t *lower = upper + below;
    const int fx = at.x & 63, fy = at.y & 63;
    const int above = upper[0] * (64 - fx) + upper[channels] * fx;
    return above + product(lower[0] * (64 - fx) + lower[channels] * fx - above, fy << 9);
}

static inline uint8_t clamped(int value) {
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Where a patch of the picture, STEP by STEP px, looks: at its corners (left, right, then the lower
 * ones) texel x, texel y, gain. */
typedef struct {
    Cell corner[4];
    int shaded; /* whether the gain is not 1 everywhere */
    int mixed;  /* whether the background shows through */
} Patch;

/* Its luma into rows of stride px, its chroma into rows of half of that; what is there lies behind. */
void draw_patch(const Planes *t, const Patch *patch, uint8_t *luma, uint8_t *blue, uint8_t *red,
                int stride);
void draw_patch_plainly(const Planes *t, const Patch *patch, uint8_t *luma, uint8_t *blue,
                        uint8_t *red, int stride);

/* A row of positions in texels, clamped to the texture; count up to CHUNK. */
void look_up_row(const Planes *t, const float *u, const float *v, int count, int16_t *luma,
                 int16_t *alpha, int16_t *blue, int16_t *red);

#endif
