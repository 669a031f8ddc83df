/* What the files of motion know of each other: the numbers of motion/'s modules, one face at work, and
 * the steps that a row takes through it. motion.c says what comes in and goes out.
 */
#ifndef VISAVIS_MOTION_H
#define VISAVIS_MOTION_H

#include "kernel.h"

#include <math.h>

#define PHONES 28
#define CHANNELS 10
#define MEASURED 4
#define ROW_SIZE (MEASURED + PHONES)
#define SPAN 7   /* rows that a shape is blended of */
#define KEPT 16  /* rows remembered */
#define HEAD 6
#define FACE 20
#define LIFE (HEAD + FACE + 1)
#define FELT 14
#define PULSES 32
#define POSE 63
#define ROW_S 0.02
#define EPS 1e-6

enum { JAW, STRETCH, PUCKER, FUNNEL, UPPER, LOWER, PRESS, ROLL, TIP, TONGUE };
enum { FEEL = 1, GAZE = 2, BLINK = 4, NOD = 8, REACT = 16, BREATHE = 32, DRIFT = 64 };

typedef struct {
    double a, x, y, z;
} Glide;

typedef struct {
    double start, amount, rise, hold, fall;
    int32_t channel, unused;
} Pulse;

typedef struct {
    double value, certainty;
    int32_t full, unused;
} Hold;

typedef struct {
    double gate, probability, vowel;
} Wish;

typedef struct {
    double mouth[CHANNELS], lips[2], teeth[2], speech, opening, vowel;
} Mouth;

/* Numbers of the modules of motion/, the same for all. */
typedef struct {
    const float *blend;  /* (28, 20) dominance * shape, dominance */
    const float *kernel; /* (7, 20) */
    const float *low, *high; /* (63,) ranges of a pose */
    double gap[CHANNELS], width[CHANNELS];
    double open_mm, own_share, width_share, width_unit, jaw_unit, least_voiced, least_open;
    double small, sluggish;
    double jaw_shut, jaw_tucked, lead, let_go, vowel[2], narrow[2], unlikely[2], press, pucker_gap;
    double phrase_pause, begin, smooth, slow, turn, attention, blend_s;
    double hold_yaw, hold_pitch, eye_limit, knee, nod_limit, large_shift;
    int32_t full_rows, p, m, f, w, r, vowels, open[4], expressed[7], added_up[12];
    int32_t life[LIFE], jaw, pucker, funnel, roll, tip, tongue, close;
    int32_t stretch[2], upper[2], lower[2], pressed[2], smile[2], frown[2], blink[2], wide[2];
    int32_t gaze_x, gaze_y, head_yaw, head_pitch;
} Table;

typedef struct {
    const Table *table;
    const double *head_drift, *face_drift, *feel_drift; /* (128, 6), (128, 4), (128, 1) */
    /* whose face it is */
    double rest, gain, lips, size, width, closure;
    double head_size, expressive, brows, smile, bias, breath_depth, blink_rate;
    double follow_a[HEAD];
    /* articulation */
    float rows[SPAN][2 * CHANNELS];
    double measured[3][MEASURED], heard[2], silence, vowel, voiced, wide, opening, speech;
    Hold hold[2];
    Wish now[2];
    /* the row at work */
    Mouth mouth;
    double stress, energy, shares[4], feel[FELT], feel_head, feel_brows, feel_smiles, feel_pace,
        feel_blink;
    /* voice, activity */
    double pause, spoken, fast, mean, spread, since_stress, level[4];
    int32_t active, began, ended, armed, chosen, current, has_spoken, settled;
    /* what waits for its time */
    double gaze_left, gaze_x, gaze_y, blink_waited, blink_due, blink_second, blink_first;
    double head_left, head_rest, nod_left, face_rest;
    int32_t gaze_lost, blinks, started, pending, moved, unused;
    /* head, face, breath */
    double posture[HEAD], follow_x[HEAD], follow_y[HEAD], follow_z[HEAD];
    Glide beat, mood, breath, talk;
    double breath_target, breath_goal, breath_hold, breath_speed;
    int32_t breath_inward, head_at, face_at, feel_at, nods, raises;
    Pulse nod[PULSES], raise[PULSES]; /* raise: channel 1 frowns */
    /* the last rows, row n at n % KEPT; row -1 is rest */
    Mouth mouths[KEPT];
    double lives[KEPT][LIFE];
    int32_t made, feels;
} Motion;

static inline double least(double a, double b) { return a < b ? a : b; }
static inline double most(double a, double b) { return a > b ? a : b; }
static inline double within(double x, double low, double high) { return least(most(x, low), high); }

static inline double ramp(double x, double low, double high) {
    return x <= low ? 0 : x >= high ? 1 : (x - low) / (high - low);
}

static inline double ease(double x) {
    return x <= 0 ? 0 : x >= 1 ? 1 : x * x * x * (10 + x * (6 * x - 15));
}

/* The mouth (articulation.c). Takes row n; writes the mouth of row n - 1 to m->mouth. Returns 0 for
 * the first row, which has none before. */
int motion_articulate(Motion *m, const float *row);

/* The voice (life.c): is somebody speaking, pausing, stressing; what the face does meanwhile. */
void motion_listen(Motion *m);

/* Lets go on what nobody has to decide at a row, whose middle is at t s; returns who has to. */
int motion_decide(Motion *m, double t);

/* Head, face and breath of that row, which is then made. */
void motion_live(Motion *m, double t);

#endif
