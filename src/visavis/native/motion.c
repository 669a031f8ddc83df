/* Mouth rows to the mouth, the voice and the life of a face, row by row, and one pose of them: the
 * same sums as the modules of motion/, which are the reference.
 *
 * Whatever is drawn by lot (a blink, a glance, a nod) is decided in Python, which has the random
 * numbers: a row at which somebody has to decide is given back before its life is made, with flags
 * that say who, and taken up again at the next call.
 */
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
    double gate, probability;
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
    double open_mm, own_share, width_share, width_unit, jaw_unit, least_voiced;
    double jaw_shut, jaw_tucked, lead, let_go, press, pucker_gap;
    double phrase_pause, begin, smooth, slow, turn, attention, blend_s;
    double hold_yaw, hold_pitch, eye_limit, knee, nod_limit, large_shift;
    int32_t full_rows, p, m, f, w, r, vowels, expressed[7], added_up[12];
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
    double measured[3][MEASURED], heard[2], silence, vowel, voiced, speech;
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

static double least(double a, double b) { return a < b ? a : b; }
static double most(double a, double b) { return a > b ? a : b; }
static double within(double x, double low, double high) { return least(most(x, low), high); }

static double ramp(double x, double low, double high) {
    return x <= low ? 0 : x >= high ? 1 : (x - low) / (high - low);
}

static double ease(double x) {
    return x <= 0 ? 0 : x >= 1 ? 1 : x * x * x * (10 + x * (6 * x - 15));
}

static double glide(Glide *g, double target) {
    g->x += g->a * (target - g->x);
    g->y += g->a * (g->x - g->y);
    g->z += g->a * (g->y - g->z);
    return g->z;
}

static double pulse(const Pulse *p, double t) {
    const double x = t - p->start;
    if (x < p->rise) return p->amount * ease(x / p->rise);
    return p->amount * (1 - ease((x - p->rise - p->hold) / p->fall));
}

static double mixed(const double *s, double idle, double listening, double thinking,
                    double speaking) {
    return s[0] * idle + s[1] * listening + s[2] * thinking + s[3] * speaking;
}

/* Articulation */

static void wishes(double opening, double closed, double bilabial, double labiodental,
                   double rest, Wish *out) {
    double teeth = ramp(labiodental, 0.12, 0.35), lips = 0;
    if (bilabial > 0.02) {
        lips = ramp(bilabial, 0.12 + 0.38 * rest, 0.28 + 0.52 * rest);
        const double near = most(ramp(closed, 0.20, 0.40), 1 - ramp(opening, 0.10, 0.25));
        lips = most(lips, (1 - rest) * near * ramp(bilabial, 0.03, 0.08));
        if (lips > 0 && teeth > 0) {
            const double share = bilabial / (bilabial + labiodental);
            lips *= ramp(share, 0.25, 0.5);
            teeth *= ramp(1 - share, 0.4, 0.6);
        }
    }
    out[0] = (Wish){lips, bilabial};
    out[1] = (Wish){teeth, labiodental};
}

static void hold(const Table *c, Hold *h, Wish now, Wish ahead, double gate[2]) {
    gate[0] = gate[1] = 0;
    if (now.gate == 0 && ahead.gate == 0 && h->value == 0) {
        h->full = 0;
        return;
    }
    double target = most(now.gate, c->lead * ahead.gate);
    const double certain =
        most(ramp(now.probability, 0.25, 0.40), ramp(ahead.probability, 0.25, 0.40));
    if (target > 0.95) {
        h->full++;
    } else if (0 < h->full && h->full < c->full_rows) {
        h->full++;
        target = 1;
    } else {
        h->full = 0;
    }
    h->certainty = most(certain, h->full ? h->certainty : 0);
    h->value = most(target, c->let_go * h->value);
    if (h->value < 0.01) h->value = 0;
    gate[0] = h->value;
    gate[1] = h->value * h->certainty;
}

