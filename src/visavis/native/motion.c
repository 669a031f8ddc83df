/* Mouth rows to the mouth, the voice and the life of a face, row by row, and one pose of them: the
 * same sums as the modules of motion/, which are the reference.
 *
 * Whatever is drawn by lot (a blink, a glance, a nod) is decided in Python, which has the random
 * numbers: a row at which somebody has to decide is given back before its life is made, with flags
 * that say who, and taken up again at the next call.
 */
#include "motion.h"

/* rows (count, 32). Returns how many are done; where it is fewer, *flags says who has to decide for
 * the next one before the rest is given again. */
EXPORT int visavis_motion_rows(Motion *m, const float *rows, int count, int *flags) {
    *flags = 0;
    if (m->made < 0 || m->nods < 0 || m->nods > PULSES || m->raises < 0 || m->raises > PULSES)
        return count;
    for (int i = 0; i < count; i++) {
        const double t = (m->made + 0.5) * ROW_S;
        if (!m->pending) {
            if (!motion_articulate(m, rows + (size_t)i * ROW_SIZE)) continue;
            motion_listen(m);
            m->moved = 0;
            *flags = motion_decide(m, t);
            if (*flags) {
                m->pending = 1;
                return i;
            }
        }
        m->pending = 0;
        if (m->head_at < 0 || m->head_at >= 128 || m->face_at < 0 || m->face_at >= 128) return count;
        motion_live(m, t);
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
