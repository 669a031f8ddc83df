/* Sound to the speech network's outputs, step after step of 20 ms: log-mel spectra, their normaliser
 * and the network; the same sums as speech/mel.py and speech/network.py.
 *
 * Where several steps have come they are taken together: the weights, more than the near caches hold,
 * then pass through them once.
 * Every sum has its own order whatever the pairs: how the sound was cut never shows in the bits.
 */
#include "kernel.h"

#include <math.h>

#define HOP 160
#define WINDOW 400
#define FFT 512
#define BINS (FFT / 2 + 1)
#define BANDS 40
#define FRAMES 5 /* mel frames the first layer hears */
#define ROW (2 * HOP)
#define HELD (WINDOW - HOP) /* samples kept from step to step */
#define LANES 32 /* outputs worked on at a time */
#define MOST_CHANNELS 256
#define MOST_INPUTS (3 * MOST_CHANNELS + 1)
#define PAIR 2
#define TOGETHER 16 /* steps whose sums are made while a part of the weights is near */

typedef float Eight __attribute__((vector_size(32), aligned(4), may_alias));

/* One stream's tables, weights and state. A matrix (outputs, inputs), the bias its last input, is
 * packed (outputs / 32, inputs, 32) with zeros below it. */
typedef struct {
    const float *hann, *cosines, *sines, *filters; /* (400,), (256,), (256,), (257, 40) */
    const float *first, *wide, *back, *head; /* wide and back: layer after layer */
    const int32_t *dilations;                /* (layers,) */
    float *held;                             /* (240,) sound */
    float *frames;                           /* (5, 40) normalised mels */
    float *normal;                           /* (42,) peak, weight, sums */
    float *past;                             /* per layer (2 dilation, channels) */
    int32_t *at;                             /* (layers,) place in it */
    int32_t channels, layers, outputs;
    float floor, peak_fall, quietest, depth, start, keep, prior;
} Speech;

static void butterflies(float *re, float *im, const Speech *s) {
    for (int half = 1, step = FFT / 2; half < FFT; half *= 2, step /= 2)
        for (int base = 0; base < FFT; base += 2 * half)
            for (int k = 0; k < half; k++) {
                float *a = re + base + k, *b = im + base + k;
                const float c = s->cosines[k * step], w = -s->sines[k * step];
                const float x = a[half] * c - b[half] * w, y = a[half] * w + b[half] * c;
                a[half] = a[0] - x;
                b[half] = b[0] - y;
                a[0] += x;
                b[0] += y;
            }
}

static unsigned reversed(unsigned i) {
    unsigned out = 0;
    for (int bit = 1; bit < FFT; bit *= 2, i /= 2) out = 2 * out + (i & 1);
    return out;
}

static void bands_of(const Speech *s, const float *power, float *mels) {
    float sum[BANDS] = {0};
    for (int bin = 0; bin < BINS; bin++)
        for (int band = 0; band < BANDS; band++)
            sum[band] += power[bin] * s->filters[bin * BANDS + band];
    for (int band = 0; band < BANDS; band++) mels[band] = logf(sum[band] + s->floor);
}

/* Log-mels (2, 40) of two windows, one hop apart: one in the real, one in the imaginary part. */
static void log_mels(const Speech *s, const float *sound, float *mels) {
    float re[FFT] = {0}, im[FFT] = {0}, power[2][BINS];
    for (unsigned i = 0; i < WINDOW; i++) {
        const unsigned to = reversed(i);
        re[to] = sound[i] * s->hann[i];
        im[to] = sound[HOP + i] * s->hann[i];
    }
    butterflies(re, im, s);
    for (int i = 0; i < BINS; i++) {
        const int j = (FFT - i) % FFT;
        const float ar = 0.5f * (re[i] + re[j]), ai = 0.5f * (im[i] - im[j]);
        const float br = 0.5f * (im[i] + im[j]), bi = 0.5f * (re[j] - re[i]);
        power[0][i] = ar * ar + ai * ai;
        power[1][i] = br * br + bi * bi;
    }
    bands_of(s, power[0], mels);
    bands_of(s, power[1], mels + BANDS);
}

/* Takes level and colour out of one frame. */
static void normalise(const Speech *s, const float *mels, float *out) {
    float mean = 0, *peak = s->normal, *weight = s->normal + 1, *sums = s->normal + 2;
    for (int i = 0; i < BANDS; i++) mean += mels[i];
    mean /= BANDS;
    const float fallen = *peak - s->peak_fall;
    float most = mean > fallen ? mean : fallen;
    *peak = most > s->quietest ? most : s->quietest;
    const float least = *peak - s->depth, level = *peak - s->start;
    *weight = *weight * s->keep + 1;
    for (int i = 0; i < BANDS; i++) {
        const float above = (mels[i] > least ? mels[i] : least) - level;
        sums[i] = sums[i] * s->keep + above;
        out[i] = (above - sums[i] / (*weight + s->prior)) * 0.5f;
    }
}