static double moderate(double opening, double speech) {
    if (opening <= 0) return 0;
    const double doubt = 0.07 * (1 - speech);
    return opening * ramp(opening, 0.03 + doubt, 0.13 + doubt) /
           pow(1 + pow(opening / 1.3, 3), 1.0 / 3);
}

static void fit(const Motion *m, double *s, double gap, const double *measured, double speech) {
    const Table *c = m->table;
    const double *g = c->gap, *w = c->width;
    double lips = g[4] * s[UPPER] + g[5] * s[LOWER] + g[3] * s[FUNNEL] + g[2] * s[PUCKER];
    const double own = g[0] * s[JAW] + lips + 1e-6;
    if (gap > own && own > 1) gap = pow(gap, 1 - c->own_share) * pow(own, c->own_share);
    gap *= m->size;
    const double scale = gap / own;
    double floor_ = scale < 1 ? 0.35 * s[JAW] * scale : s[JAW];
    const double more = scale < 1 ? scale : least(scale, 1.2);
    s[UPPER] = least(s[UPPER] * more, 0.8);
    s[LOWER] *= more;
    s[FUNNEL] *= sqrt(more);
    double shift = 0.25 * (c->jaw_unit * measured[2] + 2.5 - g[0] * s[JAW] * scale) * speech;
    shift = most(most(shift, -0.5 * g[0] * s[JAW] * scale), -1.5);
    shift = least(least(shift, 1.5), 0.6 * g[5] * s[LOWER]);
    s[LOWER] = least(s[LOWER] - shift / g[5], 0.8);
    floor_ = most(floor_ + least(shift, 0) / g[0], 0);
    lips = g[4] * s[UPPER] + g[5] * s[LOWER] + g[3] * s[FUNNEL] + g[2] * s[PUCKER];
    s[JAW] = most(floor_, (gap - lips) / g[0]);
    double lean = c->width_unit * measured[1] - 2.5;
    lean -= w[0] * s[JAW] + w[1] * s[STRETCH] + w[2] * s[PUCKER] + w[3] * s[FUNNEL];
    lean = within(c->width_share * lean * m->width, -6, 6) * speech;
    if (lean > 0)
        s[STRETCH] += lean / w[1];
    else
        s[PUCKER] += lean / w[2];
    const double both = 0.5 * least(w[1] * s[STRETCH], -w[2] * s[PUCKER]);
    s[STRETCH] -= both / w[1];
    s[PUCKER] += both / w[2];
    const double lead = least(speech * 1.5, 1) * sqrt(m->size);
    const double rounding = least(m->width * lead, 1.2);
    s[JAW] = least(s[JAW], 0.8);
    s[STRETCH] = least(s[STRETCH] * lead, 1);
    s[PUCKER] = least(s[PUCKER] * rounding, 0.95);
    s[FUNNEL] = least(s[FUNNEL] * rounding, 1);
    s[UPPER] = least(s[UPPER], 1);
    s[LOWER] = least(s[LOWER], 1);
    for (int i = PRESS; i < CHANNELS; i++) s[i] *= lead;
}

