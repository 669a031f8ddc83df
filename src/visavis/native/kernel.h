/* The compiled kernel: what numpy and OpenCV do in the drawer and in the speech network, in one
 * pass each. Plain C11 with the vector types of GCC and Clang, no dependency, no memory of its own:
 * every buffer belongs to the caller. Nothing here keeps state between calls.
 *
 * Numbers: pictures are uint8 RGBA, rows without gaps; maps are float32. Positions are px with the
 * centre of the first pixel at 0.5. Whatever indices and coordinates come in, nothing outside the
 * caller's buffers is touched.
 */
#ifndef VISAVIS_KERNEL_H
#define VISAVIS_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the kernel is written for little-endian machines"
#endif

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

#define STEP 8    /* output px per cell of the coarse map, as in render/warp.py */
#define CHUNK 256 /* px of a row worked on at a time: all of it stays in the first cache */

typedef struct {
    const uint8_t *pixels; /* (height, width, 4); at least 2 x 2 */
    int32_t width, height;
} Texture;

/* What an output px, or a cell of px, shows: texel x, texel y, gain, depth. In the caller's memory,
 * so wherever floats may lie. */
typedef float Cell __attribute__((vector_size(16), aligned(4)));

/* An avatar's rig; see docs/imx-format.md for the arrays. */
typedef struct {
    const float *neutral;          /* (count, 3) canvas px */
    const int16_t *bases;          /* (basis_count, count * 3) */
    const int8_t *gains;           /* (gain_count, count) */
    const uint8_t *side, *head, *breath; /* (count,) 0..255 */
    const uint8_t *edges;          /* (count,) bits: 1 left, 2 right, 4 top, 8 bottom */
    const int32_t *lip_upper, *lip_lower; /* (lip_count,) vertices */
    int32_t count, basis_count, gain_count, lip_count;
    float width, height; /* canvas px */
} Rig;

/* A person in one view: textures, map and pictures. */
typedef struct {
    Texture texture;
    const uint8_t *behind; /* (height, width, 4) */
    uint8_t *picture;      /* (height, width, 4) */
    const Cell *rest;      /* (rows, columns) where nothing moves, further away than anything */
    Cell *map;             /* (rows, columns) */
    const int32_t *triangles; /* (triangle_count, 3) front to back */
    const float *texels;   /* (vertex_count, 2) */
    int32_t width, height;
    int32_t left, top, columns, rows; /* the map's first cell begins at left, top (output px) */
    int32_t triangle_count, vertex_count;
    float texture_left, texture_top; /* texels cut off the texture that the map knows */
} Person;

/* One row of px, bilinear; positions in texels (0 the first one's centre), clamped to the texture. */
void sample_row(const Texture *texture, const float *u, const float *v, int count, uint8_t *out);

/* person + behind * (1 - alpha), saturated; both premultiplied. */
void over_row(const uint8_t *person, const uint8_t *behind, int count, uint8_t *out);

/* Colours of a row of px times 1 + gain / 256, gain from -128 to 127; alpha stays. */
void brighten_row(uint8_t *pixels, const int16_t *gain, int count);

/* A corner of a triangle: position, px or cells, and what is interpolated. */
typedef struct {
    float x, y;
    Cell cell;
} Corner;

void fill_triangle(const Corner corner[3], int in_front, Cell *map, int columns, int rows);

/* What else is made of a pose, output px; after it the contours, (contour_count, 2). */
typedef struct {
    float origin[2], axes[6], jaw_shift[2]; /* of the mouth */
    float opening; /* between the lips, px */
    float turn[9]; /* canvas to output */
} Made;

EXPORT float visavis_map(const Person *p, const float *points, const float *depth, const float *gain);
EXPORT void visavis_bounds(const float *points, int count, float *box);
EXPORT void visavis_enlarge(const Person *p, int x0, int y0, int x1, int y1, Cell *out);
EXPORT void visavis_paint(const Person *p, const int32_t *triangles, int count, const float *points,
                   const float *gain, Cell *map, int x, int y, int columns, int rows);
EXPORT void visavis_i420(const uint8_t *picture, int width, int height, const int32_t *box,
                  uint8_t *planes);

#ifdef __SSE__
#include <xmmintrin.h>
static inline Cell lower_of(Cell a, Cell b) { return (Cell)_mm_min_ps((__m128)a, (__m128)b); }
static inline Cell upper_of(Cell a, Cell b) { return (Cell)_mm_max_ps((__m128)a, (__m128)b); }
#else
static inline Cell lower_of(Cell a, Cell b) {
    for (int i = 0; i < 4; i++) a[i] = a[i] < b[i] ? a[i] : b[i];
    return a;
}
static inline Cell upper_of(Cell a, Cell b) {
    for (int i = 0; i < 4; i++) a[i] = a[i] > b[i] ? a[i] : b[i];
    return a;
}
#endif

static inline float clampf(float value, float low, float high) {
    /* what is not a number becomes low */
    return value > low ? (value < high ? value : high) : low;
}

/* A whole number of px, kept inside. */
static inline int whole_px(double value, int low, int high) {
    return value > low ? (value < high ? (int)value : high) : low;
}

#endif
