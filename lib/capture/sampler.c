/* SPDX-License-Identifier: MIT */

/*
 * Draws of geometric and exponential distances, without libm: the recorder
 * adds no library to the program but libc.
 */

#include "sampler.h"

#include <string.h>

struct sampler_rates sampler_rates;

#define NEVER ((uint64_t)INT64_MAX)
#define LN2 0.69314718055994530942

/* 2 atanh(z), for |z| <= 0.172: what the series leaves out is below 2e-12 of
   it, far below what any number of draws could show. */
static double twice_atanh(double z)
{
	static const double twice[] = {2.0,	2.0 / 3,  2.0 / 5, 2.0 / 7,
				       2.0 / 9, 2.0 / 11, 2.0 / 13};
	double zz = z * z, sum = 0;

	for (size_t i = ARRAY_SIZE(twice); i-- > 0;)
		sum = sum * zz + twice[i];
	return z * sum;
}

/* Natural logarithm of a normal x > 0; relative error below 1e-11. */
static double natural_log(double x)
{
	union {
		double d;
		uint64_t u;
	} v = {.d = x};
	int exponent = (int)(v.u >> 52) - 1022;

	v.u = (v.u & 0xfffffffffffffull) | 0x3fe0000000000000ull;
	if (v.d < 0.70710678118654752440) {
		v.d *= 2;
		exponent--;
	}
	return exponent * LN2 + twice_atanh((v.d - 1) / (v.d + 1));
}

/* log(1 - p), exact for tiny p too. */
static double log_of_rest(double p)
{
	return p < 0.25 ? -twice_atanh(p / (2 - p)) : natural_log(1 - p);
}

static double scale_of(double p)
{
	if (p >= 1)
		return 0;
	return p > 0 ? -1 / log_of_rest(p) : -1;
}

void sampler_configure(const struct hpm_header *h)
{
	struct sampler_rates *r = &sampler_rates;

	memset(r, 0, sizeof(*r));
	for (unsigned i = 0; i < SAMPLER_RANGES; i++)
		r->below[i] = UINT64_MAX;
	r->by_bytes = h->interval > 1;
	if (r->by_bytes) {
		r->scale[0] = (double)h->interval;
		return;
	}
	r->nr = h->interval > 0 ? 0 : h->nr_ranges;
	for (unsigned i = 0; i < r->nr; i++) {
		r->below[i] = h->range[i].below;
		r->scale[i] = scale_of(h->range[i].probability);
	}
}

static uint64_t rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

/* xoshiro256++ 1.0, Blackman and Vigna, public domain algorithm. */
static uint64_t next_random(uint64_t s[4])
{
	uint64_t result = rotate(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

/* splitmix64: spreads any seed over the state. */
static uint64_t next_seed(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t draw(struct sampler *s, double scale)
{
	double u, distance;

	if (scale <= 0)
		return scale < 0 ? NEVER : 0;
	/* Uniform on (0, 1]: never the logarithm of zero. */
	u = (double)((next_random(s->random) >> 11) + 1) * 0x1p-53;
	distance = -natural_log(u) * scale;
	return distance < 0x1p62 ? (uint64_t)distance : NEVER;
}

void sampler_init(struct sampler *s, uint64_t seed, uint64_t stream)
{
	seed ^= stream * 0xd1342543de82ef95u;
	for (int i = 0; i < 4; i++)
		s->random[i] = next_seed(&seed);
	for (unsigned i = 0; i <= sampler_rates.nr; i++)
		s->left[i] = draw(s, sampler_rates.scale[i]);
}

void sampler_draw(struct sampler *s, unsigned i)
{
	s->left[i] = draw(s, sampler_rates.scale[i]);
}
