/* A pose becomes geometry: the sum of the bases, the head, the breath, the view; where lids and lips
 * are. The same arithmetic as render/rig_arrays.py, vertices in one pass over blocks of them.
 */
#include "kernel.h"

#include <math.h>

#define BLOCK 64

enum { YAW, PITCH, ROLL, SCALE, ALONG, DOWN, BREATH, JAW, BLINK_LEFT, BLINK_RIGHT, SQUINT, ENTRIES };

/* How a pose moves a rig. */
typedef struct {
    Rig rig;
    const int32_t *left, *right;  /* (basis_count,) entries of the pose */
    const float *scale;           /* (basis_count,) px per unit */
    const float *gains_scale;     /* (gain_count,) */
    const int32_t *contours;      /* (contour_count,) vertices: both lips', then others */
    int32_t contour_count;
    int32_t entries[ENTRIES];     /* of the pose */
    double frame[9];              /* the face's axes in canvas space, as columns */
    double limits[3];             /* yaw, pitch, roll, degrees */
    double mm;                    /* canvas px */
    double breath_mm, head_breath; /* how far a breath lifts the chest; the head's share of it */
    float risen;                  /* squint that goes with a blink */
    float pivot[3];
    float mouth[15];              /* its axes x, y, z, the seam from the pivot, the jaw's way */
    float depth_per_px, least_gain, most_gain;
} Face;

/* The head and the view, for one picture. */
typedef struct {
    float rotation[9], shift[3];
    float lift, head_lift;  /* px the breath raises the chest, and the head */
    float scale, left, top; /* output = canvas * scale + (left, top) */
} Placing;

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

static void place(const Face *f, const Placing *p, int vertex, const float moved[3], float *point,
                  float *depth) {
    const Rig *rig = &f->rig;
    const float head = (float)rig->head[vertex] * (1.0f / 255);
    const float breath = (float)rig->breath[vertex] * (1.0f / 255);
    const float rx = moved[0] - f->pivot[0], ry = moved[1] - f->pivot[1],
                rz = moved[2] - f->pivot[2];
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
    *depth = 1 + z * f->depth_per_px;
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

static void put_vertices(const Face *f, const Placing *placing, const float *right,
                         const float *difference, const float *light, float *points, float *depth,
                         float *gain) {
    const Rig *rig = &f->rig;
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
            place(f, placing, first + i, sum + 3 * i, points + 2 * (first + i),
                  depth + first + i);
        float bright[BLOCK] = {0};
        add_gains(rig, light, first, count, bright);
        for (int i = 0; i < count; i++)
            gain[first + i] = clampf(1 + bright[i], f->least_gain, f->most_gain);
    }
    untangle_lips(rig, points);
}

static float share(float value) { return clampf(value, 0, 1); }

/* Follows values up to half the limit within 2 %, and approaches it without a corner. */
static double soft_limit(double value, double limit) {
    if (!(limit > 0)) return 0;
    double turns = value / limit;
    turns = turns < -1e6 ? -1e6 : turns > 1e6 ? 1e6 : turns; /* an absurd pose must not overflow */
    return limit * turns / sqrt(sqrt(1 + turns * turns * turns * turns));
}

/* a b, or a transposed b. */
static void product(const double *a, const double *b, int transposed, double *out) {
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            double sum = 0;
            for (int k = 0; k < 3; k++) sum += a[3 * i + k] * b[transposed ? 3 * j + k : 3 * k + j];
            out[3 * i + j] = sum;
        }
}

/* The head's rotation in canvas space, with its scale, and its shift; degrees are limited already. */
static void turn_head(const Face *f, const float *pose, const double degrees[3], Placing *p) {
    const double radian = 3.14159265358979323846 / 180;
    const double cy = cos(degrees[0] * radian), sy = sin(degrees[0] * radian);
    const double cx = cos(degrees[1] * radian), sx = sin(degrees[1] * radian);
    const double cz = cos(degrees[2] * radian), sz = sin(degrees[2] * radian);
    /* about the face's y, then its x, then its z */
    const double first[3] = {cy, 0, -sy}, second[3] = {-sx * sy, cx, -sx * cy};
    double turned[9] = {0, 0, 0, 0, 0, 0, cx * sy, sx, cx * cy}, half[9], whole[9];
    for (int i = 0; i < 3; i++) {
        turned[i] = cz * first[i] - sz * second[i];
        turned[3 + i] = sz * first[i] + cz * second[i];
    }
    product(f->frame, turned, 0, half);
    product(half, f->frame, 1, whole);
    const double grow = 1 + (double)pose[f->entries[SCALE]];
    const double x = (double)pose[f->entries[ALONG]] * f->mm;
    const double y = (double)pose[f->entries[DOWN]] * f->mm;
    for (int i = 0; i < 9; i++) p->rotation[i] = (float)(whole[i] * grow);
    for (int i = 0; i < 3; i++)
        p->shift[i] = (float)(f->frame[3 * i] * x + f->frame[3 * i + 1] * y);
}

