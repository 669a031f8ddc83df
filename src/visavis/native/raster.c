/* Triangles into maps: for every cell, which texel of the person it shows and how bright. */
#include "kernel.h"

#include <math.h>

#define FAR 1e6f     /* px; what lies further out is not drawn */
#define EDGE 1e-5f   /* how far outside a triangle its edge still belongs to it, as a share */

static int beyond(float value) { return !(fabsf(value) < FAR); }

/* First and past-the-last cell whose centre lies between low and high. */
static int first_cell(float low) { return low <= 0.5f ? 0 : (int)ceilf(low - 0.5f - 1e-4f); }
static int last_cell(float high, int count) {
    if (high < 0) return 0;
    const int last = (int)floorf(high - 0.5f + 1e-4f) + 1;
    return last < count ? last : count;
}

/* Draw u, v and gain of a triangle into a map (rows, columns, 3). With depths in near, only where
 * it is in front of what is there; without (NULL) over everything. */
void fill_triangle(const Corner c[3], float *map, float *near, int columns, int rows) {
    for (int i = 0; i < 3; i++)
        if (beyond(c[i].x) || beyond(c[i].y)) return;
    const float ax = c[1].x - c[0].x, ay = c[1].y - c[0].y;
    const float bx = c[2].x - c[0].x, by = c[2].y - c[0].y;
    const int y0 = first_cell(fminf(c[0].y, fminf(c[1].y, c[2].y)));
    const int y1 = last_cell(fmaxf(c[0].y, fmaxf(c[1].y, c[2].y)), rows);
    const int x0 = first_cell(fminf(c[0].x, fminf(c[1].x, c[2].x)));
    const int x1 = last_cell(fmaxf(c[0].x, fmaxf(c[1].x, c[2].x)), columns);
    if (y0 >= y1 || x0 >= x1) return;
    const float area = ax * by - bx * ay;
    if (!(fabsf(area) > 1e-9f)) return;
    const float share = 1 / area;
    /* how much of corners 1 and 2 a cell holds */
    const float s_dx = by * share, s_dy = -bx * share, t_dx = -ay * share, t_dy = ax * share;
    const float u1 = c[1].u - c[0].u, u2 = c[2].u - c[0].u;
    const float v1 = c[1].v - c[0].v, v2 = c[2].v - c[0].v;
    const float g1 = c[1].gain - c[0].gain, g2 = c[2].gain - c[0].gain;
    const float d1 = c[1].depth - c[0].depth, d2 = c[2].depth - c[0].depth;
    for (int y = y0; y < y1; y++) {
        const float fy = (float)y + 0.5f - c[0].y;
        int inside = 0;
        for (int x = x0; x < x1; x++) {
            const float fx = (float)x + 0.5f - c[0].x;
            const float s = fx * s_dx + fy * s_dy, t = fx * t_dx + fy * t_dy;
            if (s < -EDGE || t < -EDGE || s + t > 1 + EDGE) {
                if (inside) break;
                continue;
            }
            inside = 1;
            const size_t at = (size_t)y * columns + x;
            if (near) {
                const float depth = c[0].depth + s * d1 + t * d2;
                if (!(depth < near[at])) continue;
                near[at] = depth;
            }
            map[3 * at] = c[0].u + s * u1 + t * u2;
            map[3 * at + 1] = c[0].v + s * v1 + t * v2;
            map[3 * at + 2] = c[0].gain + s * g1 + t * g2;
        }
    }
}

/* The corners of a triangle at scale from an origin; 0 if an index is none. */
static int corners(const Person *p, const int32_t *triangle, const float *points,
                   const float *depth, const float *gain, float x, float y, float scale,
                   Corner out[3]) {
    for (int i = 0; i < 3; i++) {
        const int32_t v = triangle[i];
        if ((uint32_t)v >= (uint32_t)p->vertex_count) return 0;
        out[i] = (Corner){(points[2 * v] - x) * scale, (points[2 * v + 1] - y) * scale,
                          p->texels[2 * v], p->texels[2 * v + 1], gain[v], depth ? depth[v] : 0};
    }
    return 1;
}

/* How far any of count numbers is from where it rests. */
EXPORT float visavis_moved(const float *points, const float *rest, int count) {
    float most = 0;
    for (int i = 0; i < count; i++) {
        const float way = fabsf(points[i] - rest[i]);
        most = way > most ? way : most;
    }
    return most;
}

/* The coarse map of a person. points (vertex_count, 2) output px, depth and gain (vertex_count,) */
EXPORT void visavis_map(const Person *p, const float *points, const float *depth,
                        const float *gain) {
    const size_t cells = (size_t)p->rows * p->columns;
    memcpy(p->map, p->rest, cells * 3 * sizeof(float));
    for (size_t i = 0; i < cells; i++) p->near[i] = 1e30f;
    Corner c[3];
    for (int i = 0; i < p->triangle_count; i++)
        if (corners(p, p->triangles + 3 * i, points, depth, gain, (float)p->left, (float)p->top,
                    1.0f / STEP, c))
            fill_triangle(c, p->map, p->near, p->columns, p->rows);
}

/* Triangles in painter's order, back to front, over a map (rows, columns, 3) at full resolution
 * whose corner is x, y. */
EXPORT void visavis_paint(const Person *p, const int32_t *triangles, int count, const float *points,
                          const float *gain, float *map, int x, int y, int columns, int rows) {
    Corner c[3];
    for (int i = 0; i < count; i++)
        if (corners(p, triangles + 3 * i, points, 0, gain, (float)x, (float)y, 1, c))
            fill_triangle(c, map, 0, columns, rows);
}