/* Takes row n; writes the mouth of row n - 1. Returns 0 for the first row, which has none before. */
static int articulate(Motion *m, const float *row) {
    const Table *c = m->table;
    const float *p = row + MEASURED;
    Mouth *out = &m->mouth;
    memmove(m->rows[0], m->rows[1], sizeof m->rows - sizeof m->rows[0]);
    float *blended = m->rows[SPAN - 1];
    memset(blended, 0, sizeof m->rows[0]);
    for (int i = 0; i < PHONES; i++)
        for (int k = 0; k < 2 * CHANNELS; k++) blended[k] += p[i] * c->blend[i * 2 * CHANNELS + k];
    memmove(m->measured[0], m->measured[1], 2 * sizeof m->measured[0]);
    for (int i = 0; i < MEASURED; i++) m->measured[2][i] = row[i];
    m->heard[0] = m->heard[1];
    m->heard[1] = ramp(1.0 - p[0], 0.12, 0.45);
    m->silence += 0.05 * (p[0] - m->silence);
    Wish ahead[2];
    double gates[2][2];
    wishes(m->measured[2][0], m->measured[2][3], (double)p[c->p] + p[c->m], p[c->f],
           ramp(least(p[0], m->silence), 0.3, 0.6), ahead);
    for (int i = 0; i < 2; i++) {
        hold(c, m->hold + i, m->now[i], ahead[i], gates[i]);
        m->now[i] = ahead[i];
    }
    const double vowel = m->vowel, voiced = m->voiced;
    m->vowel = 0;
    for (int i = 1; i <= c->vowels; i++) m->vowel += p[i];
    m->voiced = m->vowel + p[c->w] + p[c->r];
    if (!m->started) {
        m->started = 1;
        return 0;
    }
    const double *before = m->measured[0], *now = m->measured[1], *after = m->measured[2];
    const double heard = most(m->heard[0], m->heard[1]);
    double speech = m->speech + within(heard - m->speech, -0.2, 0.5);
    m->speech = speech = speech > 1e-3 ? speech : 0;
    double opening = 0.2 * before[0] + 0.6 * now[0] + 0.2 * after[0];
    opening = moderate((opening - m->rest) * m->gain, speech);
    const double free = 1 - ramp(now[3], 0.50, 0.75);
    opening = most(opening, c->least_voiced * ramp(voiced, 0.4, 0.8) * free * speech);
    memset(out, 0, sizeof *out);
    out->vowel = vowel;
    if (speech == 0 && opening == 0) return 1;
    float sums[2 * CHANNELS];
    for (int k = 0; k < 2 * CHANNELS; k++) sums[k] = m->rows[0][k] * c->kernel[k];
    for (int i = 1; i < SPAN; i++)
        for (int k = 0; k < 2 * CHANNELS; k++)
            sums[k] += m->rows[i][k] * c->kernel[i * 2 * CHANNELS + k];
    for (int k = 0; k < CHANNELS; k++)
        out->mouth[k] = (double)sums[k] / most(sums[CHANNELS + k], 1e-9);
    out->mouth[UPPER] *= m->lips;
    out->mouth[LOWER] *= m->lips;
    fit(m, out->mouth, opening * c->open_mm, now, speech);
    for (int k = 0; k < 2; k++) {
        out->lips[k] = gates[0][k] * (speech * m->closure);
        out->teeth[k] = gates[1][k] * (speech * m->closure);
    }
    out->speech = speech;
    out->opening = opening;
    return 1;
}

/* Voice and activity */

static void stressed(Motion *m) {
    const Table *c = m->table;
    const double before = m->fast;
    m->fast += c->smooth * (m->mouth.opening - m->fast);
    const double slope = m->fast - before;
    m->since_stress += ROW_S;
    if (m->mouth.speech > 0.5) {
        const double excess = m->fast - m->mean;
        m->mean += c->slow * excess;
        m->spread += c->slow * (fabs(excess) - m->spread);
    }
    const double spread = most(m->spread, 0.05), excess = m->fast - m->mean;
    m->energy = tanh(0.5 * excess / spread) * m->mouth.speech;
    m->stress = 0;
    if (excess < 0) m->armed = 1;
    const double rising = excess + 3 * slope;
    if (!(m->armed && slope > 0 && m->mouth.vowel > 0.4 && rising > 0.6 * spread)) return;
    if (m->since_stress < 0.25 || m->mouth.speech < 0.5) return;
    m->armed = 0;
    m->since_stress = 0;
    m->stress = 0.25 + 0.75 * ramp(rising / spread, 0.6, 2.4);
}

