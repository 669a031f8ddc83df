/* Triangles into maps: for every cell, which texel of the person it shows and how bright. */
#include "kernel.h"

#include <math.h>

#define FAR 1e6f     /* px; what lies further out is not drawn */
#define NEARLY 1e-4f /* how far outside a triangle a cell still belongs to it, cells */

static inline float least(float a, float b) { return a < b ? a : b; }
static inline float most(float a, float b) { return a > b ? a : b; }

/* First and past-the-last cell of count whose centre lies between low and high, or nearly so: a
 * centre on the edge of two triangles must not fall between them. */
static inline int first_cell(float low) {
    const float from = low - 0.5f - NEARLY;
    return from <= 0 ? 0 : (int)from + (from > (float)(int)from);
}
static inline int last_cell(float high, int count) {
    const float to = high + 0.5f + NEARLY;
    return to <= 0 ? 0 : to >= (float)count ? count : (int)to;
}

/* A triangle's three edges, as far as they reach down: x = x0 + (y - y0) * slope. */
typedef struct {
    float top[3], bottom[3], x[3], slope[3];
} Edges;

static void edges_of(const Corner c[3], Edges *e) {
    for (int i = 0; i < 3; i++) {
        const Corner *a = c + i, *b = c + (i + 1) % 3;
        const Corner *upper = a->y < b->y ? a : b, *lower = a->y < b->y ? b : a;
        const float way = lower->y - upper->y;
        e->top[i] = upper->y;
        e->bottom[i] = lower->y;
        e->x[i] = upper->x;
        e->slope[i] = way > 1e-6f ? (lower->x - upper->x) / way : 0;
    }
}

/* Where the line at height y runs inside: from low to high. */
static inline void inside(const Edges *e, float y, float *low, float *high) {
    float from = 2 * FAR, to = -2 * FAR;
    for (int i = 0; i < 3; i++) {
        if (y < e->top[i] - NEARLY || y > e->bottom[i] + NEARLY) continue;
        const float x = e->x[i] + (clampf(y, e->top[i], e->bottom[i]) - e->top[i]) * e->slope[i];
        from = least(from, x);
        to = most(to, x);
    }
    *low = from;
    *high = to;
}

/* Cells whose centres may lie in a triangle; 0 if there are none. */
typedef struct {
    int x0, y0, x1, y1;
} Range;

static inline int range_of(const Corner c[3], int columns, int rows, Range *r) {
    const float left = least(c[0].x, least(c[1].x, c[2].x));
    const float right = most(c[0].x, most(c[1].x, c[2].x));
    const float top = least(c[0].y, least(c[1].y, c[2].y));
    const float bottom = most(c[0].y, most(c[1].y, c[2].y));
    if (!(left > -FAR && right < FAR && top > -FAR && bottom < FAR)) return 0;
    r->x0 = first_cell(left);
    r->x1 = last_cell(right, columns);
    r->y0 = first_cell(top);
    r->y1 = last_cell(bottom, rows);
    return r->x0 < r->x1 && r->y0 < r->y1;
}

static inline void put(Cell cell, int in_front, Cell *at) {
    if (!in_front || cell[3] < (*at)[3]) *at = cell;
}

#define FEW 8 /* cells: of fewer each is asked by itself whether it lies inside */

static inline void fill(const Corner c[3], Range r, int in_front, Cell *map, int columns) {
    const float ax = c[1].x - c[0].x, ay = c[1].y - c[0].y;
    const float bx = c[2].x - c[0].x, by = c[2].y - c[0].y;
    const float area = ax * by - bx * ay;
    const float longest = most(fabsf(ax) + fabsf(ay), fabsf(bx) + fabsf(by));
    if (!(fabsf(area) > NEARLY * longest)) return; /* thinner than its neighbours reach into it */
    const Cell start = c[0].cell;
    if ((r.x1 - r.x0) * (r.y1 - r.y0) <= FEW) {
        const float sign = area < 0 ? -1.0f : 1.0f, whole = area * sign;
        const float edge = -NEARLY * longest;
        for (int y = r.y0; y < r.y1; y++)
            for (int x = r.x0; x < r.x1; x++) {
                const float fx = (float)x + 0.5f - c[0].x, fy = (float)y + 0.5f - c[0].y;
                const float s = (fx * by - fy * bx) * sign, t = (fy * ax - fx * ay) * sign;
                if (s < edge || t < edge || s + t > whole - edge) continue;
                const float share = 1 / whole;
                put(start + (c[1].cell - start) * (s * share) + (c[2].cell - start) * (t * share),
                    in_front, map + (size_t)y * columns + x);
            }
        return;
    }
    const float share = 1 / area;
    const Cell one = c[1].cell - start, two = c[2].cell - start;
    /* what a cell to the right, and one further down, has more */
    const Cell right = one * (by * share) - two * (ay * share);
    const Cell down = two * (ax * share) - one * (bx * share);
    Edges edges;
    edges_of(c, &edges);
    for (int y = r.y0; y < r.y1; y++) {
        float low, high;
        inside(&edges, (float)y + 0.5f, &low, &high);
        const int from = first_cell(low), past = last_cell(high, columns);
        const Cell begin = start + down * ((float)y + 0.5f - c[0].y);
        for (int x = from; x < past; x++)
            put(begin + right * ((float)x + 0.5f - c[0].x), in_front,
                map + (size_t)y * columns + x);
    }
}

