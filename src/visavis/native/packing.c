/* Poses as a motion stream has them (docs/motion-stream.md): quantised, each against the one before,
 * a mask and varints. The same bytes as stream/encoder.py.
 */
#include "kernel.h"

#include <math.h>

#define MOST_CHANNELS 128
#define MOST_VALUE 32767

/* poses (count, channels), steps of each channel a unit: (channels,). Writes at most
 * count * ((channels + 7) / 8 + 3 * channels) bytes; returns how many. */
EXPORT int visavis_pack_poses(const float *poses, const double *per_step, int count, int channels,
                              uint8_t *out) {
    int32_t before[MOST_CHANNELS] = {0};
    uint8_t *at = out;
    if (channels < 1 || channels > MOST_CHANNELS) return 0;
    for (int n = 0; n < count; n++) {
        uint8_t *mask = at;
        at += (channels + 7) / 8;
        memset(mask, 0, (size_t)(at - mask));
        for (int i = 0; i < channels; i++) {
            double steps = rint(poses[(size_t)n * channels + i] * per_step[i]);
            if (!(steps == steps)) steps = 0;
            if (steps > MOST_VALUE) steps = MOST_VALUE;
            if (steps < -MOST_VALUE) steps = -MOST_VALUE;
            const int32_t value = (int32_t)steps, change = value - before[i];
            before[i] = value;
            if (!change) continue;
            mask[i / 8] |= (uint8_t)(1 << i % 8);
            uint32_t zigzag = change < 0 ? 2 * (uint32_t)-change - 1 : 2 * (uint32_t)change;
            for (; zigzag > 127; zigzag >>= 7) *at++ = (uint8_t)(zigzag | 128);
            *at++ = (uint8_t)zigzag;
        }
    }
    return (int)(at - out);
}
