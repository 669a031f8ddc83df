/* A pose's weights become vertices: the sum of the bases, the head, the breath, the view.
 * The same arithmetic as render/geometry.py, in one pass over blocks of vertices.
 */
#include "kernel.h"

#define BLOCK 64

static void add_bases(const Rig *rig, const float *weights, int first, int values, float *sum) {
    for (int basis = 0; basis < rig->basis_count; basis++) {
        const float weight = weights[basis];
        if (weight == 0.0f) continue;
        const int16_t *moves = rig->bases + (size_t)basis * rig->count * 3 + (size_t)first * 3;
        for (int i = 0; i < values; i++) sum[i] += weight * (float)moves[i];
    }
}

static void add_gains(const Rig *rig, const float *weights, int first, int count, float *sum) {
    for (int row = 0; row < rig->gain_count; row++) {
        const float weight = weights[row];
        if (weight == 0.0f) continue;
        const int8_t *gains = rig->gains + (size_t)row * rig->count + first;
        for (int i = 0; i < count; i++) sum[i] += weight * (float)gains[i];
    }
}

static int any(const float *weights, int count) {
    for (int i = 0; i < count; i++)
        if (weights[i] != 0.0f) return 1;
    return 0;
}

static void place(const Rig *rig, const Placing *p, int vertex, const float moved[3], float *point,
                  float *depth) {
    const float head = (float)rig->head[vertex] * (1.0f / 255);
    const float breath = (float)rig->breath[vertex] * (1.0f / 255);
    const float rx = moved[0] - p->pivot[0], ry = moved[1] - p->pivot[1],
                rz = moved[2] - p->pivot[2];
    const float *r = p->rotation;
    float x = moved[0] + head * (r[0] * rx + r[1] * ry + r[2] * rz - rx + p->shift[0]);
    float y = moved[1] + head * (r[3] * rx + r[4] * ry + r[5] * rz - ry + p->shift[1]);
    const float z = rz + head * (r[6] * rx + r[7] * ry + r[8] * rz - rz + p->shift[2]);
    y -= breath * p->lift + head * p->head_lift;
    const uint8_t edges = rig->edges[vertex];
    if (edges) { /* the picture's cut must never come inside */
        if ((edges & 1) && x > 0) x = 0;
        if ((edges & 2) && x < rig->width) x = rig->width;
        if ((edges & 4) && y > 0) y = 0;
        if ((edges & 8) && y < rig->height) y = rig->height;
    }
    point[0] = x * p->scale + p->left;
    point[1] = y * p->scale + p->top;
    *depth = 1 + z * p->depth_per_px;
}

/* Lips touch but never cross: where they would, both meet halfway. */
static void untangle_lips(const Rig *rig, float *points) {
    for (int i = 0; i < rig->lip_count; i++) {
        const int32_t up = rig->lip_upper[i], low = rig->lip_lower[i];
        if ((uint32_t)up >= (uint32_t)rig->count || (uint32_t)low >= (uint32_t)rig->count) continue;
        float *upper = points + 2 * up + 1, *lower = points + 2 * low + 1;
        if (*lower < *upper) *upper = *lower = (*lower + *upper) * 0.5f;
    }
}

/* right, difference: (basis_count,) weights times the bases' scale: of the right side and for all,
 * and how much more the left has. gain_weights: (gain_count,) the same for brightness.
 * points (count, 2), depth (count,), gain (count,) are written. */
EXPORT void visavis_geometry(const Rig *rig, const Placing *placing, const float *right,
                             const float *difference, const float *gain_weights, float *points,
                             float *depth, float *gain) {
    const int sided = any(difference, rig->basis_count);
    float sum[3 * BLOCK], more[3 * BLOCK];
    for (int first = 0; first < rig->count; first += BLOCK) {
        const int count = rig->count - first < BLOCK ? rig->count - first : BLOCK;
        memset(sum, 0, sizeof sum);
        add_bases(rig, right, first, 3 * count, sum);
        if (sided) {
            memset(more, 0, sizeof more);
            add_bases(rig, difference, first, 3 * count, more);
            for (int i = 0; i < 3 * count; i++)
                sum[i] += (float)rig->side[first + i / 3] * (1.0f / 255) * more[i];
        }
        for (int i = 0; i < 3 * count; i++) sum[i] += rig->neutral[3 * first + i];
        for (int i = 0; i < count; i++)
            place(rig, placing, first + i, sum + 3 * i, points + 2 * (first + i),
                  depth + first + i);
        float light[BLOCK] = {0};
        add_gains(rig, gain_weights, first, count, light);
        for (int i = 0; i < count; i++)
            gain[first + i] = clampf(1 + light[i], placing->least_gain, placing->most_gain);
    }
    untangle_lips(rig, points);
}
