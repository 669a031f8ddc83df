/* Mouth rows to the mouth: phones blended to shapes, opened as wide as was measured, shut where the
 * lips are heard to shut. The sums of motion/'s modules on articulation, which are the reference.
 */
#include "motion.h"

static void wishes(double opening, double closed, double bilabial, double labiodental,
                   double rest, double vowel, const Table *c, Wish *out) {
    vowel = ramp(vowel, c->vowel[0], c->vowel[1]);
    vowel *= 1 - ramp(opening, c->narrow[0], c->narrow[1]);
    vowel *= 1 - ramp(most(bilabial, labiodental), c->unlikely[0], c->unlikely[1]);
    const double free = 1 - vowel;
    double teeth = free * ramp(labiodental, 0.12, 0.35), lips = 0;
    if (bilabial > 0.02) {
        lips = ramp(bilabial, 0.12 + 0.38 * rest, 0.28 + 0.52 * rest);
        const double near = most(ramp(closed, 0.20, 0.40), 1 - ramp(opening, 0.10, 0.25));
        lips = free * most(lips, (1 - rest) * near * ramp(bilabial, 0.03, 0.08));
        if (lips > 0 && teeth > 0) {
            const double share = bilabial / (bilabial + labiodental);
            lips *= ramp(share, 0.25, 0.5);
            teeth *= ramp(1 - share, 0.4, 0.6);
        }
    }
    out[0] = (Wish){lips, bilabial, vowel};
    out[1] = (Wish){teeth, labiodental, vowel};
}

static void hold(const Table *c, Hold *h, Wish now, Wish ahead, double gate[2]) {
    gate[0] = gate[1] = 0;
    if (now.gate == 0 && ahead.gate == 0 && h->value == 0) {
        h->full = 0;
        return;
    }
    double target = most(now.gate, c->lead * (1 - now.vowel) * ahead.gate);
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
    h->value = most(target, c->let_go * (1 - now.vowel) * h->value);
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

int motion_articulate(Motion *m, const float *row) {
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
    const double vowel = m->vowel, voiced = m->voiced;
    m->vowel = 0;
    for (int i = 1; i <= c->vowels; i++) m->vowel += p[i];
    m->voiced = m->vowel + p[c->w] + p[c->r];
    const double wide = m->wide;
    m->wide = 0;
    for (int i = 0; i < 4; i++) m->wide += p[c->open[i]];
    Wish ahead[2];
    double gates[2][2];
    wishes(m->measured[2][0], m->measured[2][3], (double)p[c->p] + p[c->m], p[c->f],
           ramp(least(p[0], m->silence), 0.3, 0.6), m->vowel, c, ahead);
    const double bilabial = m->now[0].probability;
    if (ahead[0].probability < bilabial) /* parting */
        ahead[0].gate *= most(ramp(ahead[0].probability / bilabial, 0.60, 0.90),
                              ramp(ahead[0].probability, 0.25, 0.40));
    for (int i = 0; i < 2; i++) {
        hold(c, m->hold + i, m->now[i], ahead[i], gates[i]);
        m->now[i] = ahead[i];
    }
    if (!m->started) {
        m->started = 1;
        return 0;
    }
    const double *before = m->measured[0], *now = m->measured[1], *after = m->measured[2];
    const double heard = most(m->heard[0], m->heard[1]);
    double speech = m->speech + within(heard - m->speech, -0.2, 0.5);
    m->speech = speech = speech > 1e-3 ? speech : 0;
    double opening = 0.2 * before[0] + 0.6 * now[0] + 0.2 * after[0];
    const double change = (opening - m->rest) * m->gain - m->opening, part = change / c->small;
    m->opening += change * least(c->sluggish + part * part, 1);
    opening = moderate(m->opening, speech);
    const double free = 1 - ramp(now[3], 0.50, 0.75);
    const double least_ = most(c->least_voiced * ramp(voiced, 0.4, 0.8),
                               c->least_open * ramp(wide, 0.2, 0.6));
    opening = most(opening, least_ * free * speech);
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