/* Draw u, v, gain and depth of a triangle into a map (rows, columns) of cells. In front: only where
 * it is nearer than what is there; else over everything. */
void fill_triangle(const Corner c[3], int in_front, Cell *map, int columns, int rows) {
    Range range;
    if (range_of(c, columns, rows, &range)) fill(c, range, in_front, map, columns);
}

/* Vertices in a view: px times scale from an origin. */
typedef struct {
    const float *points, *depth, *gain; /* (count, 2) px, (count,), (count,); depth may be NULL */
    float x, y, scale;
} Vertices;

/* The same for a triangle of the mesh; one whose index is none is left out. */
static inline void fill_mesh(const Person *p, const int32_t *triangle, const Vertices *v,
                             int in_front, Cell *map, int columns, int rows) {
    Corner c[3];
    Range range;
    for (int i = 0; i < 3; i++) {
        const int32_t at = triangle[i];
        if ((uint32_t)at >= (uint32_t)p->vertex_count) return;
        c[i].x = (v->points[2 * at] - v->x) * v->scale;
        c[i].y = (v->points[2 * at + 1] - v->y) * v->scale;
    }
    if (!range_of(c, columns, rows, &range)) return;
    for (int i = 0; i < 3; i++) {
        const int32_t at = triangle[i];
        c[i].cell = (Cell){p->texels[2 * at], p->texels[2 * at + 1], v->gain[at],
                           v->depth ? v->depth[at] : 0};
    }
    fill(c, range, in_front, map, columns);
}

/* How far any of count numbers is from where it rests. */
EXPORT float visavis_moved(const float *points, const float *rest, int count) {
    float furthest = 0;
    for (int i = 0; i < count; i++) furthest = most(furthest, fabsf(points[i] - rest[i]));
    return furthest;
}

/* The box around points (count, 2): x0, y0, x1, y1. */
EXPORT void visavis_bounds(const float *points, int count, float *box) {
    box[0] = box[1] = 2 * FAR;
    box[2] = box[3] = -2 * FAR;
    for (int i = 0; i < count; i++) {
        const float *at = points + 2 * (size_t)i;
        box[0] = least(box[0], at[0]);
        box[1] = least(box[1], at[1]);
        box[2] = most(box[2], at[0]);
        box[3] = most(box[3], at[1]);
    }
}

/* The coarse map of a person. points (vertex_count, 2) output px, depth and gain (vertex_count,).
 * Returns how far any gain is from 1. */
EXPORT float visavis_map(const Person *p, const float *points, const float *depth,
                        const float *gain) {
    const Vertices v = {points, depth, gain, (float)p->left, (float)p->top, 1.0f / STEP};
    memcpy(p->map, p->rest, (size_t)p->rows * p->columns * sizeof(Cell));
    for (int i = 0; i < p->triangle_count; i++)
        fill_mesh(p, p->triangles + 3 * i, &v, 1, p->map, p->columns, p->rows);
    float changed = 0;
    for (int i = 0; i < p->vertex_count; i++) changed = most(changed, fabsf(gain[i] - 1));
    return changed;
}

/* Triangles in painter's order, back to front, over a map (rows, columns) at full resolution whose
 * corner is x, y. */
EXPORT void visavis_paint(const Person *p, const int32_t *triangles, int count, const float *points,
                          const float *gain, Cell *map, int x, int y, int columns, int rows) {
    const Vertices v = {points, 0, gain, (float)x, (float)y, 1};
    for (int i = 0; i < count; i++) fill_mesh(p, triangles + 3 * i, &v, 0, map, columns, rows);
}