/* Of the right side and for all, how much more the left has, and of brightness. */
static void weigh(const Face *f, const float *pose, const double degrees[3], float *right,
                  float *more, float *light) {
    const Rig *rig = &f->rig;
    const int32_t *at = f->entries;
    const float risen[2] = {f->risen * share(pose[at[BLINK_LEFT]]),
                            f->risen * share(pose[at[BLINK_RIGHT]])};
    for (int i = 0; i < rig->basis_count; i++) {
        float l = pose[f->left[i]], r = pose[f->right[i]];
        if (i < rig->gain_count - 2) light[i] = 0.5f * (l + r) * f->gains_scale[i];
        if (f->left[i] == at[SQUINT]) l += risen[0], r += risen[1];
        right[i] = r * f->scale[i];
        more[i] = (l - r) * f->scale[i];
    }
    /* the light follows the head as far as it turns, not as far as it was asked to */
    for (int k = 0; k < 2; k++) {
        const int i = rig->gain_count - 2 + k;
        if (i >= 0) light[i] = (float)degrees[k] * f->gains_scale[i];
    }
}

static void put_mouth(const Face *f, const Placing *p, float shift_jaw, Made *made) {
    const float *r = p->rotation;
    float turned[5][2];
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 2; k++) {
            const float *m = f->mouth + 3 * i;
            turned[i][k] = (m[0] * r[3 * k] + m[1] * r[3 * k + 1] + m[2] * r[3 * k + 2]) * p->scale;
        }
    const float corner[2] = {p->left, p->top};
    for (int k = 0; k < 2; k++) {
        made->origin[k] = turned[3][k] + (f->pivot[k] + p->shift[k]) * p->scale + corner[k];
        made->jaw_shift[k] = turned[4][k] * shift_jaw;
        for (int i = 0; i < 3; i++) made->axes[2 * i + k] = turned[i][k] * (float)f->mm;
    }
    made->origin[1] -= p->head_lift * p->scale;
    for (int i = 0; i < 9; i++) made->turn[i] = r[i] * p->scale;
}

/* pose: float32, entries as f says; view: scale, left, top. Written: points (count, 2), depth
 * (count,), gain (count,), one after the other, then what Made says, then the contours; after them
 * room for 2 * basis_count + gain_count more. */
EXPORT void visavis_geometry(const Face *f, const float *pose, const double view[3], float *out) {
    const Rig *rig = &f->rig;
    float *depth = out + (size_t)2 * rig->count, *gain = depth + rig->count;
    Made *made = (Made *)(gain + rig->count);
    float *contours = (float *)(made + 1), *right = contours + (size_t)2 * f->contour_count;
    float *more = right + rig->basis_count, *light = more + rig->basis_count;
    double degrees[3];
    for (int i = 0; i < 3; i++)
        degrees[i] = soft_limit((double)pose[f->entries[i]], f->limits[i]);
    const double lift = (double)pose[f->entries[BREATH]] * f->breath_mm * f->mm;
    Placing placing = {.lift = (float)lift,
                       .head_lift = (float)(f->head_breath * lift),
                       .scale = (float)view[0],
                       .left = (float)view[1],
                       .top = (float)view[2]};
    turn_head(f, pose, degrees, &placing);
    weigh(f, pose, degrees, right, more, light);
    put_vertices(f, &placing, right, more, light, out, depth, gain);
    put_mouth(f, &placing, pose[f->entries[JAW]], made);
    for (int i = 0; i < f->contour_count; i++) {
        const int32_t vertex = f->contours[i];
        const int known = (uint32_t)vertex < (uint32_t)rig->count;
        for (int k = 0; k < 2; k++) contours[2 * i + k] = known ? out[2 * vertex + k] : 0;
    }
    made->opening = -1e30f;
    for (int i = 0; i < rig->lip_count && i + rig->lip_count < f->contour_count; i++) {
        const float gap = contours[2 * (i + rig->lip_count) + 1] - contours[2 * i + 1];
        made->opening = gap > made->opening ? gap : made->opening;
    }
}