static void voice(Motion *m) {
    const int speaking = m->mouth.speech > (m->active ? 0.3 : 0.6);
    m->pause = speaking ? 0 : m->pause + ROW_S;
    m->spoken = speaking ? m->spoken + ROW_S : 0;
    m->began = !m->active && m->spoken >= m->table->begin;
    m->ended = m->active && m->pause >= m->table->phrase_pause;
    m->active = (m->active || m->began) && !m->ended;
    stressed(m);
}

static void activity(Motion *m) {
    const Table *c = m->table;
    m->has_spoken |= m->active;
    if (m->active || (m->has_spoken && m->pause < c->turn))
        m->current = 3;
    else if (m->chosen >= 0)
        m->current = m->chosen;
    else
        m->current = m->has_spoken && m->pause < c->turn + c->attention ? 1 : 0;
    if (m->settled == m->current) {
        for (int i = 0; i < 4; i++) m->shares[i] = i == m->current;
        return;
    }
    double sum = 0, total = 0;
    for (int i = 0; i < 4; i++) {
        const double step = i == m->current ? ROW_S / c->blend_s : -ROW_S / c->blend_s;
        m->level[i] = within(m->level[i] + step, 0, 1);
        sum += m->level[i];
    }
    m->settled = sum == m->level[m->current] && sum == 1 ? m->current : -1;
    for (int i = 0; i < 4; i++) total += m->shares[i] = ease(m->level[i]);
    if (total == 0) total = 1;
    for (int i = 0; i < 4; i++) m->shares[i] /= total;
}

/* Lets go on what nobody has to decide at this row; returns who has to. */
static int decide(Motion *m, double t) {
    const int turn = m->began || m->ended;
    int flags = 0;
    if (m->ended || m->feels) flags = FEEL | GAZE | BLINK | NOD | REACT | BREATHE;
    if (m->feel_at >= 128 || m->head_at >= 128 || m->face_at >= 128) flags |= DRIFT;
    if (turn || (m->shares[2] > 0.4) != m->gaze_lost || m->gaze_left - ROW_S <= 0)
        flags |= GAZE | BLINK;
    else if (!(flags & GAZE))
        m->gaze_left -= ROW_S;
    const double waited = m->blink_waited + ROW_S * m->blink_rate * m->feel_blink *
                                                mixed(m->shares, 12.5, 11.5, 12.0, 13.0) / 60.0;
    const int free = !m->blinks && m->blink_second == INFINITY;
    if ((m->blinks && t - m->blink_first >= 1) || t >= m->blink_second ||
        (free && waited >= m->blink_due))
        flags |= BLINK;
    if (!(flags & BLINK) && m->blink_rate > 0) m->blink_waited = waited;
    const int listens = m->shares[1] > 0.6;
    if (turn || m->head_left - ROW_S <= 0 || (m->stress > 0 && m->head_rest - ROW_S <= 0) ||
        (listens && m->nod_left - ROW_S <= 0) || m->nods > PULSES - 8)
        flags |= NOD;
    if (!(flags & NOD)) {
        m->head_left -= ROW_S;
        m->head_rest -= ROW_S;
        if (listens) m->nod_left -= ROW_S;
    }
    if (m->face_rest - ROW_S <= 0 && (turn || m->stress > 0)) flags |= REACT;
    if (!(flags & REACT)) m->face_rest -= ROW_S;
    if (turn) flags |= BREATHE;
    if (!(flags & BREATHE)) {
        const double target =
            m->breath_target + m->breath_speed * ROW_S * (m->active ? 1.0 : m->feel_pace);
        if (m->breath_hold > 0)
            m->breath_hold -= ROW_S;
        else if ((target - m->breath_goal) * m->breath_speed >= 0)
            flags |= BREATHE;
        else
            m->breath_target = target;
    }
    return flags;
}

/* Life */

