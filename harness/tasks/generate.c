/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/generate.h"

#include <stdio.h>

#include "kernels/random.h"

enum { BLOCKS = 8, CATEGORIES = 74, LATENT = 8, HIDDEN = 12 };

static const int block_width[BLOCKS] = {9, 11, 14, 7, 5, 16, 8, 4};

/* The hidden truth. */
struct world {
	double projection[LATENT][GENERATE_INPUTS];
	double gate[GENERATE_EXPERTS][LATENT];
	double hidden[GENERATE_EXPERTS][HIDDEN][LATENT], offset[GENERATE_EXPERTS][HIDDEN];
	double decision[GENERATE_EXPERTS][GENERATE_DECISIONS][HIDDEN];
	double quality[GENERATE_EXPERTS][GENERATE_QUALITIES][HIDDEN];
};

static void fill(uint64_t seed, const char *name, double *values, size_t count)
{
	struct random_stream stream;
	random_open(&stream, seed, "quality_decision", name);
	for (size_t i = 0; i < count; i++)
		values[i] = 2.0 * random_unit_double(&stream) - 1.0;
}

static double squash(double t)
{
	return t / (1.0 + (t < 0.0 ? -t : t));
}

static void make_world(struct world *world, uint64_t seed)
{
	fill(seed, "projection", world->projection[0], LATENT * GENERATE_INPUTS);
	fill(seed, "gate", world->gate[0], GENERATE_EXPERTS * LATENT);
	fill(seed, "hidden", world->hidden[0][0], GENERATE_EXPERTS * HIDDEN * LATENT);
	fill(seed, "offset", world->offset[0], GENERATE_EXPERTS * HIDDEN);
	fill(seed, "decision", world->decision[0][0],
	     (size_t)GENERATE_EXPERTS * GENERATE_DECISIONS * HIDDEN);
	fill(seed, "quality", world->quality[0][0],
	     (size_t)GENERATE_EXPERTS * GENERATE_QUALITIES * HIDDEN);
}

static double dot(const double *x, const double *y, int count)
{
	double sum = 0.0;
	for (int i = 0; i < count; i++)
		sum = sum + x[i] * y[i];
	return sum;
}

/* Inputs as they are seen and centred as the world sees them. */
static void make_inputs(struct random_stream *stream, float *inputs, double *centred)
{
	int at = 0;
	for (int b = 0; b < BLOCKS; b++) {
		int width = block_width[b];
		int chosen = (int)random_below(stream, (uint64_t)width);
		double share = 0.75 + 0.25 * random_unit_double(stream);
		for (int c = 0; c < width; c++, at++) {
			double x = c == chosen ? share : (1.0 - share) / (double)(width - 1);
			inputs[at] = (float)x;
			centred[at] = (double)inputs[at] - 1.0 / (double)width;
		}
	}
	for (; at < GENERATE_INPUTS; at++) {
		inputs[at] = random_unit_float(stream);
		centred[at] = (double)inputs[at] - 0.5;
	}
}

static void make_targets(const struct world *world, int e, const double *latent, float *targets)
{
	double hidden[HIDDEN], score[GENERATE_DECISIONS], total = 0.0;
	for (int i = 0; i < HIDDEN; i++)
		hidden[i] =
		    squash(4.0 * dot(world->hidden[e][i], latent, LATENT) + world->offset[e][i]);
	for (int c = 0; c < GENERATE_DECISIONS; c++) {
		double s = 1.0 + squash(4.0 * dot(world->decision[e][c], hidden, HIDDEN));
		double square = s * s, fourth = square * square;
		score[c] = fourth * fourth;
		total = total + score[c];
	}
	for (int c = 0; c < GENERATE_DECISIONS; c++)
		targets[c] = (float)(score[c] / total);
	for (int c = 0; c < GENERATE_QUALITIES; c++)
		targets[GENERATE_DECISIONS + c] =
		    dot(world->quality[e][c], hidden, HIDDEN) > 0.0 ? 1.0f : 0.0f;
}

void generate_quality_decision(uint64_t seed, int64_t rows, float *inputs, float *targets,
			       int32_t *true_expert)
{
	struct world world = {0};
	struct random_stream stream;
	make_world(&world, seed);
	random_open(&stream, seed, "quality_decision", "rows");
	for (int64_t r = 0; r < rows; r++) {
		double centred[GENERATE_INPUTS], latent[LATENT], best = 0.0;
		int expert = 0;
		make_inputs(&stream, inputs + r * GENERATE_INPUTS, centred);
		for (int i = 0; i < LATENT; i++)
			latent[i] = squash(dot(world.projection[i], centred, GENERATE_INPUTS));
		for (int e = 0; e < GENERATE_EXPERTS; e++) {
			double score = dot(world.gate[e], latent, LATENT);
			if (e == 0 || score > best) {
				best = score;
				expert = e;
			}
		}
		true_expert[r] = expert;
		make_targets(&world, expert, latent,
			     targets + r * (GENERATE_DECISIONS + GENERATE_QUALITIES));
	}
}

void generate_input_name(int index, char *text)
{
	int at = 0;
	for (int b = 0; b < BLOCKS; b++) {
		if (index < at + block_width[b]) {
			snprintf(text, 32, "block%d.%d", b, index - at);
			return;
		}
		at += block_width[b];
	}
	snprintf(text, 32, "numeric%d", index - CATEGORIES);
}
