/* From the network's outputs to mouth rows, and any sample rate to 16 kHz; the same sums as
 * speech/mouth.py and speech/resample.py.
 */
#include "kernel.h"

#include <math.h>

#define BANDS 40
#define OUTPUTS 32
#define FIRST_PHONE 4
#define CLOSED 3
#define OPENING 0
#define RECENT 40
#define MOST_AHEAD 8
#define FEATURES 60 /* of speech/readout.py: a row, and its phones' logarithms */
#define LOOKED 8    /* rows */
#define JAW 2
#define BLOCK 320 /* samples of a step at 16 kHz */

/* One stream's state and the numbers of speech/mouth.py. */
typedef struct {
    float silence, doubt, bilabial;
    float ahead[MOST_AHEAD]; /* levels of the newest sound, a ring */
    float levels[RECENT];    /* the same up to the row's time, a ring */
    int32_t heard, rows;     /* how many went in and came out */
    int32_t behind, sil, p, m;
    float gain, closure[2], closure_rest[2], parting[2], sure[2], waiting[2], still[2], still_keep, stir_quiet[2],
        stir_loud[2], room[2], budget, doubt_ramp[2], doubt_most, doubt_loud, doubt_keep,
        doubt_keep_speech, row_s;
    float log_floor, log_scale, before;
    float phones[OUTPUTS - FIRST_PHONE]; /* logits of the row before */
    const float *readout;            /* (3, LOOKED * FEATURES + 1), or none */
    float looked[LOOKED * FEATURES]; /* the last rows' features, oldest first */
} Mouthing;