static void head(Motion *m, double t, double *value) {
    const double thinking = m->shares[2];
    double target[HEAD], nodded[3] = {0};
    memcpy(target, m->posture, sizeof target);
    target[0] += 0.22 * m->gaze_x;
    target[1] += 0.18 * m->gaze_y;
    target[3] += 0.35 * target[0];
    target[1] -= 0.5 * thinking;
    const double still = m->feel_head * mixed(m->shares, 0.55, 0.65, 0.75, 1.0);
    const double pace = m->feel_pace * (1 - 0.25 * thinking);
    const double *noise = m->head_drift + (size_t)m->head_at++ * HEAD;
    for (int i = 0; i < HEAD; i++) {
        const double a = pace * m->follow_a[i];
        m->follow_x[i] += a * (target[i] * still - m->follow_x[i]);
        m->follow_y[i] += a * (m->follow_x[i] - m->follow_y[i]);
        m->follow_z[i] += a * (m->follow_y[i] - m->follow_z[i]);
        value[i] = m->follow_z[i] + still * noise[i];
    }
    value[1] += glide(&m->beat, 0.45 * m->expressive * m->energy);
    for (int i = 0; i < m->nods; i++) {
        const int channel = m->nod[i].channel;
        if (channel >= 0 && channel < 3) nodded[channel] += pulse(m->nod + i, t);
    }
    for (int i = 0; i < 3; i++)
        value[i] += nodded[i] / (1 + fabs(nodded[i]) / m->table->nod_limit);
    value[4] += 0.25 * value[1];
    for (int i = 0; i < HEAD; i++) value[i] *= m->head_size;
    if (m->feels) {
        value[1] += m->feel[FELT - 3];
        value[2] += m->feel[FELT - 2];
        value[5] += m->feel[FELT - 1];
    }
}

static void face(Motion *m, double t, double *value) {
    const double *drift = m->face_drift + (size_t)m->face_at++ * 4;
    const double slow = drift[0], side = drift[1], warm = drift[2], lids = drift[3];
    const double thinking = m->shares[2], *e = m->feel;
    double up = 0.03 + 0.03 * slow, down = 0, outer = 0;
    for (int i = 0; i < m->raises; i++) {
        const double x = pulse(m->raise + i, t);
        if (m->raise[i].channel)
            down += x;
        else
            up += x, outer += x;
    }
    const double brows = m->brows * m->feel_brows;
    up = most(up + 0.05 * thinking, 0) * brows;
    outer = (0.6 * most(outer, 0) + 0.02) * brows;
    down = (down + most(-0.05 * slow, 0) + (0.10 + 0.04 * lids) * thinking) * brows;
    const double lean = within(m->bias + 0.06 * side, -0.25, 0.25);
    const double mood = glide(&m->mood, mixed(m->shares, 0.05, 0.09, 0.02, 0.05));
    double smile = most(mood + 0.03 * warm, 0) * m->smile * m->feel_smiles;
    double squint = (0.35 * smile + most(0.03 + 0.03 * lids, 0) * m->smile) * 0.9;
    double press = most(0.10 + 0.06 * warm, 0) * thinking * m->smile;
    double wide = 0, lid = 0, cheek = 0, frown = 0, jaw = 0;
    const double more = 1 + lean, fewer = 1 - lean;
    if (m->feels) {
        up += e[0], outer += e[1], down += e[2], squint += e[3];
        wide = e[4], lid = e[5], cheek = e[6], smile += e[7], frown = e[8], press += e[9];
        jaw = e[10];
    }
    const double made[FACE] = {
        up, outer * (1 + 1.5 * lean), outer * (1 - 1.5 * lean), down, down,
        smile * more, smile * fewer, squint * (1 + 0.5 * lean), squint * (1 - 0.5 * lean),
        frown * more, frown * fewer, cheek * more, cheek * fewer,
        wide, wide, lid, lid, press, press, jaw,
    };
    memcpy(value, made, sizeof made);
}