/* Products of packed weights with the inputs of some steps, count values each, the last one 1. */
static void products(const float *weights, int outputs, int count, float in[][MOST_INPUTS],
                     int steps, float out[][MOST_CHANNELS]) {
    for (int first = 0; first < outputs; first += LANES, weights += (size_t)LANES * count)
        for (int step = 0; step < steps; step += PAIR) {
            const int both = step + 1 < steps;
            const float *one = in[step], *other = in[both ? step + 1 : step], *at = weights;
            Eight a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0}, b0 = {0}, b1 = {0}, b2 = {0}, b3 = {0};
            for (int i = 0; i < count; i++, at += LANES) {
                const Eight *w = (const Eight *)(const void *)at;
                const float x = one[i], y = other[i];
                a0 += w[0] * x;
                a1 += w[1] * x;
                a2 += w[2] * x;
                a3 += w[3] * x;
                b0 += w[0] * y;
                b1 += w[1] * y;
                b2 += w[2] * y;
                b3 += w[3] * y;
            }
            Eight *to = (Eight *)(void *)(out[step] + first);
            to[0] = a0, to[1] = a1, to[2] = a2, to[3] = a3;
            if (!both) continue;
            to = (Eight *)(void *)(out[step + 1] + first);
            to[0] = b0, to[1] = b1, to[2] = b2, to[3] = b3;
        }
}

static size_t packed(int outputs, int count) {
    return (size_t)((outputs + LANES - 1) / LANES) * LANES * (size_t)count;
}

/* h + back(relu(wide(h, one and two dilations ago))) */
static void layer(const Speech *s, int number, float *past, const float *wide, const float *back,
                  int steps, float h[][MOST_CHANNELS]) {
    float in[TOGETHER][MOST_INPUTS], out[TOGETHER][MOST_CHANNELS];
    const int channels = s->channels, dilation = s->dilations[number], ring = 2 * dilation;
    const size_t size = (size_t)channels * sizeof(float);
    for (int step = 0; step < steps; step++) {
        int at = s->at[number];
        at = at >= 0 && at < ring ? at : 0;
        memcpy(in[step], past + (size_t)at * channels, size);
        memcpy(in[step] + channels, past + (size_t)((at + dilation) % ring) * channels, size);
        memcpy(in[step] + 2 * channels, h[step], size);
        in[step][3 * channels] = 1;
        memcpy(past + (size_t)at * channels, h[step], size);
        s->at[number] = (at + 1) % ring;
    }
    products(wide, channels, 3 * channels + 1, in, steps, out);
    for (int step = 0; step < steps; step++) {
        for (int i = 0; i < channels; i++) in[step][i] = out[step][i] > 0 ? out[step][i] : 0;
        in[step][channels] = 1;
    }
    products(back, channels, channels + 1, in, steps, out);
    for (int step = 0; step < steps; step++)
        for (int i = 0; i < channels; i++) h[step][i] += out[step][i];
}

static void network(const Speech *s, float in[][MOST_INPUTS], int steps, float *raw) {
    float h[TOGETHER][MOST_CHANNELS], out[TOGETHER][MOST_CHANNELS];
    const int channels = s->channels;
    products(s->first, channels, FRAMES * BANDS + 1, in, steps, h);
    for (int step = 0; step < steps; step++)
        for (int i = 0; i < channels; i++) h[step][i] = h[step][i] > 0 ? h[step][i] : 0;
    float *past = s->past;
    const float *wide = s->wide, *back = s->back;
    for (int i = 0; i < s->layers; i++) {
        layer(s, i, past, wide, back, steps, h);
        past += (size_t)2 * s->dilations[i] * channels;
        wide += packed(channels, 3 * channels + 1);
        back += packed(channels, channels + 1);
    }
    for (int step = 0; step < steps; step++) {
        for (int i = 0; i < channels; i++) in[step][i] = h[step][i] > 0 ? h[step][i] : 0;
        in[step][channels] = 1;
    }
    products(s->head, s->outputs, channels + 1, in, steps, out);
    for (int step = 0; step < steps; step++)
        memcpy(raw + (size_t)step * s->outputs, out[step], (size_t)s->outputs * sizeof(float));
}

/* blocks: (count, 320) sound at 16 kHz. Writes mels (count, 2, 40), not normalised, and raw (count,
 * outputs). */
EXPORT void visavis_speech(const Speech *s, const float *blocks, int count, float *mels,
                           float *raw) {
    float in[TOGETHER][MOST_INPUTS], sound[HELD + ROW];
    if (s->channels > MOST_CHANNELS || s->channels % LANES || s->outputs > MOST_CHANNELS) return;
    for (int first = 0; first < count; first += TOGETHER) {
        const int steps = count - first < TOGETHER ? count - first : TOGETHER;
        for (int step = 0; step < steps; step++) {
            float *heard = mels + (size_t)(first + step) * 2 * BANDS;
            memcpy(sound, s->held, HELD * sizeof(float));
            memcpy(sound + HELD, blocks + (size_t)(first + step) * ROW, ROW * sizeof(float));
            memcpy(s->held, sound + ROW, HELD * sizeof(float));
            log_mels(s, sound, heard);
            memmove(s->frames, s->frames + 2 * BANDS, 3 * BANDS * sizeof(float));
            normalise(s, heard, s->frames + 3 * BANDS);
            normalise(s, heard + BANDS, s->frames + 4 * BANDS);
            memcpy(in[step], s->frames, FRAMES * BANDS * sizeof(float));
            in[step][FRAMES * BANDS] = 1;
        }
        network(s, in, steps, raw + (size_t)first * s->outputs);
    }
}
