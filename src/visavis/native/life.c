/* What a face does of itself: heeds the voice, turns and nods, lifts its brows, breathes. A blink, a
 * glance, a nod are drawn by lot in Python; here it is found out when.
 */
#include "motion.h"

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

void motion_listen(Motion *m) {
    voice(m);
    activity(m);
}

int motion_decide(Motion *m, double t) {
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

void motion_live(Motion *m, double t) {
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
