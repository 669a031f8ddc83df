/* Where a pose puts the inside of a mouth, and how light it is there; the arithmetic of
 * render/mouth.py and render/strips.py, in double precision where it is Python's there.
 */
#include "mouth.h"

#include <math.h>

enum { TONGUE, LOWER_TEETH, TIP, UPPER_TEETH };

static double within(double value, double high) {
    return value > 0 ? (value < high ? value : high) : 0;
}

/* The edges of the hole; at least a hairline where the seam is ours. */
static void put_edges(const MouthRig *r, const float *contours, float *edges) {
    float *upper = edges, *lower = edges + 2 * r->count;
    memcpy(upper, contours + 2 * r->upper, (size_t)r->count * 2 * sizeof(float));
    memcpy(lower, contours + 2 * r->lower, (size_t)r->count * 2 * sizeof(float));
    for (int i = 0; r->least && i < r->count; i++) {
        const float lack = r->least[i] - (lower[2 * i + 1] - upper[2 * i + 1]);
        const float half = (lack > 0 ? lack : 0) / 2;
        upper[2 * i + 1] -= half;
        lower[2 * i + 1] += half;
    }
}

/* How far the lower lip begins below the place the seam has on the lowered jaw, mm. */
static double lip_mm(const MouthRig *r, const Made *made, const float *lower) {
    const float *down = made->axes + 2;
    const float seam[2] = {made->origin[0] + made->jaw_shift[0],
                           made->origin[1] + made->jaw_shift[1]};
    float most = -1e30f;
    for (int i = 0; i < r->count; i++) {
        const float way = lower[2 * i] * down[0] + lower[2 * i + 1] * down[1];
        most = way > most ? way : most;
    }
    const double way = (double)most - (double)(seam[0] * down[0] + seam[1] * down[1]);
    const double length = (double)(down[0] * down[0] + down[1] * down[1]);
    return way / (length > 1e-12 ? length : 1e-12); /* a pose may shrink the head to nothing */
}

static Strip *put(const MouthRig *r, int which, float top, float bottom, double jaw, Strip *out) {
    *out = r->strips[which];
    out->jaw = (float)jaw;
    float *rows = r->rows[which];
    const float *bent = which == TONGUE ? r->dome : 0;
    for (int i = 0; i < out->columns; i++) {
        rows[i] = bent ? top + bent[i] : top;
        rows[out->columns + i] = bottom;
    }
    return out + 1;
}

static int put_strips(const MouthRig *r, const float *pose, double lip, Strip *out) {
    const int32_t *at = r->entries;
    Strip *next = out;
    const double jaw = (double)pose[at[JAW_OPENS]] * r->jaw_mm;
    const double raised = within((double)pose[at[TONGUE_UP]], 1);
    const double comes = within((double)pose[at[TONGUE_OUT]], 1);
    const double shown =
        within((jaw - r->shown_from[0]) / (r->shown_from[1] - r->shown_from[0]), 1);
    double rise = r->shown_mm * shown * shown * (3 - 2 * shown);
    const double round =
        (double)pose[at[PUCKERS]] + r->funnel_rounds * (double)pose[at[FUNNELS]];
    rise *= 1 - r->rounded * within(round, 1);
    const double tongue = r->lower_edge - r->tongue_rises * rise, edge = r->lower_edge - rise;
    const double back = (tongue - r->tongue_back[0] - r->tongue_back[1] * jaw) * (1 - raised) +
                        (r->tongue_raised - jaw) * raised;
    next = put(r, TONGUE, (float)back, (float)(tongue + r->tongue_front), 1, next);
    if (lip > edge - r->rough)
        next = put(r, LOWER_TEETH, (float)(edge - r->row[0]),
                   (float)(edge - r->row[0] + r->row[1]), 1, next);
    if (comes > 0)
        next = put(r, TIP, (float)r->tip[0], (float)(r->tip[1] + r->tip[2] * comes),
                   r->tip_share * comes, next);
    const float bend = (float)(r->bend * (1 - (double)pose[at[SOURCE]]));
    float *rows = r->rows[UPPER_TEETH];
    *next = r->strips[UPPER_TEETH];
    for (int i = 0; i < next->columns; i++) {
        const float flat = r->squared[i] * bend;
        rows[i] = flat + r->upper_row[0];
        rows[next->columns + i] = flat + r->upper_row[1];
    }
    return (int)(next + 1 - out);
}

int place_mouth(const MouthRig *r, const float *pose, const Made *made, const float *contours,
                const int32_t *box, MouthLook *look, Strip *strips, int32_t *hole) {
    const double open = (double)made->opening / r->px_per_mm;
    if (open <= r->shut_mm && !r->least) return -1;
    float *edges = r->room, bounds[4];
    put_edges(r, contours, edges);
    visavis_bounds(edges, 2 * r->count, bounds);
    for (int k = 0; k < 2; k++) {
        hole[k] = whole_px(floor((double)bounds[k] - r->margin), box[k], box[2 + k] - 1);
        hole[2 + k] =
            whole_px(ceil((double)bounds[2 + k] + r->margin), hole[k] + 1, box[2 + k]);
    }
    const int count =
        open > r->seam_mm ? put_strips(r, pose, lip_mm(r, made, edges + 2 * r->count), strips) : 0;
    for (int i = 0; i < 4 * r->count; i++) edges[i] -= (float)hole[i & 1];
    look->upper = edges;
    look->lower = edges + 2 * r->count;
    look->count = r->count;
    memcpy(look->axes, made->axes, sizeof made->axes);
    for (int k = 0; k < 2; k++) {
        look->origin[k] = made->origin[k] - (float)hole[k];
        look->jaw_shift[k] = made->jaw_shift[k];
    }
    const double pucker = pose[r->entries[PUCKERS]], funnel = pose[r->entries[FUNNELS]];
    const double dim = 1 - r->dim[0] * within(r->dim[1] * pucker + r->dim[2] * funnel, 1);
    look->light = (float)(dim * (1 - r->pursed[0] * within(pucker - r->pursed[1], r->pursed[2])));
    look->seen = (float)(r->seen[0] + r->seen[1] * within((open - r->seen[2]) / r->seen[3], 1));
    return count;
}
