/* Sound to the speech network's outputs, step after step of 20 ms: log-mel spectra, their normaliser
 * and the network; the same sums as speech/mel.py and speech/network.py.
 *
 * Where several steps have come, of one stream or of many, they are taken together: the weights, more
 * than the near caches hold, then pass through them once.
 * Every sum has its own order whatever the company: neither how the sound was cut nor who else spoke
 * ever shows in the bits.
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
#define LANES 16 /* outputs worked on at a time, of GROUP steps */
#define MOST_CHANNELS 256
#define MOST_INPUTS (3 * MOST_CHANNELS + 1)
#define GROUP 4
#define TOGETHER 16 /* steps whose sums are made while a part of the weights is near */

typedef float Eight __attribute__((vector_size(32), aligned(4), may_alias));

/* One stream's tables, weights and state. A matrix (outputs, inputs), the bias its last input, is
 * packed (outputs / 16, inputs, 16). */
typedef struct {
    const float *hann, *cosines, *sines, *filters; /* (400,), (512,), (512,), (257, 40) */
    const int32_t *places;                   /* (512,) where the transform wants each sample */
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

/* The turns of a stage of 2 half points lie together: (half + k). */
static void butterflies(float *restrict re, float *restrict im, const Speech *s) {
    for (int half = 1; half < FFT; half *= 2) {
        const float *restrict cosine = s->cosines + half, *restrict sine = s->sines + half;
        for (int base = 0; base < FFT; base += 2 * half) {
            float *restrict ar = re + base, *restrict ai = im + base;
            float *restrict br = ar + half, *restrict bi = ai + half;
            for (int k = 0; k < half; k++) {
                const float c = cosine[k], w = -sine[k];
                const float x = br[k] * c - bi[k] * w, y = br[k] * w + bi[k] * c;
                br[k] = ar[k] - x;
                bi[k] = ai[k] - y;
                ar[k] += x;
                ai[k] += y;
            }
        }
    }
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
    for (int i = 0; i < WINDOW; i++) {
        const int to = s->places[i] & (FFT - 1);
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
        for (int step = 0; step < steps; step += GROUP) {
            const int last = steps - 1; /* stands in for those that are not there */
            const int s1 = step + 1 < last ? step + 1 : last, s2 = step + 2 < last ? step + 2 : last,
                      s3 = step + 3 < last ? step + 3 : last;
            const float *x0 = in[step], *x1 = in[s1], *x2 = in[s2], *x3 = in[s3], *at = weights;
            Eight a0 = {0}, a1 = {0}, b0 = {0}, b1 = {0}, c0 = {0}, c1 = {0}, d0 = {0}, d1 = {0};
            for (int i = 0; i < count; i++, at += LANES) {
                const Eight w0 = *(const Eight *)(const void *)at;
                const Eight w1 = *(const Eight *)(const void *)(at + 8);
                a0 += w0 * x0[i];
                a1 += w1 * x0[i];
                b0 += w0 * x1[i];
                b1 += w1 * x1[i];
                c0 += w0 * x2[i];
                c1 += w1 * x2[i];
                d0 += w0 * x3[i];
                d1 += w1 * x3[i];
            }
            Eight *to[GROUP] = {
                (Eight *)(void *)(out[step] + first), (Eight *)(void *)(out[s1] + first),
                (Eight *)(void *)(out[s2] + first), (Eight *)(void *)(out[s3] + first),
            };
            to[3][0] = d0, to[3][1] = d1;
            to[2][0] = c0, to[2][1] = c1;
            to[1][0] = b0, to[1][1] = b1;
            to[0][0] = a0, to[0][1] = a1;
        }
}

static size_t packed(int outputs, int count) {
    return (size_t)((outputs + LANES - 1) / LANES) * LANES * (size_t)count;
}

/* h + back(relu(wide(h, one and two dilations ago))); each step belongs to a stream. */
static void layer(const Speech *const *of, int number, size_t past_at, const float *wide,
                  const float *back, int steps, float h[][MOST_CHANNELS]) {
    float in[TOGETHER][MOST_INPUTS], out[TOGETHER][MOST_CHANNELS];
    const int channels = of[0]->channels, dilation = of[0]->dilations[number], ring = 2 * dilation;
    const size_t size = (size_t)channels * sizeof(float);
    for (int step = 0; step < steps; step++) {
        float *past = of[step]->past + past_at;
        int at = of[step]->at[number];
        at = at >= 0 && at < ring ? at : 0;
        memcpy(in[step], past + (size_t)at * channels, size);
        memcpy(in[step] + channels, past + (size_t)((at + dilation) % ring) * channels, size);
        memcpy(in[step] + 2 * channels, h[step], size);
        in[step][3 * channels] = 1;
        memcpy(past + (size_t)at * channels, h[step], size);
        of[step]->at[number] = (at + 1) % ring;
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

static void network(const Speech *const *of, float in[][MOST_INPUTS], int steps, float *raw) {
    float h[TOGETHER][MOST_CHANNELS], out[TOGETHER][MOST_CHANNELS];
    const Speech *s = of[0];
    const int channels = s->channels;
    products(s->first, channels, FRAMES * BANDS + 1, in, steps, h);
    for (int step = 0; step < steps; step++)
        for (int i = 0; i < channels; i++) h[step][i] = h[step][i] > 0 ? h[step][i] : 0;
    size_t past = 0;
    const float *wide = s->wide, *back = s->back;
    for (int i = 0; i < s->layers; i++) {
        layer(of, i, past, wide, back, steps, h);
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

/* One step's spectra, and what the network's first layer hears. */
static void hear(const Speech *s, const float *block, float *mels, float *in) {
    float sound[HELD + ROW];
    memcpy(sound, s->held, HELD * sizeof(float));
    memcpy(sound + HELD, block, ROW * sizeof(float));
    memcpy(s->held, sound + ROW, HELD * sizeof(float));
    log_mels(s, sound, mels);
    memmove(s->frames, s->frames + 2 * BANDS, 3 * BANDS * sizeof(float));
    normalise(s, mels, s->frames + 3 * BANDS);
    normalise(s, mels + BANDS, s->frames + 4 * BANDS);
    memcpy(in, s->frames, FRAMES * BANDS * sizeof(float));
    in[FRAMES * BANDS] = 1;
}

/* Some streams of the same weights, counts[i] blocks of each: blocks (sum of counts, 320) sound at
 * 16 kHz, stream after stream. Writes mels (sum, 2, 40), not normalised, and raw (sum, outputs). */
EXPORT void visavis_speech(const Speech *const *streams, const int32_t *counts, int number,
                           const float *blocks, float *mels, float *raw) {
    float in[TOGETHER][MOST_INPUTS];
    const Speech *of[TOGETHER];
    int steps = 0;
    for (int i = 0; i < number; i++) {
        const Speech *s = streams[i];
        if (s->channels > MOST_CHANNELS || s->channels % LANES || s->outputs > MOST_CHANNELS ||
            s->outputs % LANES || s->wide != streams[0]->wide || s->head != streams[0]->head)
            return;
    }
    for (int i = 0; i < number; i++)
        for (int k = 0; k < counts[i]; k++, blocks += ROW, mels += 2 * BANDS) {
            hear(streams[i], blocks, mels, in[steps]);
            of[steps++] = streams[i];
            if (steps < TOGETHER) continue;
            network(of, in, steps, raw);
            raw += (size_t)steps * streams[0]->outputs;
            steps = 0;
        }
    if (steps) network(of, in, steps, raw);
}