static void live(Motion *m, double t) {
    double *life = m->lives[m->made % KEPT];
    head(m, t, life);
    face(m, t, life + HEAD);
    life[HEAD + FACE] = within(m->breath_depth * glide(&m->breath, m->breath_target), 0, 1);
    if (!m->moved) { /* who feels has moved these */
        glide(&m->talk, m->active);
        m->feel_at++;
    }
    m->mouths[m->made % KEPT] = m->mouth;
    m->made++;
}

/* rows (count, 32). Returns how many are done; where it is fewer, *flags says who has to decide for
 * the next one before the rest is given again. */
EXPORT int visavis_motion_rows(Motion *m, const float *rows, int count, int *flags) {
    *flags = 0;
    if (m->made < 0 || m->nods < 0 || m->nods > PULSES || m->raises < 0 || m->raises > PULSES)
        return count;
    for (int i = 0; i < count; i++) {
        const double t = (m->made + 0.5) * ROW_S;
        if (!m->pending) {
            if (!articulate(m, rows + (size_t)i * ROW_SIZE)) continue;
            voice(m);
            activity(m);
            m->moved = 0;
            *flags = decide(m, t);
            if (*flags) {
                m->pending = 1;
                return i;
            }
        }
        m->pending = 0;
        if (m->head_at < 0 || m->head_at >= 128 || m->face_at < 0 || m->face_at >= 128) return count;
        live(m, t);
    }
    return count;
}

/* The last rows at row x, a fraction: mouth, speech, life, gates of lips and teeth of a frame that
 * is 50 / fps rows long; (40,) in all. */
EXPORT void visavis_motion_between(const Motion *m, double x, double fps, double *out) {
    const int oldest = m->made - KEPT > -1 ? m->made - KEPT : -1;
    const double low = floor(x + EPS), part = most(x - low, 0);
    int first = (int)low, second = part > EPS ? first + 1 : first;
    first = first < oldest ? oldest : first >= m->made ? m->made - 1 : first;
    second = second < oldest ? oldest : second >= m->made ? m->made - 1 : second;
    const Mouth *a = m->mouths + (first + KEPT) % KEPT, *b = m->mouths + (second + KEPT) % KEPT;
    const double *one = m->lives[(first + KEPT) % KEPT], *two = m->lives[(second + KEPT) % KEPT];
    for (int i = 0; i < CHANNELS; i++) out[i] = a->mouth[i] + part * (b->mouth[i] - a->mouth[i]);
    out[CHANNELS] = a->speech + part * (b->speech - a->speech);
    for (int i = 0; i < LIFE; i++) out[CHANNELS + 1 + i] = one[i] + part * (two[i] - one[i]);
    double *gates = out + CHANNELS + 1 + LIFE;
    gates[0] = gates[1] = 0;
    const double half = most(25.0 / fps - 0.5, 0);
    const int begin = (int)ceil(x - half), end = (int)floor(x + half);
    for (int k = 0; k < 3 + end - begin + 1; k++) {
        const double r = k == 0 ? x : k == 1 ? x - half : k == 2 ? x + half : begin + k - 3;
        const double at = floor(r + EPS), share = most(r - at, 0);
        int i = (int)at, j = share > EPS ? i + 1 : i;
        i = i < oldest ? oldest : i >= m->made ? m->made - 1 : i;
        j = j < oldest ? oldest : j >= m->made ? m->made - 1 : j;
        const Mouth *p = m->mouths + (i + KEPT) % KEPT, *q = m->mouths + (j + KEPT) % KEPT;
        const int sure = r != x; /* the value in the middle, what is certain elsewhere */
        gates[0] = most(gates[0], p->lips[sure] + share * (q->lips[sure] - p->lips[sure]));
        gates[1] = most(gates[1], p->teeth[sure] + share * (q->teeth[sure] - p->teeth[sure]));
    }
}

/* One pose */

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