static float ramp(float value, const float *ends) {
    const float x = (value - ends[0]) / (ends[1] - ends[0]);
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

static float stirs(Mouthing *m, float opening, float rest) {
    m->levels[m->rows % RECENT] = m->ahead[(m->heard - 1 - m->behind) % MOST_AHEAD];
    m->rows++;
    const int count = m->rows < RECENT ? m->rows : RECENT;
    float least = m->levels[0];
    for (int i = 1; i < count; i++) least = m->levels[i] < least ? m->levels[i] : least;
    const float loud = ramp(least, m->room), speech = 1 - ramp(m->silence, m->still);
    const float keep = m->doubt_keep + speech * (m->doubt_keep_speech - m->doubt_keep);
    const float stirred = rest * opening * ramp(opening, m->stir_quiet) * m->row_s / m->budget;
    const float doubt = m->doubt * keep + stirred * (1 + m->doubt_loud * loud);
    m->doubt = doubt < m->doubt_most ? doubt : m->doubt_most;
    float ends[2];
    for (int i = 0; i < 2; i++)
        ends[i] = m->stir_quiet[i] + loud * (m->stir_loud[i] - m->stir_quiet[i]);
    return ramp(opening, ends) * (1 - ramp(m->doubt, m->doubt_ramp));
}

/* speech/readout.py: opening, width and jaw from the last rows together. */
static void read_out(Mouthing *m, float *row) {
    float *newest = m->looked + (LOOKED - 1) * FEATURES;
    memmove(m->looked, m->looked + FEATURES, (LOOKED - 1) * FEATURES * sizeof(float));
    memcpy(newest, row, OUTPUTS * sizeof(float));
    for (int i = FIRST_PHONE; i < OUTPUTS; i++)
        newest[OUTPUTS - FIRST_PHONE + i] = logf(row[i] + m->log_floor) * m->log_scale;
    for (int i = 0; m->rows == 0 && i < LOOKED - 1; i++) /* as if it had been so before */
        memcpy(m->looked + i * FEATURES, newest, FEATURES * sizeof(float));
    for (int column = 0; column <= JAW; column++) {
        const float *weights = m->readout + column * (LOOKED * FEATURES + 1);
        float sums[8] = {0};
        for (int k = 0; k < LOOKED * FEATURES; k += 8)
            for (int lane = 0; lane < 8; lane++) sums[lane] += m->looked[k + lane] * weights[k + lane];
        float sum = weights[LOOKED * FEATURES];
        for (int lane = 0; lane < 8; lane++) sum += sums[lane];
        row[column] = sum;
    }
}

/* Logits of phones as probabilities. */
static void share(float *row) {
    float most = row[FIRST_PHONE], sum = 0;
    for (int i = FIRST_PHONE + 1; i < OUTPUTS; i++) most = row[i] > most ? row[i] : most;
    for (int i = FIRST_PHONE; i < OUTPUTS; i++) sum += row[i] = expf(row[i] - most);
    for (int i = FIRST_PHONE; i < OUTPUTS; i++) row[i] /= sum;
}

static void calibrate(Mouthing *m, const float *raw, float *row) {
    const int first = m->rows == 0;
    memcpy(row, raw, OUTPUTS * sizeof(float));
    row[CLOSED] = 1 / (1 + expf(-row[CLOSED]));
    share(row);
    row[OPENING] *= m->gain;
    if (m->readout) read_out(m, row);
    m->silence += (row[m->sil] - m->silence) * (1 - m->still_keep);
    const float silent = row[m->sil] < m->silence ? row[m->sil] : m->silence;
    const float waits = ramp(silent, m->waiting);
    float ends[2];
    for (int i = 0; i < 2; i++)
        ends[i] = m->closure[i] + waits * (m->closure_rest[i] - m->closure[i]);
    const float before = m->bilabial;
    m->bilabial = row[m->p] + row[m->m];
    float closed = ramp(m->bilabial, ends);
    if (m->bilabial < before) {
        const float still = ramp(m->bilabial / before, m->parting);
        const float sure = ramp(m->bilabial, m->sure);
        closed *= still > sure ? still : sure;
    }
    float opening = row[OPENING];
    opening = (opening > 0 ? opening : 0) * (1 - closed);
    const float rest = ramp(silent, m->still);
    row[OPENING] = opening * (1 - rest * (1 - stirs(m, opening, rest)));
    for (int i = FIRST_PHONE; i < OUTPUTS; i++) {
        const float past = first ? raw[i] : m->phones[i - FIRST_PHONE];
        row[i] = raw[i] + (past - raw[i]) * m->before;
        m->phones[i - FIRST_PHONE] = raw[i];
    }
    share(row);
}

/* mels (count, 2, 40) before normalisation, raw (count, 32). Writes rows (count, 32); returns how
 * many: none for the first steps, which only look ahead. */
EXPORT int visavis_mouthing(Mouthing *m, const float *mels, const float *raw, int count,
                            float *rows) {
    int made = 0;
    if (m->behind < 0 || m->behind >= MOST_AHEAD || m->heard < 0 || m->rows < 0 || m->sil < 0 ||
        m->sil >= OUTPUTS || m->p < 0 || m->p >= OUTPUTS || m->m < 0 || m->m >= OUTPUTS)
        return 0;
    for (int i = 0; i < count; i++) {
        float level = 0;
        for (int k = 0; k < 2 * BANDS; k++) level += mels[i * 2 * BANDS + k];
        m->ahead[m->heard % MOST_AHEAD] = level / (2 * BANDS);
        m->heard++;
        if (m->heard <= m->behind) continue;
        calibrate(m, raw + i * OUTPUTS, rows + made * OUTPUTS);
        made++;
    }
    return made;
}

/* Blocks of 320 samples: out[n] of a block is the product of coefficients (320, taps) of row n with
 * the samples from first[n] on; the next block begins so many samples later. */
EXPORT void visavis_resample(const float *samples, int count, const int32_t *first,
                             const float *coefficients, int taps, int blocks, int later,
                             float *out) {
    for (int block = 0; block < blocks; block++)
        for (int n = 0; n < BLOCK; n++) {
            const int64_t at = (int64_t)block * later + first[n];
            if (at < 0 || at > count - taps) return;
            const float *x = samples + at, *c = coefficients + (size_t)n * taps;
            float sums[8] = {0}, rest = 0;
            int k = 0;
            for (; k + 8 <= taps; k += 8)
                for (int lane = 0; lane < 8; lane++) sums[lane] += x[k + lane] * c[k + lane];
            for (; k < taps; k++) rest += x[k] * c[k];
            for (int lane = 0; lane < 8; lane++) rest += sums[lane];
            out[block * BLOCK + n] = rest;
        }
}
