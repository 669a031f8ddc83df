/* One pose of a face: mouth, life, lids and gaze mixed, each within what it may be. The sums of
 * motion/'s modules on the mixing, which are the reference.
 */
#include "motion.h"


static double constrain(const Table *c, double *s, double lips, double teeth) {
    double close = 0;
    if (teeth > 0) {
        const double open = 1 - teeth;
        s[JAW] = s[JAW] * open + least(s[JAW], c->jaw_tucked) * teeth;
        s[UPPER] = s[UPPER] * open + 0.9 * teeth;
        s[ROLL] = most(s[ROLL], teeth);
        s[LOWER] *= open;
        s[FUNNEL] *= open;
        s[PUCKER] *= 1 - 0.5 * teeth;
        s[TIP] *= open;
    }
    s[PRESS] *= lips;
    if (lips > 0) {
        const double open = 1 - lips;
        s[JAW] = s[JAW] * open + least(s[JAW], c->jaw_shut) * lips;
        s[UPPER] *= open;
        s[LOWER] *= open;
        s[FUNNEL] *= open;
        s[ROLL] *= open;
        s[TIP] *= open;
        s[PUCKER] *= 1 - 0.3 * lips;
        s[PRESS] = most(s[PRESS], c->press * lips);
        close = lips * (s[JAW] + c->pucker_gap * s[PUCKER]);
    }
    return close;
}

static double bent(const Table *c, double weight) {
    if (weight <= c->knee) return most(weight, 0);
    return c->knee + (1 - c->knee) * tanh((weight - c->knee) / (1 - c->knee));
}

/* given: (40,) of visavis_motion_between; lids and gaze: two each. Writes (63,). */
EXPORT void visavis_motion_pose(const Table *c, const double *given, double left, double right,
                                double gaze_x, double gaze_y, double smile, float *out) {
    double pose[POSE] = {0}, s[CHANNELS];
    const double *life = given + CHANNELS + 1, *gates = life + LIFE;
    const double free = 1 - given[CHANNELS], lids[2] = {left, right};
    for (int i = 0; i < LIFE; i++) pose[c->life[i]] = life[i];
    memcpy(s, given, sizeof s);
    for (int k = 0; k < 7; k++) s[k] += free * most(pose[c->expressed[k]], 0);
    pose[c->close] = constrain(c, s, gates[0], gates[1]);
    pose[c->jaw] = s[JAW], pose[c->pucker] = s[PUCKER], pose[c->funnel] = s[FUNNEL];
    pose[c->roll] = s[ROLL], pose[c->tip] = s[TIP], pose[c->tongue] = s[TONGUE];
    for (int k = 0; k < 12; k++) {
        const int i = c->added_up[k];
        if (i >= 0 && !(0 <= pose[i] && pose[i] <= c->knee)) pose[i] = bent(c, pose[i]);
    }
    for (int side = 0; side < 2; side++) {
        double up = bent(c, pose[c->smile[side]] + most(smile, 0));
        const double down = bent(c, pose[c->frown[side]] + most(-smile, 0));
        const double both = 0.8 * least(up, down);
        up = (up - both) * (1 - 0.4 * least(s[PUCKER], 1));
        pose[c->smile[side]] = up, pose[c->frown[side]] = down - both;
        pose[c->stretch[side]] = s[STRETCH] * (1 - 0.45 * up);
        pose[c->upper[side]] = s[UPPER], pose[c->lower[side]] = s[LOWER];
        pose[c->pressed[side]] = s[PRESS];
        const double wide = pose[c->wide[side]];
        const double rest = within(pose[c->blink[side]] - 0.5 * wide, 0, 0.5);
        pose[c->blink[side]] = rest + (1 - rest) * lids[side];
        pose[c->wide[side]] = wide * (1 - lids[side]);
    }
    const double limit = c->eye_limit;
    const double x = gaze_x + pose[c->gaze_x] - c->hold_yaw * pose[c->head_yaw];
    const double y = gaze_y + pose[c->gaze_y] - c->hold_pitch * pose[c->head_pitch];
    pose[c->gaze_x] = limit * tanh(x / limit);
    pose[c->gaze_y] = limit * tanh(y / limit);
    for (int i = 0; i < POSE; i++) {
        const float v = (float)pose[i];
        out[i] = v < c->low[i] ? c->low[i] : v > c->high[i] ? c->high[i] : v;
    }
}
